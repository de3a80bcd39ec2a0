/** The workers give a sign of life every two seconds, by which gateways and dashboard know that they are there. */
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { describeCause, type Log } from '#lib/log.ts'
import { deleteLiveWorker, noteLiveWorker } from '#lib/paywall/live-worker-store.ts'

const BEAT_MS = 2_000

/** Begins at once; answers how to stop. A sign that cannot be given is not missed by anybody who can still read. */
export function giveSignsOfLife({ db, log }: { db: Db; log: Log }): () => Promise<void> {
  const id = newId('wrk')
  const quietly = (work: Promise<void>) =>
    work.catch((cause: unknown) => log.debug('no sign of life was given', { cause: describeCause(cause) }))
  let running: Promise<void> | null = null
  const beat = () => {
    running ??= quietly(noteLiveWorker(db.client, id)).finally(() => {
      running = null
    })
  }
  const timer = setInterval(beat, BEAT_MS)
  beat()
  return async () => {
    clearInterval(timer)
    await running
    await quietly(deleteLiveWorker(db.client, id))
  }
}
