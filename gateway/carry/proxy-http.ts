/** A request that was let in goes to its creator's server, and the answer back, as they come; what fails there hurts nobody else. */

import type { Readable } from 'node:stream'
import type { Upgraded } from '#gateway/upgrade.ts'
import type { Clock } from '#lib/clock.ts'
import { describeTrouble } from '#lib/egress/describe-trouble.ts'
import type { Egress } from '#lib/egress/egress.ts'
import { Fault } from '#lib/errors.ts'
import type { Outcome } from '#lib/gate/handle.ts'
import {
  announcedTrailers,
  answerFields,
  goesInCircles,
  hasBody,
  statedLength,
  trailerFields,
  upstreamFields,
  upstreamQuery,
} from '#lib/gate/proxy-fields.ts'
import type { GateAnswer, GateRequest, StreamedBody } from '#lib/gate/request.ts'
import { isStanding, type StandingDeps } from '#lib/gate/standing.ts'
import type { Admitted, ProxyHttpTarget } from '#lib/gate/target.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import { callHttp2 } from './call-http2.ts'
import { callUpstream, firstByte, type UnderWay, type UpstreamAnswer, upgradeUpstream } from './call-upstream.ts'
import type { OpenStreams } from './open-streams.ts'

export interface ProxyDeps extends StandingDeps {
  readonly egress: Pick<Egress, 'pool' | 'http2' | 'speaksHttp2'>
  readonly l402: TokenContext
  readonly clock: Clock
  readonly streams: OpenStreams
  /** Asks the gate once more, for what it says to somebody whose right is over. */
  readonly judge: (request: GateRequest) => Outcome | Promise<Outcome>
}

type Carried = Pick<Admitted, 'creator' | 'grant' | 'held'>

export interface Carrying {
  readonly target: Omit<ProxyHttpTarget, 'kind'>
  readonly admitted: Carried
  readonly request: GateRequest
}

/**
 * The answer of the upstream, its body still to come. Uses that were held are kept when it begins and given back when
 * there is no result (protocol.md §6.2). Throws `upstream.unreachable` and `upstream.timeout`, and `database.unavailable`
 * when a use cannot be kept.
 */
export async function carryProxyHttp(deps: ProxyDeps, { target, admitted, request }: Carrying): Promise<GateAnswer> {
  // Who paid may take its time; who did not holds no connection of an upstream for longer than anything else here.
  request.allowSilence?.(target.upstream.timeoutMs, { upload: admitted.grant !== null })
  let underWay: UnderWay | null = null
  try {
    const isHttp2 = deps.egress.speaksHttp2(serverOf({ target, admitted }))
    underWay = send(deps, { target, admitted, request }, typeof isHttp2 === 'boolean' ? isHttp2 : await isHttp2)
    const answer = await underWay.answer
    if (REFUSALS_OF_US.has(answer.status)) throw refusedUs(answer)
    const isResult = await settleUses(admitted, answer)
    if (answer.whole === null) watchAnswer(deps, { admitted, request }, answer.body)
    return toGateAnswer(answer, {
      target,
      grant: isResult ? admitted.grant : null,
      isPaid: admitted.grant !== null,
      request,
    })
  } catch (cause) {
    // Whoever hangs up when the work has been asked for has used it; else work could be had for nothing.
    const isAsked = request.signal.aborted && underWay?.isSent()
    if (isAsked) await admitted.held?.keep()
    else await admitted.held?.giveBack()
    throw toFault(cause)
  }
}

function watchAnswer(deps: ProxyDeps, carried: Pick<Carrying, 'admitted' | 'request'>, body: Readable): void {
  const over = () => body.destroy(new Fault('l402.expired', 'the right to an answer is over'))
  body.once('close', watchEnd(deps, carried, over))
}

/** Who lost the right to the rest of an answer gets no more of it. The answer stops the watching. */
export function watchEnd(
  deps: ProxyDeps,
  { admitted, request }: Pick<Carrying, 'admitted' | 'request'>,
  end: () => void,
): () => void {
  if (admitted.grant === null) return () => undefined
  return deps.streams.watch({ stands: () => isStanding(deps, admitted, request.host), end })
}

function send(deps: ProxyDeps, carrying: Carrying, isHttp2: boolean): UnderWay {
  const { target, request } = carrying
  const length = statedLength(request.rawHeaders)
  const isSending = hasBody(request)
  const call = address(deps, carrying)
  if (isSending && length !== null) call.headers.push('Content-Length', String(length))
  const { timeoutMs } = target.upstream
  const whole = { ...call, method: request.method, body: isSending ? request.body : null, timeoutMs }
  if (!isHttp2) return callUpstream(whole)
  return callHttp2({ ...whole, streams: deps.egress.http2(serverOf(carrying)), url: target.upstream.url })
}

function serverOf({ target, admitted }: Pick<Carrying, 'target' | 'admitted'>) {
  return { creatorId: admitted.creator.creatorId, url: target.upstream.url.href }
}

