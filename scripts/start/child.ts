/** One process of the copy: begun, awaited until it answers, begun again whenever it ends or hangs, and ended for certain. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { watchForHang } from './hang-watch.ts'
import { openLogFile } from './log-file.ts'
import { endProcess, markOf, type ProcessMark } from './processes.ts'
import { Stop } from './stop.ts'

const root = join(import.meta.dirname, '../..')
const lifeline = join(root, 'scripts/start/lifeline.mjs')
const READY_WITHIN_MS = 60_000
const POLL_MS = 40
/** Waited before each further try of a process that ends soon after it began; recovery stays within ten seconds. */
const BACKOFF_MS = [0, 200, 500, 1_000, 2_000]
const LIVED_LONG_MS = 10_000
const KEPT_LINES = 15

/** What a running process has said so far. */
interface Life {
  readonly mark: ProcessMark
  /** It printed the line `ready`. */
  readonly saidReady: boolean
  /** Process id of the server that a guardian runs; null before it said so. */
  readonly serverPid: number | null
}

export interface ChildPlan {
  readonly name: string
  /** What Node runs, asked for again at each start. */
  readonly program: () => Promise<readonly string[]>
  readonly env: Readonly<NodeJS.ProcessEnv>
  readonly isReady: (life: Life) => boolean | Promise<boolean>
  /** Whether what it runs still answers, where its own heartbeat does not tell. Bounded. */
  readonly isAnswering?: () => Promise<boolean>
  readonly logFile: string
  /** How long it may take to end by itself. */
  readonly graceMs: number
}

interface ChildEvents {
  /** A process began, ended, or answers again. */
  readonly onChange: () => void
  readonly tell: (name: string, text: string) => void
}

export interface Child {
  readonly name: string
  /** Resolves when it answers for the first time; `Stop` with its last lines when it ends before. */
  start(): Promise<void>
  /** Ends it; it is gone when this resolves. */
  stop(): Promise<void>
  /** The process that answered last; null before the first did. */
  pid(): number | null
  /** Every process it consists of at this moment. */
  marks(): ProcessMark[]
}

interface Running extends Life {
  saidReady: boolean
  serverPid: number | null
  isOver: boolean
  readonly process: ChildProcess
  readonly heartbeat: Readable
  readonly startedAt: number
  readonly lastLines: string[]
  /** How it ended, as words for a sentence. */
  readonly ended: Promise<string>
}

export function createChild(plan: ChildPlan, events: ChildEvents): Child {
  let life: Running | null = null
  let knownPid: number | null = null
  let isStopping = false
  let failures = 0
  let beginning: Promise<Running> | null = null

  function begin(): Promise<Running> {
    beginning = plan.program().then((program) => {
      if (isStopping) throw new Stop(`${plan.name} was interrupted`)
      const started = launch(plan, program)
      life = started
      events.onChange()
      return started
    })
    return beginning
  }

  /** From here on it answers, and is ended when it no longer does. */
  function watch(current: Running): void {
    knownPid = current.serverPid ?? current.mark.pid
    endWhenHanging(plan, current, () => events.tell(plan.name, 'gives no sign of life; ending it'))
  }

  /** Follows one process to its end and begins the next, until `stop`. */
  async function keep(current: Running): Promise<void> {
    const how = await current.ended
    if (isStopping) return
    failures = performance.now() - current.startedAt > LIVED_LONG_MS ? 0 : failures + 1
    events.tell(plan.name, `ended (${how}); starting it again`)
    await pause(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0)
    if (isStopping) return
    const next = await begin().catch((cause: unknown) => {
      events.tell(plan.name, `could not be started: ${cause instanceof Error ? cause.message : String(cause)}`)
      return current
    })
    void keep(next)
    if (next === current || !(await awaitReady(plan, next))) return
    watch(next)
    events.tell(plan.name, 'answers again')
    events.onChange()
  }

  return {
    name: plan.name,
    async start() {
      const first = await begin()
      if (!(await awaitReady(plan, first))) {
        isStopping = true
        await endLife(first, 0)
        throw new Stop(explainFailure(plan, first, await first.ended))
      }
      watch(first)
      void keep(first)
    },
    async stop() {
      isStopping = true
      // What is being prepared ends first, so that nothing begins behind our back.
      await beginning?.catch(() => undefined)
      if (life !== null) await endLife(life, plan.graceMs)
    },
    pid: () => knownPid,
    marks: () => (life === null || life.isOver ? [] : [life.mark]),
  }
}

function launch(plan: ChildPlan, program: readonly string[]): Running {
  const log = openLogFile(plan.logFile)
  const child = spawn(process.execPath, ['--enable-source-maps', '--import', lifeline, ...program], {
    cwd: root,
    env: { ...plan.env, SATSTILE_HEARTBEAT: '1' },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches the supervisor alone, which then ends everything in order.
    detached: true,
  })
  // Four pipes were asked for; the types tell of three.
  const [stdin, stdout, stderr, heartbeat] = child.stdio as unknown as [Writable, Readable, Readable, Readable]
  stdin.on('error', () => undefined)
  heartbeat.on('error', () => undefined).resume()
  const running: Running = {
    process: child,
    heartbeat,
    mark: markOf(child.pid ?? 0),
    startedAt: performance.now(),
    saidReady: false,
    serverPid: null,
    isOver: false,
    lastLines: [],
    ended: new Promise((resolve) => {
      child.once('error', (cause) => resolve(cause.message))
      child.once('close', (code, signal) => {
        running.isOver = true
        log.close()
        resolve(signal ?? `exit code ${code}`)
      })
    }),
  }
  for (const stream of [stdout, stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      noteLine(running, line)
      if (!running.isOver) log.write(line)
    })
  }
  return running
}

function noteLine(running: Running, line: string): void {
  if (line.trim() === 'ready') running.saidReady = true
  const server = /^server (\d+)$/.exec(line)
  if (server !== null) running.serverPid = Number(server[1])
  running.lastLines.push(line)
  if (running.lastLines.length > KEPT_LINES) running.lastLines.shift()
}

async function awaitReady(plan: ChildPlan, running: Running): Promise<boolean> {
  const end = performance.now() + READY_WITHIN_MS
  while (!running.isOver && performance.now() < end) {
    if (await plan.isReady(running)) return true
    await pause(POLL_MS)
  }
  // Alive but deaf: ended here, so that whoever follows its end tries again.
  if (!running.isOver) await endLife(running, 0)
  return false
}

function endWhenHanging(plan: ChildPlan, running: Running, onHang: () => void): void {
  const stopWatch = watchForHang({
    heartbeat: running.heartbeat,
    ...(plan.isAnswering && { isAnswering: plan.isAnswering }),
    onHang() {
      onHang()
      // Nobody who hangs ends in good order; but a guardian has a server to end, and may be well itself.
      void endLife(running, running.serverPid === null ? 0 : plan.graceMs)
    },
  })
  void running.ended.then(stopWatch)
}

async function endLife(running: Running, graceMs: number): Promise<void> {
  if (running.isOver) return
  running.process.stdin?.end()
  await endProcess(running.mark, 'SIGTERM', graceMs)
  await running.ended
}

function explainFailure(plan: ChildPlan, running: Running, how: string): string {
  const lines = running.lastLines.map((line) => `  ${line}`).join('\n')
  return `${plan.name} did not start (${how}). Its last words, all of them in ${plan.logFile}:\n${lines}`
}
