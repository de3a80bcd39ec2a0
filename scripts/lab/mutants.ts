/** Plants the mutants of `tests/mutants` one after the other, runs the tests that should see each, and names those that none saw. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '#scripts/build.ts'
import { Stop } from '#scripts/start/stop.ts'
import { listMutants } from './list-mutants.ts'
import { isSql, type Mutant, plant, type SqlMutant } from './mutant.ts'
import { type Failure, runTests, stopTests } from './run-tests.ts'
import { copyTree, type TreeCopy } from './tree-copy.ts'

const root = join(import.meta.dirname, '../..')
const stateFile = join(root, 'reports/mutants.jsonl')

const HELP = `Usage: npm run lab -- mutants [options]

Takes one guard away at a time, in a copy of the tree, and runs the tests that should notice.

Options:
  --area NAME    only one area: a file of tests/mutants
  --only TEXT    only mutants whose name has TEXT in it; may be given several times
  --resume       go on behind the last run: what was seen then is not tried again
  --unchecked    do not first run the tests without any mutant
  --list         names and reasons, nothing is run
  --help         this text`

type Result = { readonly id: string; readonly verdict: 'seen' | 'survived'; readonly by: string }

/** `false`: a mutant survived that the list does not call harmless. */
export async function mutants(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      area: { type: 'string' },
      only: { type: 'string', multiple: true },
      resume: { type: 'boolean' },
      unchecked: { type: 'boolean' },
      list: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(HELP)
    return true
  }
  const wanted = [...(await listMutants())].filter(
    ([id]) =>
      (values.area === undefined || id.startsWith(`${values.area}/`)) &&
      (values.only ?? ['']).some((text) => id.includes(text)),
  )
  if (wanted.length === 0) throw new Stop('No mutant has such a name.')
  if (values.list) {
    for (const [id, { why }] of wanted) console.log(`${id}: ${why}`)
    return true
  }
  for (const [, mutant] of wanted) if (!isSql(mutant)) plant(root, mutant)
  return report(await tryAll(wanted, values), new Map(wanted))
}

async function tryAll(
  wanted: readonly (readonly [string, Mutant])[],
  { resume = false, unchecked = false }: { resume?: boolean; unchecked?: boolean },
): Promise<Result[]> {
  await build()
  const known = resume ? readState() : new Map<string, Result>()
  if (!resume) rmSync(stateFile, { force: true })
  mkdirSync(join(root, 'reports'), { recursive: true })
  const copy = copyTree()
  const end = () => {
    stopTests()
    copy.remove()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  try {
    const left = wanted.filter(([id]) => !known.has(id))
    if (!unchecked) await checkUnharmed(copy, new Set(left.flatMap(([, { tests }]) => tests)))
    for (const [n, [id, mutant]] of left.entries()) {
      const result = await tryOne(copy, id, mutant)
      known.set(id, result)
      appendFileSync(stateFile, `${JSON.stringify(result)}\n`)
      console.log(`${n + 1}/${left.length} ${result.verdict.padEnd(8)} ${id}${result.by && `: ${result.by}`}`)
    }
  } finally {
    copy.remove()
  }
  return wanted.flatMap(([id]) => known.get(id) ?? [])
}

/** A test that is red without any mutant would call each of them seen; what fails beside others is asked again alone. */
async function checkUnharmed({ folder }: TreeCopy, tests: ReadonlySet<string>): Promise<void> {
  if (tests.size === 0) return
  console.log(`${tests.size} test files, without any mutant`)
  for (const { file } of await runTests(folder, { tests: [...tests] })) {
    const [again] = await runTests(folder, { tests: file === '' ? [...tests] : [file] })
    if (again !== undefined) throw new Stop(`A test fails without any mutant: ${again.file}: ${again.by}`)
  }
}

async function tryOne({ folder }: TreeCopy, id: string, mutant: Mutant): Promise<Result> {
  const { tests } = mutant
  const toResult = ([failure]: readonly Failure[]): Result =>
    failure === undefined ? { id, verdict: 'survived', by: '' } : { id, verdict: 'seen', by: failure.by }
  if (isSql(mutant)) return toResult(await runTests(folder, { tests, bail: true, env: canary(mutant) }))
  const path = join(folder, mutant.file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, plant(folder, mutant))
  try {
    return toResult(await runTests(folder, { tests, bail: true }))
  } finally {
    writeFileSync(path, text)
  }
}

/** Read by tests/support/database.ts. */
function canary({ sql }: SqlMutant): Record<string, string> {
  return { SATSTILE_CANARY_SQL: sql }
}

function readState(): Map<string, Result> {
  if (!existsSync(stateFile)) return new Map()
  const lines = readFileSync(stateFile, 'utf8').split('\n').filter(Boolean)
  const results = lines.map((line) => JSON.parse(line) as Result)
  const last = new Map(results.map((result) => [result.id, result]))
  return new Map([...last].filter(([, { verdict }]) => verdict === 'seen'))
}

function report(results: readonly Result[], list: ReadonlyMap<string, Mutant>): boolean {
  const survived = results.filter(({ verdict }) => verdict === 'survived')
  const harmful = survived.filter(({ id }) => list.get(id)?.harmless === undefined)
  for (const { id } of survived) {
    const mutant = list.get(id)
    console.log(`\nsurvived: ${id}\n  ${mutant?.harmless ? `harmless: ${mutant.harmless}` : mutant?.why}`)
  }
  const [seen, harmless] = [results.length - survived.length, survived.length - harmful.length]
  console.log(`\n${results.length} mutants: ${seen} seen, ${harmless} harmless, ${harmful.length} survived`)
  return harmful.length === 0
}
