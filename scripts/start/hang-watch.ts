/** Notices a process that is there and does nothing: it gives no sign of life any more, or what it runs does not answer. */
import type { Readable } from 'node:stream'

const CHECK_MS = 1_000
/**
 * Counted in checks and not by the clock: when it was the supervisor that stood still, or the whole computer, the signs of
 * that time wait to be read, and nobody else has been silent.
 */
const SILENT_CHECKS = 10

interface HangWatchOptions {
  /** Anything that comes is a sign of life. */
  readonly heartbeat: Readable
  /** Asked once a second, where being alive is not enough. */
  readonly isAnswering?: () => Promise<boolean>
  /** Called once, after ten seconds without a sign or an answer. */
  readonly onHang: () => void
}

/** Begins to watch; answers how to stop. */
export function watchForHang({ heartbeat, isAnswering, onHang }: HangWatchOptions): () => void {
  let withoutSign = 0
  let withoutAnswer = 0
  let isAsking = false
  const note = () => {
    withoutSign = 0
  }
  const ask = async () => {
    if (isAnswering === undefined || isAsking) return
    isAsking = true
    if (await isAnswering()) withoutAnswer = 0
    isAsking = false
  }
  const check = () => {
    withoutSign += 1
    if (isAnswering !== undefined) withoutAnswer += 1
    if (Math.max(withoutSign, withoutAnswer) <= SILENT_CHECKS) return void ask()
    stop()
    onHang()
  }
  const timer = setInterval(check, CHECK_MS)
  const stop = () => {
    clearInterval(timer)
    heartbeat.off('data', note)
  }
  heartbeat.on('data', note)
  return stop
}
