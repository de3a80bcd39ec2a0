/** The pictures of creators as content: read when first asked for, and kept while there is room. */
import { LRUCache } from 'lru-cache'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { NOSNIFF } from '#lib/gate/headers.ts'
import type { HeaderField } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'

export type Portraits = (digest: string) => Promise<(Content & { readonly body: Uint8Array }) | null>

const MAX_BYTES = 16 * 1024 * 1024
const FIELDS: readonly HeaderField[] = [['Content-Type', 'image/webp'], NOSNIFF]

/** `null`: the disk has none of this digest, which is a page without a picture and nothing worse. */
export function createPortraits(blobs: Pick<BlobFolder, 'get'>): Portraits {
  const kept = new LRUCache<string, Content & { readonly body: Uint8Array }>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ length }) => length + 200,
  })
  return async (digest) => {
    const known = kept.get(digest)
    if (known !== undefined) return known
    const body = await blobs.get(digest)
    if (body === null) return null
    const etag = `"${digest.slice(0, 32)}"`
    const content = {
      etag,
      length: body.length,
      fields: [...FIELDS, ['ETag', etag] as const],
      body,
      packing: 'none',
    } as const
    kept.set(digest, content)
    return content
  }
}
