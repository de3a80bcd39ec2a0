/** Other processes by their id: whether one is alive, whether it is still the same one, and how to end it for certain. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 25

/** A process that cannot be mistaken for a later one with the same id. */
export interface ProcessMark {
  readonly pid: number
  /** When it began, as the system tells it; null where the system does not tell. */
  readonly startedAt: string | null
}

/** The mark of a living process. */
export function markOf(pid: number): ProcessMark {
  return { pid, startedAt: startTimeOf(pid) }
}

/** True when this very process is still there; a zombie, or another process with its id, is not it. */
export function isAlive(mark: ProcessMark): boolean {
  if (!canSignal(mark.pid) || isZombie(mark.pid)) return false
  return mark.startedAt === null || startTimeOf(mark.pid) === mark.startedAt
}

/** Sends `signal`, to the whole group when the process leads one. A process that is gone is no fault. */
export function signal(pid: number, name: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, name)
      return
    } catch {
      // Not a leader, or gone.
    }
  }
}

/** Lets a process that somebody has stopped go on, with what it has started: stopped, they would notice no other signal. */
export function resume(pid: number): void {
  for (const each of [pid, ...childrenOf(pid)]) signal(each, 'SIGCONT')
}

/** Nobody where the system does not tell. */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    return text.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Answers whether the process was gone within `withinMs`. */
export async function waitUntilGone(mark: ProcessMark, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs
  while (isAlive(mark)) {
    if (performance.now() > end) return false
    await pause(POLL_MS)
  }
  return true
}

/** Asks the process to end, by `first`, and kills it when it has not ended after `graceMs`. */
export async function endProcess(mark: ProcessMark, first: NodeJS.Signals, graceMs: number): Promise<void> {
  if (!isAlive(mark)) return
  signal(mark.pid, first)
  if (await waitUntilGone(mark, graceMs)) return
  signal(mark.pid, 'SIGKILL')
  await waitUntilGone(mark, 1_000)
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

/** The fields of /proc/<pid>/stat behind the name, which may itself hold spaces and brackets; null elsewhere than on Linux. */
function procFields(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

function isZombie(pid: number): boolean {
  return procFields(pid)?.[0] === 'Z'
}

function startTimeOf(pid: number): string | null {
  const fields = procFields(pid)
  if (fields !== null) return fields[19] ?? null
  if (process.platform === 'linux' || process.platform === 'win32') return null
  return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || null
}
