/** The gate behind a route of Next: the gateway's judgements and carriers, with web requests in and web answers out. */

import { challengeAnew } from '#gateway/carry/challenge-anew.ts'
import { carryHosted } from '#gateway/carry/hosted.ts'
import { createOpenStreams } from '#gateway/carry/open-streams.ts'
import { carryProxyHttp, type ProxyDeps } from '#gateway/carry/proxy-http.ts'
import { answerHealth, isProtected, redirectToTls } from '#gateway/front.ts'
import { createOutflow, type Outflow } from '#gateway/outflow.ts'
import { bytesHeld, SMALL_BYTES } from '#gateway/send.ts'
import { readWire, type WireRequest } from '#gateway/wire-rules.ts'
import { createClientReader } from '#lib/client.ts'
import type { GatewayDeps } from '#lib/compose-gateway.ts'
import type { Door } from '#lib/door.ts'
import { Fault } from '#lib/errors.ts'
import { answerErrorAsJson } from '#lib/gate/answers/refusal.ts'
import { countRead } from '#lib/gate/count-read.ts'
import { handle } from '#lib/gate/handle.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import type { Admitted } from '#lib/gate/target.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import { createCreatorHosts } from '#lib/paywall/resources/creator-host.ts'
import { type Exchange, followExchanges } from './exchanges.ts'
import { createKnownKeys } from './known-keys.ts'
import { answerVerify } from './verify.ts'
import { toResponse } from './web-answer.ts'
import { toGateRequest } from './web-request.ts'

export interface OpenDoor extends Door {
  /** Lets answers end for `graceMs`, then lets go of everything. */
  stop(graceMs: number): Promise<void>
}

interface Parts {
  readonly deps: ProxyDeps & GatewayDeps
  readonly outflow: Outflow
  readonly ending: AbortSignal
}

/** Where every request of the process goes, whatever was asked for; the route gives it back to `serve`. */
const GATE_ROUTE = '/api/gate'
/** Where creators' servers ask, on any host that is no creator's. */
const VERIFY_ROUTE = '/api/v1/verify'

/** From now on this process's requests are the door's. */
export function openGateDoor(composed: GatewayDeps): OpenDoor {
  const ending = new AbortController()
  const streams = createOpenStreams()
  const exchanges = followExchanges(createClientReader(composed.config.TRUSTED_PROXIES, 'door'), routesOf(composed))
  const carriers = {
    ...{ ...composed, streams },
    judge: (request: GateRequest) => handle(composed, request),
    challengeAnew: (request: GateRequest) => challengeAnew(composed, request),
  }
  const parts: Parts = { deps: carriers, outflow: createOutflow(), ending: ending.signal }
  const verifying = { ...composed, keys: createKnownKeys(composed) }
  const open = new Set<Promise<unknown>>()
  /** Under a route's own address, or beside Node's server: nobody lives there. */
  const take = (request: Request): Exchange | null => {
    const exchange = exchanges.take(request)
    if (exchange === null) return null
    const closed = new Promise((resolve) => exchange.res.once('close', resolve))
    open.add(closed)
    void closed.then(() => open.delete(closed))
    return exchange
  }
  return {
    async serve(request) {
      const exchange = take(request)
      return exchange === null ? refusedUnseen() : serve(parts, request, exchange)
    },
    async verify(request) {
      const exchange = take(request)
      return exchange === null ? refusedUnseen() : answerVerify(verifying, { request, exchange, ending: ending.signal })
    },
    async stop(graceMs) {
      ending.abort()
      const patience = new Promise((resolve) => setTimeout(resolve, graceMs).unref())
      await Promise.race([Promise.all(open), patience])
      exchanges.close()
      streams.close()
      await composed.close()
    },
  }
}

function routesOf({ config }: Pick<GatewayDeps, 'config'>) {
  const { handleOf } = createCreatorHosts(config.CREATOR_HOSTS, config.NAMED_HOSTS)
  return (wire: WireRequest): string => {
    if (wire.target !== VERIFY_ROUTE) return GATE_ROUTE
    const read = readWire(wire)
    return read.kind === 'read' && handleOf(read.host) === null ? VERIFY_ROUTE : GATE_ROUTE
  }
}

function refusedUnseen(): Response {
  const { status, headers, body } = answerErrorAsJson({ code: 'paywall.resource_unknown' })
  return new Response(String(body), {
    status,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  })
}

async function serve(parts: Parts, request: Request, exchange: Exchange): Promise<Response> {
  const { deps, ending } = parts
  const { res, method, client } = exchange
  const wire = readWire(exchange)
  if (wire.kind === 'refused') return toResponse(answerErrorAsJson({ code: wire.code }), { method, res })
  if (wire.path === '/_l402/health') return toResponse(answerHealth(deps), { method, res })
  if (!isProtected(deps.config.SATSTILE_MODE, client)) return toResponse(redirectToTls(wire), { method, res })
  const asked = toGateRequest({ request, exchange, wire, ending })
  const outcome = await handle(deps, asked)
  try {
    if (outcome.kind === 'answer') return deliver(parts, { asked, res, tokenId: null }, outcome)
    // Its place among the answers of one token is free once this one has ended.
    if (outcome.release !== undefined) whenClosed(res, outcome.release)
    const answer = await carry(deps, outcome, asked)
    const response = deliver(parts, { asked, res, tokenId: outcome.grant?.token.identifier.tokenId ?? null }, answer)
    countRead(deps, outcome, { request: asked, answer })
    return response
  } catch (cause) {
    return toResponse(deps.errors.fault(asked, cause), { method, res })
  }
}

/** One carrier for each kind of target; gRPC needs trailers, which this door cannot send. */
async function carry(deps: ProxyDeps & GatewayDeps, admitted: Admitted, request: GateRequest): Promise<GateAnswer> {
  const { target } = admitted
  switch (target.kind) {
    case 'hosted':
      return carryHosted(deps, { target, admitted, request })
    case 'proxy-http':
      return carryProxyHttp(deps, { target, admitted, request })
    case 'proxy-grpc':
      await admitted.held?.giveBack()
      throw new Fault('http.not_grpc', 'gRPC came to the second door')
  }
}

function whenClosed(res: Exchange['res'], act: () => void): void {
  if (res.destroyed) act()
  else res.once('close', act)
}

/** A large answer leaves when there is room for what it holds in memory while its client reads, as at the gateway. */
function deliver(
  { deps, outflow }: Parts,
  { asked, res, tokenId }: { asked: GateRequest; res: Exchange['res']; tokenId: TokenId | null },
  answer: GateAnswer,
): Response {
  const { method, address } = asked
  const bytes = method === 'HEAD' ? 0 : bytesHeld(answer, tokenId !== null)
  if (bytes <= SMALL_BYTES) return written(answer, { method, res })
  const taken = outflow.take({ address, tokenId, bytes })
  if (taken.kind === 'full') return toResponse(deps.errors.refuse(asked, { code: taken.code }), { method, res })
  res.once('close', taken.release)
  return written(answer, { method, res })
}

/** Throws `upstream.unreachable` for a status that HTTP does not have. */
function written(answer: GateAnswer, leaving: Parameters<typeof toResponse>[1]): Response {
  try {
    return toResponse(answer, leaving)
  } catch (cause) {
    throw new Fault('upstream.unreachable', 'another server failed: not HTTP', { cause })
  }
}
