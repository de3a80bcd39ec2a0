/** The run behind `random-kills.ts`: a whole copy, payers, a seeded nemesis, and the comparison at the end. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type ProcessName,
  pause,
  portVariables,
  type RunFile,
  type RunningCopy,
  startCopy,
} from '#tests/support/running-copy.ts'
import { compare } from './oracle.ts'
import { buyForever, type Purchase, readUntilOpen } from './payer.ts'

export interface KillRunOptions {
  readonly kills: number
  readonly seed: number
  readonly dir: string | null
  readonly payers: number
  readonly targets: readonly string[]
  readonly onProgress: (line: string) => void
}

export interface KillRunResult {
  readonly dir: string
  readonly seed: number
  readonly kills: number
  readonly purchases: number
  readonly slowestRecoveryMs: number
  readonly violations: readonly string[]
}

/** What is kept between calls, so that a long run may be gathered from short ones. */
interface State {
  kills: number
  slowestRecoveryMs: number
  ports: Record<string, string>
  violations: string[]
}

const RECOVERED_WITHIN_MS = 10_000
const BOOKED_WITHIN_MS = 60_000

/** Runs until `kills` kills have happened in this folder, then heals, waits for the books and compares. */
export async function runKills(options: KillRunOptions): Promise<KillRunResult> {
  const dir = options.dir ?? mkdtempSync(path.join(tmpdir(), 'satstile-kills-'))
  mkdirSync(dir, { recursive: true })
  const state = await loadState(dir)
  const transcript = path.join(dir, 'purchases.jsonl')
  const purchases = readTranscript(transcript)
  const copy = await startCopy({ dataDir: path.join(dir, 'data'), ports: state.ports })
  const onViolation = (sentence: string) => {
    state.violations.push(sentence)
    options.onProgress(`violation: ${sentence}`)
  }
  try {
    let stopped = false
    const random = seededRandom(options.seed + state.kills)
    const payers = Array.from({ length: options.payers }, () =>
      buyForever({
        run: copy.read,
        random,
        transcript,
        stopped: () => stopped,
        onPurchase: (purchase) => purchases.push(purchase),
        onViolation,
      }),
    )
    await killUntil({ options, copy, state, dir, random, purchases, onViolation })
    stopped = true
    await Promise.all(payers)
    await checkBooks({ copy, state, purchases, onViolation })
    await checkCredentials(purchases, onViolation)
  } finally {
    await copy.stop()
    saveState(dir, state)
  }
  const { kills, slowestRecoveryMs, violations } = state
  return { dir, seed: options.seed, kills, purchases: purchases.length, slowestRecoveryMs, violations }
}

interface Nemesis {
  readonly options: KillRunOptions
  readonly copy: RunningCopy
  readonly state: State
  readonly dir: string
  readonly random: () => number
  readonly purchases: readonly Purchase[]
  readonly onViolation: (sentence: string) => void
}

async function killUntil(nemesis: Nemesis): Promise<void> {
  const { options, copy, state, random } = nemesis
  while (state.kills < options.kills) {
    await pause(200 + random() * 1_300)
    const target = options.targets[Math.floor(random() * options.targets.length)] as ProcessName
    const run = await copy.read()
    if (run === null) continue
    process.kill(run.pids[target], 'SIGKILL')
    state.kills += 1
    const tookMs = await waitForSuccessor(copy, target, run.pids[target])
    if (tookMs === null) nemesis.onViolation(`${target} was not back within ${RECOVERED_WITHIN_MS / 1000} s`)
    else state.slowestRecoveryMs = Math.max(state.slowestRecoveryMs, Math.round(tookMs))
    saveState(nemesis.dir, state)
    if (state.kills % 10 === 0 || state.kills === options.kills)
      options.onProgress(`${state.kills} of ${options.kills} kills, ${nemesis.purchases.length} purchases`)
  }
}

async function waitForSuccessor(copy: RunningCopy, target: ProcessName, killedPid: number): Promise<number | null> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < RECOVERED_WITHIN_MS) {
    const run: RunFile | null = await copy.read()
    if (run !== null && run.pids[target] !== killedPid) return performance.now() - startedAt
    await pause(25)
  }
  return null
}

async function checkBooks(input: {
  copy: RunningCopy
  state: State
  purchases: readonly Purchase[]
  onViolation: (sentence: string) => void
}): Promise<void> {
  const sources = {
    dataDir: input.copy.dataDir,
    lndSocket: `localhost:${input.state.ports.DEVNODE_PORT}`,
    databaseUrl: await ownerUrl(input.copy.dataDir, input.state.ports),
    purchases: input.purchases,
  }
  const deadline = Date.now() + BOOKED_WITHIN_MS
  let differences = await compare(sources)
  while (differences.length > 0 && Date.now() < deadline) {
    await pause(500)
    differences = await compare(sources)
  }
  for (const difference of differences) input.onViolation(difference)
}

/** What was bought stays bought: a sample of all credentials, the oldest among them, is presented once more. */
async function checkCredentials(
  purchases: readonly Purchase[],
  onViolation: (sentence: string) => void,
): Promise<void> {
  const step = Math.max(1, Math.floor(purchases.length / 200))
  for (let index = 0; index < purchases.length; index += step) {
    const purchase = purchases[index]
    if (purchase !== undefined) await readUntilOpen({ onViolation }, purchase)
  }
}

async function ownerUrl(dataDir: string, ports: Record<string, string>): Promise<string> {
  const secrets = await readFile(path.join(dataDir, 'secrets.env'), 'utf8')
  const password = /^POSTGRES_PASSWORD=(.+)$/m.exec(secrets)?.[1] ?? ''
  return `postgresql://satstile:${encodeURIComponent(password)}@127.0.0.1:${ports.POSTGRES_PORT}/satstile`
}

async function loadState(dir: string): Promise<State> {
  const file = path.join(dir, 'state.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as State
  return { kills: 0, slowestRecoveryMs: 0, ports: await portVariables(), violations: [] }
}

function saveState(dir: string, state: State): void {
  writeFileSync(path.join(dir, 'state.json'), JSON.stringify(state, null, 2))
}

function readTranscript(file: string): Purchase[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.length > 0)
    .map((line) => JSON.parse(line) as Purchase)
}

/** mulberry32: a small seeded generator, good enough to choose victims. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
