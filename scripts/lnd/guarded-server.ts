/** A server that is no program of ours, run under the guardian: it ends when we do, however we end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { plainEnvironment } from '#scripts/build/run-program.ts'
import type { GuardianOrder } from '#scripts/start/guardian.ts'
import { Stop } from '#scripts/start/stop.ts'

const guardian = join(import.meta.dirname, '../start/guardian.ts')
const POLL_MS = 50

export interface GuardedServer {
  readonly pid: number
  /** Waits until `isReady` answers true; `Stop` with the end of the log when the server ends before, or takes too long. */
  untilReady(isReady: () => Promise<boolean>, withinMs: number): Promise<void>
  /** Gone when this resolves. */
  stop(): Promise<void>
}

export async function startGuardedServer(name: string, order: Omit<GuardianOrder, 'spawnAs'>): Promise<GuardedServer> {
  const child = spawn(process.execPath, [guardian, JSON.stringify({ ...order, spawnAs: {} })], {
    env: plainEnvironment(),
    stdio: ['pipe', 'pipe', 'ignore'],
    // A group of its own: Ctrl-C reaches us alone, who then end everything in order.
    detached: true,
  })
  const ended = once(child, 'close')
  let isOver = false
  void ended.then(() => {
    isOver = true
  })
  const explain = (what: string) =>
    new Stop(`${name} ${what}. The end of ${order.logFile}:\n${readFileSync(order.logFile, 'utf8').slice(-1_500)}`)
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
  const pid = Number(/^server (\d+)$/.exec(String(line))?.[1])
  if (!Number.isInteger(pid)) throw explain('could not be started')
  return {
    pid,
    async untilReady(isReady, withinMs) {
      const end = performance.now() + withinMs
      while (!(await isReady())) {
        if (isOver) throw explain('ended while it was starting')
        if (performance.now() > end) throw explain(`was not ready within ${withinMs / 1000} s`)
        await pause(POLL_MS)
      }
    },
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
