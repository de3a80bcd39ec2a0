/** Builds what changed since the last build, and nothing else: database client, process bundles, reader assets, dashboard. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build as bundle } from 'esbuild'
import writeFileAtomic from 'write-file-atomic'
import { fingerprint } from './build/fingerprint.ts'
import { runProgram } from './build/run-program.ts'
import { holdLock } from './start/lock.ts'
import { formatSeconds } from './start/progress.ts'
import { Stop } from './start/stop.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const stampFile = join(dist, 'build.json')

const STEP_NAMES = ['client', 'reader', 'bundles', 'web'] as const
type StepName = (typeof STEP_NAMES)[number]

interface Step {
  readonly title: string
  /** Files and folders whose content decides whether the step runs. */
  readonly inputs: readonly string[]
  /** What the step leaves behind; when one of these is gone it runs again. */
  readonly outputs: readonly string[]
  run(): Promise<void>
}

const SHARED = ['package-lock.json', 'tsconfig.json', 'scripts/build.ts', 'scripts/build']
/** Program -> its first file; `dist/<name>.mjs` is what runs. */
const PROGRAMS = {
  gateway: 'gateway/main.ts',
  door: 'gateway/second-door/main.ts',
  workers: 'workers/main.ts',
  devnode: 'devnode/main.ts',
  'render-worker': 'lib/content/render-worker.ts',
  'picture-worker': 'lib/content/picture-worker.ts',
  cli: 'packages/cli/main.ts',
}

const STEPS: Record<StepName, Step> = {
  client: {
    title: 'database client',
    inputs: ['prisma/schema', 'prisma.config.ts', 'package-lock.json'],
    outputs: ['prisma/generated/client.ts'],
    run: generateClient,
  },
  reader: {
    title: 'reader scripts and styles',
    inputs: [...SHARED, 'lib/reader', 'lib/money.ts', 'scripts/build-reader.ts', 'app/globals.css'],
    outputs: ['dist/reader'],
    run: buildReaderAssets,
  },
  bundles: {
    title: 'gateway, second door, workers, dev node, command line',
    inputs: [...SHARED, 'prisma/schema', 'lib', 'gateway', 'workers', 'devnode', 'packages'],
    outputs: Object.keys(PROGRAMS).map((name) => `dist/${name}.mjs`),
    run: bundlePrograms,
  },
  web: {
    title: 'dashboard',
    inputs: [
      ...SHARED,
      'prisma/schema',
      'lib',
      'app',
      'public',
      'next.config.js',
      'postcss.config.mjs',
      'proxy.ts',
      'instrumentation.ts',
    ],
    outputs: ['.next/BUILD_ID'],
    run: buildWeb,
  },
}

interface BuildOptions {
  /** Steps to look at; all when left out. */
  only?: readonly StepName[]
  /** Told about each step: its milliseconds, or null when nothing had changed. */
  onStep?: (title: string, durationMs: number | null) => void
}

/** Runs each step whose inputs changed or whose output is gone; two builds in one clone wait for one another. */
export async function build({ only = STEP_NAMES, onStep = () => undefined }: BuildOptions = {}): Promise<void> {
  mkdirSync(dist, { recursive: true })
  const release = await holdLock(join(dist, 'build.lock'))
  try {
    for (const name of STEP_NAMES.filter((step) => only.includes(step))) await runStep(name, onStep)
  } finally {
    release()
  }
}

async function runStep(name: StepName, onStep: NonNullable<BuildOptions['onStep']>): Promise<void> {
  const step = STEPS[name]
  const digest = fingerprint(root, step.inputs, `${process.versions.node} ${importsMap()}`)
  const outputsExist = step.outputs.every((output) => existsSync(join(root, output)))
  if (outputsExist && readStamps()[name] === digest) return onStep(step.title, null)
  const startedAt = performance.now()
  await step.run()
  writeStamp(name, digest)
  onStep(step.title, performance.now() - startedAt)
}

/** Of package.json only this decides what is built; versions stand in the lockfile. */
function importsMap(): string {
  return JSON.stringify(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).imports)
}

function readStamps(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

function writeStamp(name: StepName, digest: string): void {
  writeFileAtomic.sync(stampFile, JSON.stringify({ ...readStamps(), [name]: digest }, null, 2))
}

async function generateClient(): Promise<void> {
  await runProgram('prisma generate', [join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
    // The command wants a schema engine to be present, and would download one, although generating uses none.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
  })
}

async function buildReaderAssets(): Promise<void> {
  const { buildReader } = await import('./build-reader.ts')
  await buildReader({ outDir: join(dist, 'reader') })
}

async function bundlePrograms(): Promise<void> {
  const options = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    jsx: 'automatic',
    packages: 'external',
    sourcemap: 'linked',
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    logLevel: 'silent',
  } as const
  const { cli, ...processes } = PROGRAMS
  await bundle({ ...options, entryPoints: processes }).catch(tellWhatDoesNotCompile)
  await bundle({ ...options, entryPoints: { cli }, banner: { js: '#!/usr/bin/env node' } }).catch(
    tellWhatDoesNotCompile,
  )
}

function tellWhatDoesNotCompile(cause: unknown): never {
  throw new Stop(`This does not compile:\n${cause instanceof Error ? cause.message : String(cause)}`)
}

async function buildWeb(): Promise<void> {
  await runProgram('next build', [join(root, 'node_modules/next/dist/bin/next'), 'build'], {
    env: { NEXT_TELEMETRY_DISABLED: '1' },
  })
}

const HELP = `Usage: npm run build -- [steps]

Builds what changed since the last time. Steps: ${STEP_NAMES.join(', ')} (all when none is named).

  --force   build even what did not change
  --help    this text`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { force: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) return console.log(HELP)
  const unknown = positionals.filter((name) => !STEP_NAMES.includes(name as StepName))
  if (unknown.length > 0)
    throw new Stop(`There is no build step "${unknown.join('", "')}". Steps: ${STEP_NAMES.join(', ')}.`)
  if (values.force) rmSync(stampFile, { force: true })
  await build({
    ...(positionals.length > 0 && { only: positionals as StepName[] }),
    onStep: (title, durationMs) =>
      console.log(`build      ${title}: ${durationMs === null ? 'unchanged' : formatSeconds(durationMs)}`),
  })
}

if (import.meta.main) {
  main().catch((cause: unknown) => {
    console.error(cause instanceof Stop ? cause.message : cause)
    process.exitCode = 1
  })
}
