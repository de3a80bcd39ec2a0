/** The HTTP/1.1 door: a request on the wire becomes a `GateRequest`, within strict limits; its answer goes back. */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client, ReadClient } from '#lib/client.ts'
import type { Mode } from '#lib/config.ts'
import { type Code, codeRow } from '#lib/errors.ts'
import { answerErrorAsJson } from '#lib/gate/answers/refusal.ts'
import type { Outcome } from '#lib/gate/handle.ts'
import { JSON_TYPE } from '#lib/gate/headers.ts'
import type { BodyFault, GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import type { Admitted } from '#lib/gate/target.ts'
import { send } from './send.ts'
import { MAX_HEADER_BYTES, readWire, type WireReading } from './wire-rules.ts'

export interface ServerOptions {
  readonly mode: Mode
  readonly readClient: ReadClient
  /** The gate: never throws for anything a client can send. */
  readonly handle: (request: GateRequest) => Outcome | Promise<Outcome>
  readonly carry: (admitted: Admitted, request: GateRequest) => GateAnswer | Promise<GateAnswer>
  /** The answer to anything thrown below the gate. */
  readonly answerFault: (request: GateRequest, cause: unknown) => GateAnswer
  /** Called when the answer to an admitted request has begun to leave. */
  readonly countRead: (admitted: Admitted, exchange: { request: GateRequest; answer: GateAnswer }) => void
  /** How old the oldest catalog in memory is, for the health answer. */
  readonly catalogAgeMs: () => number
  /** Aborts when the process must end: waiting pages let go. */
  readonly ending: AbortSignal
}

const HEADER_TIME_MS = 10_000
const REQUEST_TIME_MS = 30_000
const IDLE_MS = 30_000
/** Above any browser and any pool of one program; a balancer in front is expected to raise it for itself. */
const MAX_CONNECTIONS_PER_ADDRESS = 1_000

/** A server that is not listening yet. */
export function createGatewayServer(options: ServerOptions): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADER_TIME_MS,
      requestTimeout: REQUEST_TIME_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: 1_000,
      insecureHTTPParser: false,
      // A missing Host is refused by wire-rules.ts, with a reason; Node would answer without one.
      requireHostHeader: false,
      noDelay: true,
    },
    (req, res) => serve(options, req, res),
  )
  // Node drops fields above this number in silence; they are counted by wire-rules.ts instead.
  server.maxHeadersCount = 0
  server.setTimeout(IDLE_MS)
  server.on('clientError', answerUnreadable)
  server.on('checkExpectation', (_req, res) => refuse(res, 'http.malformed'))
  server.on('connect', (_req, socket) => endWith(socket, 'http.malformed'))
  limitConnections(server)
  return server
}

/** No promise is made on the way of an answer that is there at once, which is most of them. */
function serve(options: ServerOptions, req: IncomingMessage, res: ServerResponse): void {
  const wire = readWire({ method: req.method ?? '', target: req.url ?? '', rawHeaders: req.rawHeaders })
  if (wire.kind === 'refused') return void refuse(res, wire.code)
  if (wire.path === '/_l402/health') return void deliver(res, answerHealth(options))
  const client = options.readClient(req)
  if (!isProtected(options, client)) return void redirectToTls(res, wire)
  const request = new WireGateRequest({ req, res, ending: options.ending }, wire, client)
  const outcome = options.handle(request)
  if (outcome instanceof Promise) void outcome.then((found) => conclude(options, { request, res }, found))
  else conclude(options, { request, res }, outcome)
}

interface Open {
  readonly request: GateRequest
  readonly res: ServerResponse
}

/** The outcome leaves: an answer as it is, what was let in by its carrier. Never throws. */
function conclude(options: ServerOptions, open: Open, outcome: Outcome): void {
  const { request, res } = open
  if (outcome.kind === 'answer') return void deliver(res, outcome.status === 400 ? closing(outcome) : outcome)
  const finish = (answer: GateAnswer) => {
    deliver(res, answer)
    options.countRead(outcome, { request, answer })
  }
  try {
    const answer = options.carry(outcome, request)
    if (answer instanceof Promise) answer.then(finish).catch((cause: unknown) => giveUp(options, open, cause))
    else finish(answer)
  } catch (cause) {
    giveUp(options, open, cause)
  }
}

/** Something broke below the gate: told if nothing was sent yet, else the connection ends, which no client takes for an end. */
function giveUp(options: ServerOptions, { request, res }: Open, cause: unknown): void {
  if (res.headersSent) res.destroy()
  else deliver(res, options.answerFault(request, cause))
}

