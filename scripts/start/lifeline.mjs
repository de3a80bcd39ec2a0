/**
 * Ends a process when its supervisor is gone, also after kill -9: the supervisor holds the other end of stdin, and the
 * system closes that end with it. Loaded before the program by `node --import`.
 */
import { isMainThread } from 'node:worker_threads'

/** Time for the program to end by itself before it is killed. */
const GRACE_MS = 2_500

if (isMainThread) {
  const end = () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS)
    signalGroup('SIGTERM')
  }
  process.stdin.once('end', end).once('error', end).resume()
  process.stdin.unref?.()
}

/** What the program itself has started is in its process group, when it leads one. */
function signalGroup(signal) {
  try {
    process.kill(-process.pid, signal)
  } catch {
    process.kill(process.pid, signal)
  }
}
