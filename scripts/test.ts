/** `npm test`: builds, then checks everything that can be checked here, and says in its last line how much passed. */
import { parseArgs } from 'node:util'
import { build } from './build.ts'
import { formatSeconds } from './start/progress.ts'
import { Stop } from './start/stop.ts'
import { checkStatically, STATIC_CHECKS, type StaticCheck } from './test/static-checks.ts'
import { failedTier, runTier, TIERS, type Tier } from './test/tiers.ts'

/** How one step went; `skipped` tests are told apart, because a test that did not run has shown nothing. */
interface StepResult {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures: readonly string[]
  readonly late: readonly string[]
  readonly durationMs: number
}

const STEPS = [...STATIC_CHECKS, ...TIERS]

const HELP = `Usage: npm test [-- steps and options]

Builds what changed, then runs every step, or only the named ones; a failed step does not keep the next from running.

Steps:
  ${STATIC_CHECKS.join(', ')}
  ${TIERS.join(', ')}

Options:
  --files TEXT   of the tiers only test files whose path has TEXT in it
  --no-build     use the last build as it is
  --help         this text`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { files: { type: 'string' }, 'no-build': { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) return console.log(HELP)
  const unknown = positionals.filter((name) => !(STEPS as readonly string[]).includes(name))
  if (unknown.length > 0) throw new Stop(`There is no step "${unknown.join('", "')}".\n\n${HELP}`)
  const wanted = positionals.length === 0 ? STEPS : STEPS.filter((step) => positionals.includes(step))
  const startedAt = performance.now()
  const results: StepResult[] = []
  if (!values['no-build']) results.push(...(await buildFirst()))
  for (const step of wanted) results.push(await runStep(step, values.files))
  report(results, { wanted, totalMs: performance.now() - startedAt })
}

/** A build that fails is a failed step; what needs no build is still worth running. */
async function buildFirst(): Promise<StepResult[]> {
  const startedAt = performance.now()
  heading('build')
  try {
    await build({
      onStep: (title, durationMs) =>
        console.log(`  ${title}: ${durationMs === null ? 'unchanged' : formatSeconds(durationMs)}`),
    })
    return []
  } catch (cause) {
    console.error(cause instanceof Stop ? cause.message : cause)
    return [{ name: 'build', ...failedTier('the build failed'), durationMs: performance.now() - startedAt }]
  }
}

async function runStep(step: StaticCheck | Tier, files: string | undefined): Promise<StepResult> {
  heading(step)
  const startedAt = performance.now()
  const counts = isTier(step)
    ? await runTier(step, files).catch((cause: unknown) => failedTier(String(cause)))
    : await checkStatically(step)
  return { name: step, ...counts, durationMs: performance.now() - startedAt }
}

function isTier(step: string): step is Tier {
  return (TIERS as readonly string[]).includes(step)
}

function heading(name: string): void {
  console.log(`\n── ${name} ${'─'.repeat(Math.max(2, 70 - name.length))}`)
}

function report(
  results: readonly StepResult[],
  { wanted, totalMs }: { wanted: readonly string[]; totalMs: number },
): void {
  heading('summary')
  for (const { name, passed, failed, skipped, durationMs } of results) {
    const parts = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} FAILED`] : []),
      ...(skipped > 0 ? [`${skipped} not run`] : []),
    ]
    console.log(`${name.padEnd(13)}${parts.join(', ').padEnd(34)}${formatSeconds(durationMs)}`)
  }
  const left = STEPS.filter((step) => !wanted.includes(step))
  console.log(
    `\nRan ${wanted.join(', ')} in ${formatSeconds(totalMs)}.${left.length > 0 ? ` Not asked for: ${left.join(', ')}.` : ''}`,
  )
  for (const { name, late } of results)
    for (const wait of late) console.log(`${name} waited in vain at first, and was run once more: ${wait}`)
  const sum = (key: 'passed' | 'failed') => results.reduce((total, result) => total + result[key], 0)
  for (const { name, failures } of results) for (const failure of failures) console.log(`${name} FAILED: ${failure}`)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
  process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1
}

if (import.meta.main) {
  main().catch((cause: unknown) => {
    console.error(cause instanceof Stop ? cause.message : cause)
    process.exitCode = 1
  })
}
