/** The HTTP/1.1 door: a request on the wire becomes a `GateRequest`, within strict limits; its answer goes back. */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ReadClient } from '#lib/client.ts'
import type { Mode } from '#lib/config.ts'
import { type Code, codeRow } from '#lib/errors.ts'
import { answerErrorAsJson } from '#lib/gate/answers/refusal.ts'
import type { Outcome } from '#lib/gate/handle.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import type { Admitted } from '#lib/gate/target.ts'
import { readCredentials } from '#lib/l402/credential.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import { type ConnectionLimits, type Connections, limitConnections } from './connections.ts'
import { isProtected, redirectToTls } from './front.ts'
import { createOutflow, type Outflow, type OutflowLimits } from './outflow.ts'
import { createPipeline, type Pipeline, type PipelineLimits } from './pipeline.ts'
import { bytesHeld, SMALL_BYTES, send } from './send.ts'
import { answerOn, joinSockets, type Upgraded, wantsWebSocket } from './upgrade.ts'
import { createOpenRequests, IDLE_MS, type OpenRequests, WireGateRequest } from './wire-request.ts'
import { bringsBody, MAX_HEADER_BYTES, readWire } from './wire-rules.ts'

export interface ServerOptions {
  readonly mode: Mode
  readonly readClient: ReadClient
  /** The gate: never throws for anything a client can send. */
  readonly handle: (request: GateRequest) => Outcome | Promise<Outcome>
  /** `isHandshake`: the client asks to speak WebSocket from here on. */
  readonly carry: (
    admitted: Admitted,
    request: GateRequest,
    isHandshake: boolean,
  ) => GateAnswer | Promise<GateAnswer | Upgraded>
  /** The answer to anything thrown below the gate. */
  readonly answerFault: (request: GateRequest, cause: unknown) => GateAnswer
  /** Called when the answer to an admitted request has begun to leave. */
  readonly countRead: (admitted: Admitted, exchange: { request: GateRequest; answer: GateAnswer }) => void
  /** What is said of this gateway's own state, to anybody. */
  readonly health: () => GateAnswer
  /** A page or JSON, as the client asked. */
  readonly refuse: (request: GateRequest, code: Code) => GateAnswer
  /** Aborts when the process must end: waiting pages let go. */
  readonly ending: AbortSignal
  /** In place of the door's own; tests are small. */
  readonly limits?: DoorLimits
}

export interface DoorLimits {
  readonly connections?: ConnectionLimits
  readonly pipeline?: PipelineLimits
  readonly outflow?: OutflowLimits
  /** For the body of a request. */
  readonly bodyMs?: number
}

/** The options, and what this door counts. */
interface Door extends ServerOptions {
  readonly connections: Connections
  readonly pipeline: Pipeline
  readonly outflow: Outflow
  readonly open: OpenRequests
}

const HEADER_TIME_MS = 10_000
const BODY_TIME_MS = 30_000

/** A server that is not listening yet. */
export function createGatewayServer(options: ServerOptions): Server {
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
      if (res.socket === null) door.pipeline.wait(req.socket, res, () => serve(door, req, res))
      else serve(door, req, res)
    },
  )
  const { connections, pipeline, outflow } = options.limits ?? {}
  const door: Door = {
    ...options,
    connections: limitConnections(server, connections),
    pipeline: createPipeline(pipeline),
    outflow: createOutflow(outflow),
    open: createOpenRequests(options.ending),
  }
  // Node drops fields above this number in silence; they are counted by wire-rules.ts instead.
  server.maxHeadersCount = 0
  server.setTimeout(IDLE_MS)
  server.on('clientError', answerUnreadable)
  server.on('checkExpectation', (_req, res) => refuse(res, 'http.malformed'))
  server.on('upgrade', (req, socket: Socket, head) => serve(door, req, answerOn(req, socket), head))
  server.on('connect', (_req, socket) => endWith(socket, 'http.malformed'))
  return server
}

