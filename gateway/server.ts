/** The HTTP/1.1 door: a request on the wire becomes a `GateRequest`, within strict limits; its answer goes back. */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Code, codeRow } from '#lib/errors.ts'
import { answerErrorAsJson } from '#lib/gate/answers/refusal.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import { limitConnections } from './connections.ts'
import { type Door, type Exchange, judge, type ServerOptions } from './door.ts'
import { isProtected, redirectToTls } from './front.ts'
import { createHttp2Door } from './http2-server.ts'
import { createOutflow } from './outflow.ts'
import { createPipeline } from './pipeline.ts'
import { SMALL_BYTES, send } from './send.ts'
import { shareConnections } from './share-connections.ts'
import { answerOn, joinSockets, type Upgraded, wantsWebSocket } from './upgrade.ts'
import { createOpenRequests, IDLE_MS, WireGateRequest } from './wire-request.ts'
import { bringsBody, MAX_HEADER_BYTES, readWire } from './wire-rules.ts'

const HEADER_TIME_MS = 10_000
const BODY_TIME_MS = 30_000

export interface GatewayServer {
  /** Not listening yet. */
  readonly server: Server
  /** Ends every connection, whatever is under way on it. */
  closeAllConnections(): void
}

export function createGatewayServer(options: ServerOptions): GatewayServer {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADER_TIME_MS,
      // A body has its time apart: one that was paid for may take longer (`boundBody`).
      requestTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: 1_000,
      insecureHTTPParser: false,
      // A missing Host is refused by wire-rules.ts, with a reason; Node would answer without one.
      requireHostHeader: false,
      noDelay: true,
      shouldUpgradeCallback: wantsWebSocket,
    },
    (req, res) => {
      // Without a socket it stands behind the answer to an earlier request of the same client.
      if (res.socket === null) pipeline.wait(req.socket, res, () => serve(door, req, res))
      else serve(door, req, res)
    },
  )
  const { limits = {} } = options
  const pipeline = createPipeline(limits.pipeline)
  const door: Door = {
    ...options,
    connections: limitConnections(server, limits.connections),
    outflow: createOutflow(limits.outflow),
    open: createOpenRequests(options.ending),
  }
  // Node drops fields above this number in silence; they are counted by wire-rules.ts instead.
  server.maxHeadersCount = 0
  server.setTimeout(IDLE_MS)
  server.on('clientError', answerUnreadable)
  server.on('checkExpectation', (_req, res) => refuse(res, 'http.malformed'))
  server.on('upgrade', (req, socket: Socket, head) => serve(door, req, answerOn(req, socket), head))
  server.on('connect', (_req, socket) => endWith(socket, 'http.malformed'))
  const http2 = createHttp2Door(door)
  const { certificate = null } = options
  shareConnections(server, { http2, connections: door.connections, certificate, withinMs: HEADER_TIME_MS })
  return {
    server,
    closeAllConnections() {
      server.closeAllConnections()
      http2.closeAllConnections()
    },
  }
}

function serve(door: Door, req: IncomingMessage, res: ServerResponse, head: Uint8Array | null = null): void {
  const wire = readWire({ method: req.method ?? '', target: req.url ?? '', rawHeaders: req.rawHeaders })
  if (wire.kind === 'refused') return void refuse(res, wire.code)
  if (wire.path === '/_l402/health') return void send(res, door.health())
  const client = door.readClient(req)
  if (!isProtected(door.mode, client)) return void send(res, redirectToTls(wire))
  const slowBody = bringsBody(req.rawHeaders) ? boundBody(req, res, door.limits?.bodyMs ?? BODY_TIME_MS) : undefined
  const request = new WireGateRequest({ req, res, open: door.open, slowBody }, wire, client)
  judge(door, new Http1Exchange({ res, head, ending: door.ending }, request))
}

interface Open {
  readonly res: ServerResponse
  /** What came behind a handshake; `null`: it is none. */
  readonly head: Uint8Array | null
  readonly ending: AbortSignal
}

/** A class, so that all of them have one shape. */
class Http1Exchange implements Exchange {
  readonly request: GateRequest
  readonly smallBytes = SMALL_BYTES
  readonly #open: Open

  constructor(open: Open, request: GateRequest) {
    this.#open = open
    this.request = request
  }

  get socket(): Socket | null {
    return this.#open.res.socket
  }

  get isGone(): boolean {
    return this.#open.res.destroyed
  }

  get isBegun(): boolean {
    return this.#open.res.headersSent
  }

  get isHandshake(): boolean {
    return this.#open.head !== null
  }

  send(answer: GateAnswer): Promise<void> | undefined {
    return send(this.#open.res, answer)
  }

  join(upgraded: Upgraded): void {
    const { res, head, ending } = this.#open
    const { socket } = res
    if (socket === null || head === null) return void upgraded.socket.destroy()
    res.detachSocket(socket)
    joinSockets({ socket, head }, upgraded, ending)
  }

  breakOff(): void {
    this.#open.res.destroy()
  }

  endConnection(): void {
    this.#open.res.shouldKeepAlive = false
  }

  onceClosed(then: () => void): void {
    const { res, head } = this.#open
    const carrier = head === null ? res : (res.socket ?? res)
    if (carrier.destroyed) then()
    else carrier.once('close', then)
  }
}

/** A body that is not there in time ends its connection, with a sentence if nothing was said yet. */
function boundBody(req: IncomingMessage, res: ServerResponse, ms: number): NodeJS.Timeout {
  const timer = setTimeout(() => {
    if (req.complete || res.destroyed) return
    if (res.headersSent) req.destroy()
    else req.socket.end(TOO_SLOW, () => req.destroy())
  }, ms)
  req.once('close', () => clearTimeout(timer))
  return timer
}

const TOO_SLOW = 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

/** Refused before the gate: the connection ends, since its next bytes cannot be trusted either. */
function refuse(res: ServerResponse, code: Code): void {
  res.shouldKeepAlive = false
  send(res, answerErrorAsJson({ code }))
}

/** What the parser could not read gets a sentence and an end; a client that was only slow gets the end. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || socket.bytesWritten > 0 || error.code === 'ECONNRESET') return void socket.destroy()
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return void socket.end(TOO_SLOW)
  }
  endWith(socket, error.code === 'HPE_HEADER_OVERFLOW' ? 'limit.header_size' : 'http.malformed')
}

/** An answer where there is no response to write it with. */
function endWith(socket: Duplex, code: Code): void {
  const { http } = codeRow(code)
  const answer = answerErrorAsJson({ code })
  const body = String(answer.body)
  const fields = answer.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
  socket.end(`HTTP/1.1 ${http} ${STATUS_CODES[http]}\r\n${fields}${length}${body}`)
}
