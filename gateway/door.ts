/** What both versions of HTTP do alike: a request is judged, its outcome leaves, and what was let in goes to its carrier. */
import type { Socket } from 'node:net'
import type { ReadClient } from '#lib/client.ts'
import type { Mode } from '#lib/config.ts'
import type { Code } from '#lib/errors.ts'
import { answerAsGrpc, grpcFormOf } from '#lib/gate/answers/grpc.ts'
import type { Outcome } from '#lib/gate/handle.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import type { Admitted } from '#lib/gate/target.ts'
import { readCredentials } from '#lib/l402/credential.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import type { ConnectionLimits, Connections } from './connections.ts'
import type { Outflow, OutflowLimits } from './outflow.ts'
import type { PipelineLimits } from './pipeline.ts'
import { bytesHeld } from './send.ts'
import type { Upgraded } from './upgrade.ts'
import type { OpenRequests } from './wire-request.ts'

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
  /** With which TLS is spoken here; left out: it ends in front of us. */
  readonly certificate?: Certificate | null
  /** In place of the door's own; tests are small. */
  readonly limits?: DoorLimits
}

/** PEM. */
export interface Certificate {
  readonly cert: Uint8Array
  readonly key: Uint8Array
}

export interface DoorLimits {
  readonly connections?: ConnectionLimits
  readonly pipeline?: PipelineLimits
  readonly outflow?: OutflowLimits
  /** For the body of a request. */
  readonly bodyMs?: number
}

/** The options, and what this door counts. */
export interface Door extends ServerOptions {
  readonly connections: Connections
  readonly outflow: Outflow
  readonly open: OpenRequests
}

/** One request that was read, and the way of its answer, whatever version of HTTP carries both. */
export interface Exchange {
  readonly request: GateRequest
  /** Its connection, which others may share; `null`: it is gone. */
  readonly socket: Socket | null
  /** Its client has gone: nothing can be sent any more. */
  readonly isGone: boolean
  /** An answer has begun to leave. */
  readonly isBegun: boolean
  /** Asks to speak WebSocket from here on. */
  readonly isHandshake: boolean
  /** Answers up to this many bytes are counted nowhere. */
  readonly smallBytes: number
  /** Hands the answer on at once; of a stream, resolves when its last piece is, or the client has gone, and rejects when it breaks. */
  send(answer: GateAnswer): Promise<void> | undefined
  /** From here on the connection is the upstream's and the client's. */
  join(upgraded: Upgraded): void
  /** Ends what was begun in a way that no client takes for an end. */
  breakOff(): void
  /** No further request comes over this connection. */
  endConnection(): void
  /** At once when it is over already. A WebSocket keeps its connection until that ends. */
  onceClosed(then: () => void): void
}

/** No promise is made on the way of an answer that is there at once, which is most of them. */
export function judge(door: Door, exchange: Exchange): void {
  if (door.connections.isCrowded() && isTurnedAway(door, exchange)) return
  const outcome = door.handle(exchange.request)
  if (outcome instanceof Promise) void outcome.then((found) => conclude(door, exchange, found))
  else conclude(door, exchange, outcome)
}

/** The outcome leaves: an answer as it is, what was let in by its carrier. Never throws. */
function conclude(door: Door, exchange: Exchange, outcome: Outcome): void {
  const { request } = exchange
  if (outcome.kind === 'answer') {
    if (outcome.status === 400) exchange.endConnection()
    return void deliver(door, exchange, { answer: inItsForm(request, outcome), tokenId: null })
  }
  const tokenId = outcome.grant?.token.identifier.tokenId ?? null
  if (tokenId !== null && exchange.socket !== null) door.connections.prove(exchange.socket)
  if (outcome.release !== undefined) exchange.onceClosed(outcome.release)
  const finish = (answer: GateAnswer | Upgraded) => {
    if (answer.kind === 'upgraded') return exchange.join(answer)
    if (!deliver(door, exchange, { answer, tokenId })) return
    door.countRead(outcome, { request, answer })
  }
  try {
    const answer = door.carry(outcome, request, exchange.isHandshake)
    if (answer instanceof Promise) answer.then(finish).catch((cause: unknown) => giveUp(door, exchange, cause))
    else finish(answer)
  } catch (cause) {
    giveUp(door, exchange, cause)
  }
}

/** Something broke below the gate: told if nothing was sent yet, else what was begun breaks off. */
function giveUp(door: Door, exchange: Exchange, cause: unknown): void {
  // Its client went, and whatever was under way for it ended with that: nothing broke.
  if (exchange.isGone) return
  if (exchange.isBegun) return void exchange.breakOff()
  const { request } = exchange
  deliver(door, exchange, { answer: inItsForm(request, door.answerFault(request, cause)), tokenId: null })
}

/**
 * A large answer leaves when there is room for what it holds in memory while its client reads, and is 503 when there is
 * none. A stream that breaks is broken off for its client too. Answers whether it leaves.
 */
function deliver(door: Door, exchange: Exchange, leaving: { answer: GateAnswer; tokenId: TokenId | null }): boolean {
  // Its client went while it was made: nothing would give the room back.
  if (exchange.isGone) return false
  const { request } = exchange
  const { answer, tokenId } = leaving
  const bytes = request.method === 'HEAD' ? 0 : bytesHeld(answer, tokenId !== null)
  if (bytes > exchange.smallBytes) {
    const taken = door.outflow.take({ address: request.address, tokenId, bytes })
    if (taken.kind === 'full') {
      exchange.send(inItsForm(request, door.refuse(request, taken.code)))
      return false
    }
    exchange.onceClosed(taken.release)
  }
  exchange.send(answer)?.catch(() => exchange.breakOff())
  return true
}

/** While there are too many connections, whoever shows no credential is answered 503, and nobody unproven keeps one open. */
function isTurnedAway(door: Door, exchange: Exchange): boolean {
  const { request, socket } = exchange
  if (socket !== null && door.connections.isProven(socket)) return false
  exchange.endConnection()
  const shown = readCredentials(request.headers, { secureCookies: request.secure, method: request.method })
  if (shown.some(({ kind }) => kind !== 'refused')) return false
  exchange.send(inItsForm(request, door.refuse(request, 'queue.full')))
  return true
}

/** Programs that speak gRPC read nothing of ours but its own status. */
function inItsForm(request: GateRequest, answer: GateAnswer): GateAnswer {
  const form = grpcFormOf(request)
  return form === null ? answer : answerAsGrpc(form, answer)
}
