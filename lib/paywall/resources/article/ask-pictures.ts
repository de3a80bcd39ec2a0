/** Asks that pictures which lie elsewhere be fetched; the jobs do it, because the dashboard opens nobody's URLs. */
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { lockCreator } from '#lib/paywall/creators/creator-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { hasDraft } from './article-store.ts'
import { countWaiting, insertFetches } from './fetch-store.ts'

export type AskedPictures =
  | { readonly kind: 'asked'; readonly count: number }
  | { readonly kind: 'unknown' }
  | InvalidInput

/** Of one creator, at any time. */
const MOST_WAITING = 60
const URL_BYTES = 2_048

/** Asking again for the same one is asking once. Whether a URL may be opened is seen when it is. */
export async function askPictures(
  { db }: { db: Db },
  { creatorId, resourceId, urls }: ResourceKey & { urls: readonly string[] },
): Promise<AskedPictures> {
  const asked = [...new Set(urls)]
  const long = asked.find((url) => Buffer.byteLength(url) > URL_BYTES || url === '')
  if (long !== undefined) return invalid(`The address of a picture has at most ${URL_BYTES} characters.`)
  return db.asCreator(creatorId, async (tx) => {
    // Held until the end, so that what is asked for at once is counted one after the other.
    if (!(await lockCreator(tx, creatorId)) || !(await hasDraft(tx, { creatorId, resourceId })))
      return { kind: 'unknown' }
    const waiting = await countWaiting(tx, creatorId)
    if (waiting + asked.length > MOST_WAITING) {
      return invalid(
        `At most ${MOST_WAITING} pictures are fetched at once, and ${waiting} are on their way. Try again in a minute.`,
      )
    }
    await insertFetches(tx, { creatorId, resourceId }, asked)
    return { kind: 'asked', count: asked.length }
  })
}

function invalid(message: string): InvalidInput {
  return { kind: 'invalid', fields: { pictures: message } }
}
