/** Bytes that we hold, as an answer: unchanged ones are not sent again, a part where a part was asked for, text packed. */
import type { GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import { findHeader } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { isUnchanged } from './conditions.ts'
import { chooseEncoding, packedContent } from './packing.ts'
import { readRange } from './range.ts'

export interface ContentOptions {
  readonly status?: number
  /** Beside those of the content: who may keep it, what a token gives. */
  readonly headers: readonly HeaderField[]
}

/** Content that is held in memory, under the tag of its bytes. */
export function tagContent(
  sha256: (bytes: Uint8Array) => Uint8Array,
  body: Uint8Array,
  { fields, packing }: Pick<Content, 'fields' | 'packing'>,
): Content {
  const etag = `"${encodeHex(sha256(body)).slice(0, 32)}"`
  return { etag, length: body.length, fields: [...fields, ['ETag', etag]], body, packing }
}

const IN_PARTS: HeaderField = ['Accept-Ranges', 'bytes']
const VARIES: HeaderField = ['Vary', 'Accept-Encoding']

/**
 * 200, 304 when the client shows that it has these bytes (RFC 9110 13.1), 206 or 416 where it asks for a part of content
 * that is read from the disk (RFC 9110 14). At once unless text has to be packed for the first time.
 */
export function answerContent(
  request: GateRequest,
  content: Content,
  options: ContentOptions,
): GateAnswer | Promise<GateAnswer> {
  const { body } = content
  if (!(body instanceof Uint8Array)) return answerOpen(request, content, { ...options, open: body })
  const encoding = content.packing === 'none' ? null : chooseEncoding(findHeader(request, 'accept-encoding'))
  if (encoding === null) return answerWhole(request, content, options)
  const packed = packedContent(content, encoding)
  return packed instanceof Promise
    ? packed.then((ready) => answerWhole(request, ready, options))
    : answerWhole(request, packed, options)
}

function answerWhole(request: GateRequest, content: Content, { status = 200, headers }: ContentOptions): GateAnswer {
  if (status === 200 && isUnchanged(request, content.etag)) return answerUnchanged(content, headers)
  const body = content.body as Uint8Array
  const varies = content.packing === 'none' ? [] : [VARIES]
  return { kind: 'answer', status, headers: [...content.fields, ...headers, ...varies], body }
}

function answerUnchanged(content: Content, headers: readonly HeaderField[]): GateAnswer {
  return { kind: 'answer', status: 304, headers: [...tagOf(content), ...headers], body: null }
}

function tagOf({ etag }: Content): readonly HeaderField[] {
  return etag === null ? [] : [['ETag', etag]]
}

const NOTHING: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} }

function answerOpen(
  request: GateRequest,
  content: Content,
  { headers, open }: ContentOptions & { open: Exclude<Content['body'], Uint8Array> },
): GateAnswer {
  if (isUnchanged(request, content.etag)) return answerUnchanged(content, headers)
  const range = readRange(request, content)
  const fields: HeaderField[] = [...content.fields, IN_PARTS, ...headers]
  if (range === 'unsatisfiable') {
    const total: HeaderField = ['Content-Range', `bytes */${content.length}`]
    return { kind: 'answer', status: 416, headers: [total, IN_PARTS, ...headers], body: null }
  }
  const { start, end } = range ?? { start: 0, end: content.length }
  if (range !== null) fields.push(['Content-Range', `bytes ${start}-${end - 1}/${content.length}`])
  // A HEAD opens nothing, and tells the length all the same.
  const body = { stream: request.method === 'HEAD' ? NOTHING : open(start, end), length: end - start }
  return { kind: 'answer', status: range === null ? 200 : 206, headers: fields, body }
}
