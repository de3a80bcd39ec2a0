/** The HTTP/2 door: streams of one connection become requests like any other, and what a connection may cost is bounded. */
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { Code } from '#lib/errors.ts'
import { answerErrorAsJson } from '#lib/gate/answers/refusal.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import { type Door, type Exchange, judge } from './door.ts'
import { isProtected, redirectToTls } from './front.ts'
import { COSTS, createFloodGuard, type FloodGuard } from './http2-floods.ts'
import { Http2GateRequest, readHead } from './http2-request.ts'
import { sendHttp2 } from './http2-send.ts'
import type { Upgraded } from './upgrade.ts'
import { IDLE_MS } from './wire-request.ts'
import { MAX_HEADER_BYTES, readWire } from './wire-rules.ts'

export interface Http2Door {
  /** Speaks HTTP/2 over a connection from its first byte on. */
  take(socket: Socket): void
  closeAllConnections(): void
}

/** A connection, and what is under way on it. */
interface Connection {
  readonly socket: Socket
  readonly session: ServerHttp2Session
  readonly guard: FloodGuard
  streams: number
  /** Runs while no stream is open. */
  idle: NodeJS.Timeout
}

const MAX_STREAMS = 100
/** Pseudo fields come on top of those that are counted in wire-rules.ts; above, the stream is reset. */
const MAX_PAIRS = 120
const BODY_TIME_MS = 30_000
const WINDOW_BYTES = 1024 * 1024

export function createHttp2Door(door: Door): Http2Door {
  const open = new Set<Connection>()
  let taking: Socket | null = null
  const server: Http2Server = createServer({
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
    maxHeaderListPairs: MAX_PAIRS,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    // In megabytes: what waits in both directions on one connection.
    maxSessionMemory: 8,
    maxSettings: 32,
  })
  server.on('session', (session) => {
    if (taking === null) return void session.destroy()
    const connection = follow(session, taking)
    open.add(connection)
    session.once('close', () => open.delete(connection))
    session.on('stream', (stream: ServerHttp2Stream, headers, flags, flat) =>
      receive(door, connection, { stream, headers, flags, flat: flat as unknown as string[] }),
    )
  })
  server.on('sessionError', () => undefined)
  door.ending.addEventListener('abort', () => {
    for (const { session } of open) session.close()
  })
  return {
    take(socket) {
      // HTTP/1.1 leaves connections half open, since a client may say that it asks nothing more and read on.
      socket.once('end', () => socket.destroy())
      taking = socket
      server.emit('connection', socket)
      taking = null
    },
    closeAllConnections() {
      for (const { session } of open) session.destroy()
    },
  }
}

function follow(session: ServerHttp2Session, socket: Socket): Connection {
  const guard = createFloodGuard()
  const close = () => session.close()
  const connection = { session, socket, guard, streams: 0, idle: setTimeout(close, IDLE_MS) }
  const pay = (cost: number) => {
    if (!guard.spend(cost, performance.now())) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
  // A client that reads nothing holds what is not written yet, so its connection ends when nothing moves on it at all.
  session.setLocalWindowSize(WINDOW_BYTES)
  session.on('error', () => undefined)
  session.on('ping', () => pay(COSTS.ping))
  session.on('remoteSettings', () => pay(COSTS.settings))
  session.once('close', () => clearTimeout(connection.idle))
  return connection
}

interface Received {
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  readonly flags: number
  /** Names and values in turn. */
  readonly flat: readonly string[]
}

function receive(door: Door, connection: Connection, { stream, headers, flags, flat }: Received): void {
  stream.on('error', () => undefined)
  const giveBack = begin(door, connection)
  // Not begun, so its client may send it again.
  if (giveBack === null) return void stream.close(constants.NGHTTP2_REFUSED_STREAM)
  watch(connection, stream, giveBack)
  const endsHere = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
  const head = readHead(flat, headers, endsHere)
  const refuse = (code: Code): void => {
    if (code === 'http.malformed') connection.session.close()
    void sendHttp2(stream, answerErrorAsJson({ code }), { isHead: false, onPiece: () => undefined })
  }
  if (head === null) return void refuse('http.malformed')
  const isGrpc = headers['content-type']?.startsWith('application/grpc') === true
  const wire = readWire(head, { isGrpc })
  if (wire.kind === 'refused') return void refuse(wire.code)
  const isHead = head.method === 'HEAD'
  const answer = (given: GateAnswer) => sendHttp2(stream, given, { isHead, onPiece: () => connection.guard.credit(1) })
  if (wire.path === '/_l402/health') return void answer(door.health())
  const client = door.readClient({ socket: connection.socket, headers })
  if (!isProtected(door.mode, client)) return void answer(redirectToTls(wire))
  const slowBody = endsHere ? undefined : boundBody(stream, door.limits?.bodyMs ?? BODY_TIME_MS)
  const request = new Http2GateRequest({ stream, head, open: door.open, slowBody }, wire, client)
  judge(door, new Http2Exchange({ connection, stream, answer }, request))
}

/** The first stream of a connection is counted with it, each further one as another. */
function begin(door: Door, connection: Connection): (() => void) | null {
  const further = connection.streams === 0 ? () => undefined : door.connections.takeFurther(connection.socket)
  if (further === null) return null
  connection.streams += 1
  clearTimeout(connection.idle)
  return () => {
    further()
    connection.streams -= 1
    const { session } = connection
    if (connection.streams === 0 && !session.destroyed) connection.idle = setTimeout(() => session.close(), IDLE_MS)
  }
}

function watch({ session, guard }: Connection, stream: ServerHttp2Stream, giveBack: () => void): void {
  stream.once('close', giveBack)
  // Nothing moves: a client that opens no window for what it asked for.
  stream.setTimeout(IDLE_MS)
  stream.on('timeout', () => stream.close(constants.NGHTTP2_CANCEL))
  stream.once('aborted', () => {
    if (!guard.spend(COSTS.canceled, performance.now())) {
      session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
    }
  })
}

/** A body that is not there in time ends its stream. */
function boundBody(stream: ServerHttp2Stream, ms: number): NodeJS.Timeout {
  const timer = setTimeout(() => {
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_CANCEL)
  }, ms)
  stream.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
  return timer
}

interface Open {
  readonly connection: Connection
  readonly stream: ServerHttp2Stream
  readonly answer: (answer: GateAnswer) => Promise<void> | undefined
}

/** A class, so that all of them have one shape. */
class Http2Exchange implements Exchange {
  readonly request: GateRequest
  readonly isHandshake = false
  /** A hundred of them may wait on one connection, so every one is counted. */
  readonly smallBytes = 0
  readonly #open: Open

  constructor(open: Open, request: GateRequest) {
    this.#open = open
    this.request = request
  }

  get socket(): Socket {
    return this.#open.connection.socket
  }

  get isGone(): boolean {
    const { stream } = this.#open
    return stream.destroyed || stream.closed
  }

  get isBegun(): boolean {
    return this.#open.stream.headersSent
  }

  send(answer: GateAnswer): Promise<void> | undefined {
    return this.#open.answer(answer)
  }

  join(upgraded: Upgraded): void {
    upgraded.socket.destroy()
  }

  breakOff(): void {
    this.#open.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  endConnection(): void {
    this.#open.connection.session.close()
  }

  onceClosed(then: () => void): void {
    this.#open.stream.once('close', then)
  }
}