/** Where a request goes and what it says of itself. */
function address(deps: ProxyDeps, { target, admitted, request }: Carrying) {
  return {
    dispatcher: deps.egress.pool(serverOf({ target, admitted })),
    ...asTold(deps, { target, admitted, request }),
    signal: request.signal,
  }
}

/** What an upstream is asked for, and the fields with it. Throws for one that leads back to us. */
export function asTold(
  deps: Pick<ProxyDeps, 'l402' | 'clock'>,
  { target, admitted, request }: Carrying,
): { path: string; headers: string[] } {
  if (goesInCircles(request)) throw new Fault('upstream.unreachable', 'an upstream leads back to itself')
  const { upstream } = target
  const query = upstreamQuery(request.query)
  const path = query === '' ? target.path : `${target.path}?${query}`
  const signing = { ...deps.l402, now: deps.clock.now() }
  return { path, headers: upstreamFields(request, { upstream, pathAndQuery: path, grant: admitted.grant }, signing) }
}

/** A WebSocket often says nothing for a while, and keeps itself alive. */
const SILENCE_MS = 120_000

/** The handshake of a WebSocket goes on; a use is kept when it is taken up. Throws as `carryProxyHttp`. */
export async function carryUpgrade(deps: ProxyDeps, { target, admitted, request }: Carrying): Promise<Upgraded> {
  const { timeoutMs } = target.upstream
  try {
    const { rawHeaders, socket } = await upgradeUpstream({
      ...address(deps, { target, admitted, request }),
      timeoutMs,
    })
    const over = new AbortController()
    socket.on('error', () => undefined)
    socket.once(
      'close',
      watchEnd(deps, { admitted, request }, () => over.abort()),
    )
    try {
      await admitted.held?.keep()
    } catch (cause) {
      socket.destroy()
      throw cause
    }
    const headers = answerFields(rawHeaders, { target, grant: admitted.grant, isPaid: admitted.grant !== null })
    return { kind: 'upgraded', headers, socket, silenceMs: Math.max(timeoutMs, SILENCE_MS), over: over.signal }
  } catch (cause) {
    await admitted.held?.giveBack()
    throw toFault(cause)
  }
}

/** Our own key to the upstream was refused, or it asks for money: nothing that its client could mend (protocol.md §9: never 401). */
const REFUSALS_OF_US: ReadonlySet<number> = new Set([401, 402, 407])

function refusedUs({ status, body }: UpstreamAnswer): Fault {
  body.on('error', () => undefined).destroy()
  const publicMessage = "The author's server did not take this request from us. No use was counted."
  return new Fault('upstream.unreachable', 'an upstream refused us', { publicMessage, details: { status } })
}

/** No result of the upstream's work (protocol.md §6.2), and 304, by which the client has it already. */
const NO_RESULT: ReadonlySet<number> = new Set([304, 408, 425, 429])

/** Whether this is a result, for which what was held is used up. */
async function settleUses({ held }: Carried, answer: UpstreamAnswer): Promise<boolean> {
  const isResult = !NO_RESULT.has(answer.status) && answer.status < 500
  if (held === null) return isResult
  if (!isResult) {
    await held.giveBack()
    return false
  }
  try {
    await firstByte(answer)
    await held.keep()
  } catch (cause) {
    answer.body.on('error', () => undefined).destroy()
    throw cause
  }
  return true
}

interface Told {
  readonly target: Carrying['target']
  readonly grant: Admitted['grant']
  readonly isPaid: boolean
  readonly request: Pick<GateRequest, 'method'>
}

function toGateAnswer(answer: UpstreamAnswer, told: Told): GateAnswer {
  const { status, rawHeaders } = answer
  const headers = answerFields(rawHeaders, told)
  if (status === 204 || status === 205 || status === 304) {
    answer.body.on('error', () => undefined).resume()
    return { kind: 'answer', status, headers, body: null }
  }
  const { whole } = answer
  // Of HEAD the length is that of what GET would send.
  if (whole !== null && told.request.method !== 'HEAD' && announcedTrailers(rawHeaders).length === 0)
    return { kind: 'answer', status, headers, body: whole }
  const announced = told.request.method === 'HEAD' ? [] : announcedTrailers(rawHeaders)
  const length = statedLength(rawHeaders)
  const body: StreamedBody = {
    stream: answer.body,
    ...(answer.isWhole !== undefined && { isWhole: answer.isWhole }),
    ...(length !== null && { length }),
    ...(length === null && announced.length > 0 && { trailers: () => trailerFields(announced, answer.trailers) }),
  }
  if (body.trailers !== undefined) headers.push(['Trailer', announced.join(', ')])
  return { kind: 'answer', status, headers, body }
}

/** What is wrong with a server is for its owner; its clients are told that there was no answer. */
export function toFault(cause: unknown): Fault {
  const fault = describeTrouble(cause)
  const isOwnersBusiness = fault.code === 'egress.refused' || fault.code === 'egress.unusable'
  const code = isOwnersBusiness ? 'upstream.unreachable' : fault.code
  const isTold = fault.code === 'upstream.unreachable' && fault.details.status !== undefined
  return isTold ? fault : new Fault(code, fault.message, { cause, details: fault.details })
}