/** A stream that breaks takes its connection with it. */
function deliver(res: ServerResponse, answer: GateAnswer): void {
  send(res, answer)?.catch(() => res.destroy())
}

/** TLS, or this very computer in development. Behind a proxy the client is meant, so it must be on this computer too. */
function isProtected({ mode }: ServerOptions, client: Client): boolean {
  return client.secure || (mode === 'development' && client.loopback)
}

type ReadTarget = Extract<WireReading, { kind: 'read' }>

/**
 * One request off the wire. A class, so that all requests have one shape: an object with a getter and closures of its
 * own would be a shape of its own each time, and every reader of it slow.
 */
class WireGateRequest implements GateRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly address: string | null
  readonly secure: boolean
  readonly #exchange: Exchange
  #headers: readonly HeaderField[] | null = null
  #signal: AbortSignal | null = null

  constructor(exchange: Exchange, wire: ReadTarget, client: Client) {
    this.method = exchange.req.method ?? ''
    this.host = wire.host
    this.path = wire.path
    this.query = wire.query
    this.rawHeaders = exchange.req.rawHeaders
    this.address = client.address
    this.secure = client.secure
    this.#exchange = exchange
  }

  get headers(): readonly HeaderField[] {
    this.#headers ??= pairUp(this.rawHeaders)
    return this.#headers
  }

  /** Made when first asked for: two signals for each verified read would cost more than verifying it. */
  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([goneSignal(this.#exchange.res), this.#exchange.ending])
    return this.#signal
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#exchange.req
  }

  readBody(limit: number): Promise<Uint8Array | BodyFault> {
    return readBody(this.#exchange.req, limit)
  }
}

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Aborts when the process must end. */
  readonly ending: AbortSignal
}

function goneSignal(res: ServerResponse): AbortSignal {
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  if (res.destroyed) gone.abort()
  return gone.signal
}

function pairUp(rawHeaders: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) fields.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  return fields
}

/**
 * The whole body, or what is wrong with it; of one that is too long no more than `limit` bytes are ever kept. What is over
 * it is still read, and dropped, within the time of a request: a client that is cut off while it writes sees no answer.
 */
function readBody(req: IncomingMessage, limit: number): Promise<Uint8Array | BodyFault> {
  if (Number(req.headers['content-length'] ?? 0) > limit) return Promise.resolve('too-large')
  return new Promise((resolve) => {
    let chunks: Uint8Array[] = []
    let length = 0
    req.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length <= limit) return void chunks.push(chunk)
      chunks = []
      resolve('too-large')
    })
    req.once('end', () => resolve(hasStrayTrailers(req) ? 'malformed' : Buffer.concat(chunks)))
    req.once('error', () => resolve('malformed'))
  })
}

/** Fields behind the body that `Trailer` did not announce: who put them there is anybody's guess. */
function hasStrayTrailers(req: IncomingMessage): boolean {
  const announced = new Set(
    String(req.headers.trailer ?? '')
      .toLowerCase()
      .split(/\s*,\s*/),
  )
  return Object.keys(req.trailers).some((name) => !announced.has(name))
}

/** Refused before the gate: the connection ends, since its next bytes cannot be trusted either. */
function refuse(res: ServerResponse, code: Code): void {
  send(res, closing(answerErrorAsJson({ code })))
}

function closing(answer: GateAnswer): GateAnswer {
  return { ...answer, headers: [...answer.headers, ['Connection', 'close']] }
}

function redirectToTls(res: ServerResponse, wire: ReadTarget): void {
  const host = wire.host.replace(/:\d+$/, '')
  const location = `https://${host}${wire.path}${wire.query === '' ? '' : `?${wire.query}`}`
  const headers: HeaderField[] = [
    ['Location', location],
    ['Cache-Control', 'no-store'],
  ]
  send(res, { kind: 'answer', status: 308, headers, body: null })
}

function answerHealth(options: ServerOptions): GateAnswer {
  const body = JSON.stringify({ status: 'ok', catalog_age_ms: options.catalogAgeMs() })
  return { kind: 'answer', status: 200, headers: [JSON_TYPE, ['Cache-Control', 'no-store']], body }
}

/** What the parser could not read gets a sentence and an end; a client that was only slow gets the end. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || socket.bytesWritten > 0 || error.code === 'ECONNRESET') return void socket.destroy()
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return void socket.end('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
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

function limitConnections(server: Server): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (open.get(address) ?? 0) + 1
    if (count > MAX_CONNECTIONS_PER_ADDRESS) return void socket.destroy()
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
  })
}
