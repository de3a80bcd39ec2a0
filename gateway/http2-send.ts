/** An answer of the gate leaves on an HTTP/2 stream: with back-pressure, its trailers behind it, and a break never looks like an end. */
import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import { Fault } from '#lib/errors.ts'
import type { GateAnswer, HeaderField, StreamedBody } from '#lib/gate/request.ts'

/** Of one connection of HTTP/1.1; here they are an error (RFC 9113 8.2.2). */
const OF_CONNECTIONS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade'])

interface Leaving {
  readonly isHead: boolean
  /** Called for each piece that leaves. */
  readonly onPiece: () => void
}

/** As `send` of HTTP/1.1. */
export function sendHttp2(
  stream: ServerHttp2Stream,
  answer: GateAnswer,
  { isHead, onPiece }: Leaving,
): Promise<void> | undefined {
  const { status, body } = answer
  const fields = toFields(answer.headers)
  fields[constants.HTTP2_HEADER_STATUS] = status
  if (body !== null && typeof body === 'object' && 'stream' in body) {
    if (body.length !== undefined) fields['content-length'] = String(body.length)
    return isHead ? respondBare(stream, fields) : sendStream(stream, fields, { body, onPiece })
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (status !== 204 && status !== 304 && !isCall(fields)) fields['content-length'] = String(bytes?.length ?? 0)
  if (bytes === null || isHead || status === 204 || status === 304) return respondBare(stream, fields)
  stream.respond(fields)
  stream.end(bytes, () => leaveBody(stream))
  onPiece()
  return undefined
}

/** Of gRPC, whose answers without messages have no length either. */
const isCall = (fields: OutgoingHttpHeaders) => fields['grpc-status'] !== undefined

function respondBare(stream: ServerHttp2Stream, fields: OutgoingHttpHeaders): undefined {
  stream.respond(fields, { endStream: true })
  leaveBody(stream)
}

/** What the client still sends is for nobody; asked once the answer is on its way. */
function leaveBody(stream: ServerHttp2Stream): void {
  if (stream.readableEnded) return
  setImmediate(() => {
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
  })
}

function toFields(list: readonly HeaderField[]): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.create(null)
  for (const [name, value] of list) {
    const folded = name.toLowerCase()
    if (OF_CONNECTIONS.has(folded)) continue
    const known = fields[folded]
    fields[folded] = known === undefined ? value : [known, value].flat().map(String)
  }
  return fields
}

function sendStream(
  stream: ServerHttp2Stream,
  fields: OutgoingHttpHeaders,
  { body, onPiece }: { body: StreamedBody; onPiece: () => void },
): Promise<void> {
  const { trailers } = body
  stream.respond(fields, { waitForTrailers: trailers !== undefined })
  if (trailers === undefined) stream.once('finish', () => leaveBody(stream))
  else {
    stream.once('wantTrailers', () => {
      stream.sendTrailers(toFields(trailers()))
      leaveBody(stream)
    })
  }
  const source = body.stream instanceof Readable ? body.stream : Readable.from(body.stream)
  return new Promise((resolve, reject) => {
    // It broke while its head was made ready, and says so no more.
    if (source.destroyed && !source.readableEnded) return reject(cutOff())
    const goOn = () => void source.resume()
    stream.on('drain', goOn)
    stream.once('close', () => {
      source.destroy()
      resolve()
    })
    source.on('error', reject).on('data', (chunk: Uint8Array) => {
      onPiece()
      if (!stream.write(chunk)) source.pause()
    })
    source.once('end', () => {
      if (body.isWhole?.() === false) return reject(cutOff())
      stream.end()
      resolve()
    })
  })
}

/** Another server ended its answer before it was over, and said so. */
export function cutOff(): Fault {
  return new Fault('upstream.unreachable', 'an answer was cut off')
}
