/**
 * Ties a process to its supervisor. It ends when that is gone, also after kill -9: the supervisor holds the other end of
 * stdin, and the system closes that end with it. And it tells every second that it still runs, on a pipe of its own when it
 * was given one. Loaded before the program by `node --import`.
 */
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/** Time for the program to end by itself before it is killed. */
const GRACE_MS = 2_500
/** The file descriptor of the supervisor's pipe for heartbeats (scripts/start/child.ts). */
const HEARTBEAT_FD = 3
const HEARTBEAT_MS = 1_000

if (isMainThread) {
  const end = () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS)
    signalGroup('SIGTERM')
  }
  process.stdin.once('end', end).once('error', end).resume()
  process.stdin.unref?.()
  if (process.env.SATSTILE_HEARTBEAT === '1') setInterval(beat, HEARTBEAT_MS).unref()
  // A program that this one starts has something else on that descriptor.
  delete process.env.SATSTILE_HEARTBEAT
}

/** From the main thread's own loop: a process whose loop stands still serves nobody, whatever its other threads do. */
function beat() {
  try {
    writeSync(HEARTBEAT_FD, '.')
  } catch {
    // The supervisor does not read at the moment, or is gone.
  }
}

/** What the program itself has started is in its process group, when it leads one. */
function signalGroup(signal) {
  try {
    process.kill(-process.pid, signal)
  } catch {
    process.kill(process.pid, signal)
  }
}
