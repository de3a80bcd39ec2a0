/** One request over HTTP/2 to a creator's server: as `callUpstream`, and what the server resets is never taken for the end of its answer. */
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Egress } from '#lib/egress/egress.ts'
import { Fault } from '#lib/errors.ts'
import { tooSlow, type UnderWay, type UpstreamAnswer, type UpstreamCall } from './call-upstream.ts'

export interface Http2Call extends Omit<UpstreamCall, 'dispatcher'> {
  readonly streams: ReturnType<Egress['http2']>
  readonly url: URL
}

/** Throws the signal's reason when it has aborted already. */
export function callHttp2(call: Http2Call): UnderWay {
  call.signal.throwIfAborted()
  let stream: ClientHttp2Stream | null = null
  const begin = async () => {
    stream = await call.streams.open(http2Fields(call), { endStream: call.body === null })
    const answer = readAnswer(stream)
    bound(stream, call)
    if (call.body !== null) void sendBody(stream, call.body)
    return answer
  }
  return { answer: begin(), isSent: () => stream !== null && !stream.pending }
}

/** Fields of a request, in the one spelling of HTTP/2. `headers`: names and values in turn, none of the connection. */
export function http2Fields({
  headers,
  method,
  path,
  url,
}: Pick<Http2Call, 'method' | 'path' | 'url'> & { readonly headers: readonly string[] }): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.create(null)
  fields[':method'] = method
  fields[':scheme'] = url.protocol.slice(0, -1)
  fields[':authority'] = url.host
  fields[':path'] = path
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase()
    const value = headers[at + 1] as string
    const known = fields[name]
    fields[name] = known === undefined ? value : [known, value].flat().map(String)
  }
  return fields
}

/** A request ends with its client, and when its server says nothing for too long. */
function bound(stream: ClientHttp2Stream, { signal, timeoutMs }: Pick<Http2Call, 'signal' | 'timeoutMs'>): void {
  stream.setTimeout(timeoutMs, () => stream.destroy(tooSlow()))
  const gone = () => stream.close(constants.NGHTTP2_CANCEL)
  if (signal.aborted) gone()
  else signal.addEventListener('abort', gone, { once: true })
  stream.once('close', () => signal.removeEventListener('abort', gone))
}

/** Rejects with what the stream failed with, or `upstream.unreachable` when it closed without an answer. */
function readAnswer(stream: ClientHttp2Stream): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    // Also when nobody waits for it any more.
    stream.on('error', reject)
    // Not made for every stream: its trace would cost more than the rest.
    const failed = () => reject(new Fault('upstream.unreachable', 'a request was reset before its answer'))
    stream.once('close', failed)
    stream.once('response', (headers, flags, raw) => {
      stream.off('close', failed)
      const trailers: Record<string, string | string[]> = {}
      const end = { isSeen: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0 }
      stream.once('trailers', (came) => {
        end.isSeen = true
        for (const [name, value] of Object.entries(came))
          if (typeof value === 'string' || Array.isArray(value)) trailers[name] = value
      })
      resolve({
        status: statusOf(headers),
        rawHeaders: withoutPseudo(raw as unknown as string[]),
        whole: null,
        body: stream,
        trailers,
        isWhole: wholeness(stream, end),
      })
    })
  })
}

const statusOf = (headers: IncomingHttpHeaders & IncomingHttpStatusHeader) => headers[':status'] ?? 0

/** Node ends the body of a stream that its server resets with `CANCEL` as it ends a whole one. */
const wholeness = (stream: ClientHttp2Stream, end: { readonly isSeen: boolean }) => () =>
  end.isSeen || stream.rstCode === constants.NGHTTP2_NO_ERROR

/** Names and values in turn, without what is HTTP/2's own. */
export function withoutPseudo(raw: readonly string[]): string[] {
  const fields: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    if (!name.startsWith(':')) fields.push(name, raw[at + 1] as string)
  }
  return fields
}

/** As it comes, no faster than the server takes it. What its client cuts off is cut off for the server too. */
export async function sendBody(stream: ClientHttp2Stream, body: AsyncIterable<Uint8Array>): Promise<void> {
  let goOn = () => {}
  const wake = () => goOn()
  stream.on('drain', wake).once('close', wake)
  try {
    for await (const piece of body) {
      if (stream.destroyed || stream.closed) return
      if (stream.write(piece)) continue
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
    }
    if (!stream.closed) stream.end()
  } catch {
    stream.close(constants.NGHTTP2_CANCEL)
  }
}
