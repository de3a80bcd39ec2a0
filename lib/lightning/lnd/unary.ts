/**
 * gRPC calls of one question and one answer over a single HTTP/2 connection, each within its deadline. Our own, because
 * an invoice is asked for with every challenge and `@grpc/grpc-js` spends 87 us on a call that this does in 35
 * (decisions/010); streams stay with it. Source: the gRPC over HTTP2 protocol of grpc/grpc.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2'
import { status as GrpcStatus } from '@grpc/grpc-js'

export interface UnaryOptions {
  /** `host:port`. */
  readonly socket: string
  /** PEM of the only certificate that is trusted. */
  readonly cert: Uint8Array
  /** The name to look for in it; the host of `socket` when left out. */
  readonly serverName?: string | undefined
  /** Sent with every call. */
  readonly metadata: Readonly<Record<string, string>>
}

/** How a call ended when not with an answer; `code` is a status of gRPC. */
export interface UnaryFailure {
  readonly code: number
  readonly details: string
}

export interface UnaryClient {
  /** Sends one encoded message to `path`; answers the one that comes back, or how the call failed. Never rejects. */
  call(path: string, message: Uint8Array, deadlineAtMs: number): Promise<Buffer | UnaryFailure>
  close(): void
}

/** A page of a thousand invoices is below two megabytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024
/** Longer than any deadline: calls on a connection that is left may end in this time. */
const LEAVE_MS = 10_000
/** One byte says whether the message is compressed, four how long it is. */
const PREFIX_BYTES = 5

/** Connects at the first call, and again at the next one after a connection broke. */
export function createUnaryClient(options: UnaryOptions): UnaryClient {
  let session: ClientHttp2Session | null = null
  const getSession = (): ClientHttp2Session => {
    if (session === null || session.closed || session.destroyed) session = openSession(options)
    return session
  }
  /** What nobody answered in time may have gone nowhere: the next call gets a connection of its own. */
  const leave = (silent: ClientHttp2Session) => {
    if (silent !== session) return
    session = null
    silent.close()
    setTimeout(() => silent.destroy(), LEAVE_MS).unref()
  }
  const fields = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers', ...options.metadata }
  return {
    call: (path, message, deadlineAtMs) =>
      new Promise((resolve) => {
        const used = getSession()
        const leftMs = Math.max(0, deadlineAtMs - Date.now())
        // Whole seconds: few values, which stay in the connection's table of header fields.
        const timeout = `${Math.max(1, Math.ceil(leftMs / 1000))}S`
        const stream = used.request({ ...fields, ':path': path, 'grpc-timeout': timeout })
        const timer = setTimeout(() => {
          resolve({ code: GrpcStatus.DEADLINE_EXCEEDED, details: 'no answer in time' })
          stream.close(constants.NGHTTP2_CANCEL)
          leave(used)
        }, leftMs)
        readAnswer(stream, (outcome) => {
          clearTimeout(timer)
          resolve(outcome)
        })
        // After an answer that is whole this is nothing; a call that broke leaves a connection nobody can rely on.
        stream.once('error', () => leave(used))
        stream.end(addPrefix(message))
      }),
    close() {
      session?.close()
      session = null
    },
  }
}

function openSession({ socket, cert, serverName }: UnaryOptions): ClientHttp2Session {
  const session = connect(`https://${socket}`, {
    ca: Buffer.from(cert),
    ...(serverName === undefined ? {} : { servername: serverName }),
  })
  // Every call on it hears of its end by itself.
  session.on('error', () => undefined)
  // A call keeps the process alive by its deadline; an idle connection does not.
  session.unref()
  return session
}

function addPrefix(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, PREFIX_BYTES)
  return framed
}

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader

/** Tells `done` how the call ended; what it tells first counts. */
function readAnswer(stream: ClientHttp2Stream, done: (outcome: Buffer | UnaryFailure) => void): void {
  const chunks: Buffer[] = []
  let length = 0
  let head: Head = {}
  let last: IncomingHttpHeaders | null = null
  let broken = 'the connection ended'
  stream.once('response', (headers) => {
    head = headers
  })
  stream.once('trailers', (trailers) => {
    last = trailers
  })
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= MAX_ANSWER_BYTES) return void chunks.push(chunk)
    broken = 'the answer is too long'
    stream.close(constants.NGHTTP2_CANCEL)
  })
  stream.once('end', () => done(conclude(head, last ?? head, chunks)))
  stream.once('error', (cause) => {
    broken = cause.message
  })
  stream.once('close', () => done({ code: GrpcStatus.UNAVAILABLE, details: broken }))
}

/** `last` holds the status: the trailers, or the only headers of an answer without a message. */
function conclude(head: Head, last: IncomingHttpHeaders, chunks: readonly Buffer[]): Buffer | UnaryFailure {
  const code = last['grpc-status']
  if (code === undefined) return explainHttp(head[':status'])
  if (code !== '0') return { code: Number(code), details: decodeMessage(last['grpc-message']) }
  const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  const isWhole = body.length >= PREFIX_BYTES && body[0] === 0 && body.readUInt32BE(1) === body.length - PREFIX_BYTES
  if (!isWhole) return { code: GrpcStatus.INTERNAL, details: 'the answer is not one plain message' }
  return body.subarray(PREFIX_BYTES)
}

/** No status of gRPC: what a proxy says, or nothing. Away when waiting helps, as gRPC maps the statuses of HTTP. */
function explainHttp(http: number | undefined): UnaryFailure {
  if (http === undefined) return { code: GrpcStatus.UNAVAILABLE, details: 'the connection ended' }
  const isAway = http === 429 || http === 502 || http === 503 || http === 504
  return { code: isAway ? GrpcStatus.UNAVAILABLE : GrpcStatus.UNKNOWN, details: `HTTP ${http} and no status of gRPC` }
}

/** Percent-encoded by the protocol; what is not is shown as it came. */
function decodeMessage(value: string | string[] | undefined): string {
  const text = String(value ?? '')
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
