/**
 * Runs a server that is no program of ours (Postgres, lnd) for exactly as long as somebody holds the other end of our
 * stdin: it cannot notice itself that whoever started it was killed. Argument: JSON of `GuardianOrder`. Prints the
 * server's process id as one line.
 */
import { spawn } from 'node:child_process'
import { closeSync, fchmodSync, openSync } from 'node:fs'
import { resume } from './processes.ts'

export interface GuardianOrder {
  readonly program: string
  readonly arguments: readonly string[]
  readonly spawnAs: { readonly uid?: number; readonly gid?: number }
  readonly logFile: string
}

/** An orderly end first (SIGINT), then at once (SIGQUIT; Postgres then recovers from its log at the next start). */
const ESCALATION: readonly { readonly signal: NodeJS.Signals; readonly afterMs: number }[] = [
  { signal: 'SIGINT', afterMs: 0 },
  { signal: 'SIGQUIT', afterMs: 1_500 },
  { signal: 'SIGKILL', afterMs: 2_200 },
]

const order: GuardianOrder = JSON.parse(process.argv[2] ?? '{}')
const log = openSync(order.logFile, 'a', 0o600)
// One that an earlier version made may be open to everybody, and statements stand in it.
fchmodSync(log, 0o600)
const server = spawn(order.program, order.arguments, { ...order.spawnAs, stdio: ['ignore', log, log], detached: true })
closeSync(log)

server.once('spawn', () => process.stdout.write(`server ${server.pid}\n`))
server.once('error', () => process.exit(1))
server.once('exit', (code) => process.exit(code ?? 1))

let isEnding = false
function end(): void {
  if (isEnding) return
  isEnding = true
  if (server.pid !== undefined) resume(server.pid)
  for (const { signal, afterMs } of ESCALATION) setTimeout(() => server.kill(signal), afterMs)
}

process.stdin.once('end', end).once('error', end).resume()
process.stdout.on('error', end)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