/** No promise is made on the way of an answer that is there at once, which is most of them. */
function serve(door: Door, req: IncomingMessage, res: ServerResponse, head: Uint8Array | null = null): void {
  const wire = readWire({ method: req.method ?? '', target: req.url ?? '', rawHeaders: req.rawHeaders })
  if (wire.kind === 'refused') return void refuse(res, wire.code)
  if (wire.path === '/_l402/health') return void send(res, door.health())
  const client = door.readClient(req)
  if (!isProtected(door.mode, client)) return void send(res, redirectToTls(wire))
  const slowBody = bringsBody(req.rawHeaders) ? boundBody(req, res, door.limits?.bodyMs ?? BODY_TIME_MS) : undefined
  const request = new WireGateRequest({ req, res, open: door.open, slowBody }, wire, client)
  if (door.connections.isCrowded() && isTurnedAway(door, request, res)) return
  const outcome = door.handle(request)
  if (outcome instanceof Promise) void outcome.then((found) => conclude(door, { request, res, head }, found))
  else conclude(door, { request, res, head }, outcome)
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

interface Open {
  readonly request: GateRequest
  readonly res: ServerResponse
  /** What came behind a handshake; `null`: it is none. */
  readonly head: Uint8Array | null
}

/** The outcome leaves: an answer as it is, what was let in by its carrier. Never throws. */
function conclude(door: Door, open: Open, outcome: Outcome): void {
  const { request, res } = open
  if (outcome.kind === 'answer') {
    return void deliver(door, open, { answer: outcome.status === 400 ? closing(outcome) : outcome, tokenId: null })
  }
  const tokenId = outcome.grant?.token.identifier.tokenId ?? null
  if (tokenId !== null && res.socket !== null) door.connections.prove(res.socket)
  releaseAfter(outcome, open)
  const finish = (answer: GateAnswer | Upgraded) => {
    if (answer.kind === 'upgraded') return join(door, open, answer)
    if (!deliver(door, open, { answer, tokenId })) return
    door.countRead(outcome, { request, answer })
  }
  try {
    const answer = door.carry(outcome, request, open.head !== null)
    if (answer instanceof Promise) answer.then(finish).catch((cause: unknown) => giveUp(door, open, cause))
    else finish(answer)
  } catch (cause) {
    giveUp(door, open, cause)
  }
}

/** What was taken for this answer is given back when its connection is done with it: a WebSocket keeps its socket. */
function releaseAfter({ release }: Admitted, { res, head }: Open): void {
  if (release === undefined) return
  const carrier = head === null ? res : (res.socket ?? res)
  if (carrier.destroyed) release()
  else carrier.once('close', release)
}

/** From here on the connection is the upstream's and the client's. */
function join(door: Door, { res, head }: Open, upgraded: Upgraded): void {
  const { socket } = res
  if (socket === null || head === null) return void upgraded.socket.destroy()
  res.detachSocket(socket)
  joinSockets({ socket, head }, upgraded, door.ending)
}

/** Something broke below the gate: told if nothing was sent yet, else the connection ends, which no client takes for an end. */
function giveUp(door: Door, open: Open, cause: unknown): void {
  // Its client went, and whatever was under way for it ended with that: nothing broke.
  if (open.res.destroyed) return
  if (open.res.headersSent) open.res.destroy()
  else deliver(door, open, { answer: door.answerFault(open.request, cause), tokenId: null })
}

/**
 * A large answer leaves when there is room for what it holds in memory while its client reads, and is 503 when there is
 * none. A stream that breaks takes its connection with it. Answers whether it leaves.
 */
function deliver(
  door: Door,
  { request, res }: Open,
  leaving: { answer: GateAnswer; tokenId: TokenId | null },
): boolean {
  // Its client went while it was made: nothing would give the room back.
  if (res.destroyed) return false
  const { answer, tokenId } = leaving
  const bytes = request.method === 'HEAD' ? 0 : bytesHeld(answer, tokenId !== null)
  if (bytes > SMALL_BYTES) {
    const taken = door.outflow.take({ address: request.address, tokenId, bytes })
    if (taken.kind === 'full') {
      send(res, door.refuse(request, taken.code))
      return false
    }
    res.once('close', taken.release)
  }
  send(res, answer)?.catch(() => res.destroy())
  return true
}

/** While there are too many connections, whoever shows no credential is answered 503, and nobody unproven keeps one open. */
function isTurnedAway(door: Door, request: GateRequest, res: ServerResponse): boolean {
  if (res.socket !== null && door.connections.isProven(res.socket)) return false
  res.shouldKeepAlive = false
  const shown = readCredentials(request.headers, { secureCookies: request.secure, method: request.method })
  if (shown.some(({ kind }) => kind !== 'refused')) return false
  send(res, door.refuse(request, 'queue.full'))
  return true
}

/** Refused before the gate: the connection ends, since its next bytes cannot be trusted either. */
function refuse(res: ServerResponse, code: Code): void {
  send(res, closing(answerErrorAsJson({ code })))
}

function closing(answer: GateAnswer): GateAnswer {
  return { ...answer, headers: [...answer.headers, ['Connection', 'close']] }
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
