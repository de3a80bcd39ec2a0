/** Text leaves packed: made once for each content and encoding, and kept as long as the content itself. */
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { HeaderField } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'
import { readWishes } from './weights.ts'

export type Encoding = 'br' | 'gzip'

/** Below this a packed answer saves no packet. */
const MIN_BYTES = 1_000
/** The best of either takes 20 ms for a page; of more than this it takes too long. */
const MAX_BEST_BYTES = 200_000

const brotliAsync = promisify(brotliCompress)
const gzipAsync = promisify(gzip)

const MAKERS: Readonly<Record<Encoding, (bytes: Uint8Array, best: boolean) => Promise<Uint8Array>>> = {
  br: (bytes, best) =>
    brotliAsync(bytes, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: best ? constants.BROTLI_MAX_QUALITY : 4,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes, best) =>
    gzipAsync(bytes, { level: best ? constants.Z_BEST_COMPRESSION : constants.Z_DEFAULT_COMPRESSION }),
}

/** More than there are; a client may invent any number. */
const MOST_ENCODINGS = 32

/** The encoding for an `Accept-Encoding` field (RFC 9110 12.5.3); `null`: as it is. Of equal wishes Brotli, the smaller. */
export function chooseEncoding(field: string | null): Encoding | null {
  if (field === null || field === '') return null
  const weights = new Map(readWishes(field, MOST_ENCODINGS).map(({ name, weight }) => [name, weight]))
  const of = (name: string) => weights.get(name) ?? weights.get('*') ?? 0
  const [br, zip] = [of('br'), Math.max(of('gzip'), weights.get('x-gzip') ?? 0)]
  if (br <= 0 && zip <= 0) return null
  return br >= zip ? 'br' : 'gzip'
}

const packings = new WeakMap<Content, Map<Encoding, Content | Promise<Content>>>()

/** The same content packed; itself where packing gains nothing. At once when it was packed before. */
export function packedContent(content: Content, encoding: Encoding): Content | Promise<Content> {
  const { body } = content
  if (!(body instanceof Uint8Array) || body.length < MIN_BYTES) return content
  const made = packings.get(content) ?? new Map<Encoding, Content | Promise<Content>>()
  packings.set(content, made)
  const known = made.get(encoding)
  if (known !== undefined) return known
  const packing = pack(content, body, encoding).then(
    (packed) => {
      made.set(encoding, packed)
      return packed
    },
    () => {
      // Sent as it is: nobody is refused for want of a smaller form.
      made.delete(encoding)
      return content
    },
  )
  made.set(encoding, packing)
  return packing
}

async function pack(content: Content, bytes: Uint8Array, encoding: Encoding): Promise<Content> {
  const body = await MAKERS[encoding](bytes, content.packing === 'best' && bytes.length <= MAX_BEST_BYTES)
  if (body.length >= bytes.length) return content
  // Other bytes, so another tag (RFC 9110 8.8.3.3).
  const etag = content.etag && `${content.etag.slice(0, -1)}-${encoding}"`
  const fields = content.fields.map((field): HeaderField => (field[1] === content.etag ? ['ETag', etag ?? ''] : field))
  return { ...content, etag, length: body.length, fields: [...fields, ['Content-Encoding', encoding]], body }
}
