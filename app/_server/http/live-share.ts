/** Streams that a browser keeps open: a person has some tabs' worth, and all together no more than the process can tell. */
import { createShares } from '#lib/shares.ts'
import { tooMany } from './refuse.ts'

/** More tabs than anybody looks at. */
const OF_ONE_USER = 20
const OF_ALL = 2_000

const shares = createShares()

/** `open`'s stream as an answer that gives its place back when it ends, or 429 and when to ask again. */
export function shareStream(
  userId: string,
  asked: { signal: AbortSignal; open: () => ReadableStream<Uint8Array>; headers: Record<string, string> },
): Response {
  const share = shares.take([
    [`user ${userId}`, OF_ONE_USER],
    ['all', OF_ALL],
  ])
  if (share.kind === 'full') return tooMany(share.key === 'all' ? 'queue.full' : 'limit.rate')
  const { release } = share
  if (asked.signal.aborted) release()
  asked.signal.addEventListener('abort', release, { once: true })
  // The platform calls `cancel` when the browser goes; the types of this TypeScript do not know it yet.
  const ending = new TransformStream<Uint8Array, Uint8Array>({ flush: release, cancel: release } as Transformer)
  return new Response(asked.open().pipeThrough(ending), { headers: asked.headers })
}
