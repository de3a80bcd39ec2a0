/** Fetches pictures that lie elsewhere and makes them pictures of their article, as if they had been uploaded. */
import type { Clock } from '#lib/clock.ts'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import type { PictureEncoder } from '#lib/content/picture-encoder.ts'
import type { Db } from '#lib/db.ts'
import type { Egress } from '#lib/egress/egress.ts'
import { Fault } from '#lib/errors.ts'
import { inParallel } from '#lib/in-parallel.ts'
import { attachPicture } from './attach-picture.ts'
import { endFetch, type FetchEnd, listWaiting, type PictureFetch } from './fetch-store.ts'
import { MAX_PICTURE_BYTES } from './picture.ts'

export interface FetchPicturesDeps {
  readonly db: Db
  readonly clock: Clock
  readonly egress: Pick<Egress, 'request'>
  readonly pictures: PictureEncoder
  readonly content: { readonly blobs: Pick<BlobFolder, 'put'> }
}

/** A run ends within twice the deadline; what is left comes with the next. */
const AT_A_TIME = 8
const IN_FLIGHT = 4
const DEADLINE_MS = 10_000
/** Nothing else is even read. The bytes decide what it is; this spares the pages that say that there is no such picture. */
const MEDIA_TYPES = [
  ...['image/png', 'image/jpeg', 'image/jpg', 'image/gif', 'image/webp', 'image/avif', 'image/heic'],
  ...['application/octet-stream', 'binary/octet-stream'],
]
const OF_ANOTHER_KIND = 'This address leads to no picture, but to a page or a file of another kind.'

/** Fetches what waits; one that was killed half-way waits still. Answers how many came to an end. */
export async function fetchPictures(deps: FetchPicturesDeps, signal: AbortSignal): Promise<number> {
  const waiting = await listWaiting(deps.db.client, AT_A_TIME)
  await inParallel(waiting, IN_FLIGHT, async (one) => {
    if (signal.aborted) return
    const end = await fetchOne(deps, one, signal)
    if (end !== null) await endFetch(deps.db.client, one, deps.clock.now(), end)
  })
  return waiting.length
}

/** `null`: not now, and nothing that its creator should hear of. */
async function fetchOne(deps: FetchPicturesDeps, one: PictureFetch, signal: AbortSignal): Promise<FetchEnd | null> {
  const answer = await download(deps, one, signal).catch((cause: unknown) => {
    if (cause instanceof Fault) return cause
    throw cause
  })
  if (signal.aborted) return null
  if (answer instanceof Fault) {
    if (answer.code === 'egress.busy') return null
    return failed(answer.details.reason === 'content_type' ? OF_ANOTHER_KIND : answer.publicMessage)
  }
  if (answer.status !== 200) return failed(`The server has no picture at this address: it answered ${answer.status}.`)
  const { creatorId, resourceId } = one
  const { db, pictures, content } = deps
  const attached = await attachPicture(
    { db, pictures, blobs: content.blobs },
    { creatorId, resourceId, bytes: answer.body },
  )
  if (attached.kind === 'attached') return { kind: 'fetched', digest: attached.digest }
  return failed(
    attached.kind === 'invalid' ? (attached.fields.picture ?? OF_ANOTHER_KIND) : 'This article is not there any more.',
  )
}

async function download({ egress }: FetchPicturesDeps, { creatorId, url }: PictureFetch, signal: AbortSignal) {
  return egress.request({
    ...{ creatorId, url, signal },
    deadlineMs: DEADLINE_MS,
    maxBytes: MAX_PICTURE_BYTES,
    contentTypes: MEDIA_TYPES,
    headers: { accept: 'image/avif,image/webp,image/png,image/jpeg,image/gif' },
  })
}

const failed = (problem: string): FetchEnd => ({ kind: 'failed', problem })
