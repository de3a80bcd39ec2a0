/** A request that was let in goes to its creator's server, and the answer back, as they come; what fails there hurts nobody else. */

import { Duplex, Readable } from 'node:stream'
import type { Upgraded } from '#gateway/upgrade.ts'
import type { Clock } from '#lib/clock.ts'
import { describeTrouble } from '#lib/egress/describe-trouble.ts'
import type { Egress } from '#lib/egress/egress.ts'
import { Fault } from '#lib/errors.ts'
import type { Outcome } from '#lib/gate/handle.ts'
import { meterStream } from '#lib/gate/measuring/metered-stream.ts'
import { observe } from '#lib/gate/measuring/observer.ts'
import { bodyOf } from '#lib/gate/measuring/peek-body.ts'
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
import { findHeader, type GateAnswer, type GateRequest, type StreamedBody } from '#lib/gate/request.ts'
import { isStanding, type StandingDeps } from '#lib/gate/standing.ts'
import type { Admitted, ProxyHttpTarget } from '#lib/gate/target.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import { callHttp2 } from './call-http2.ts'
import { callUpstream, firstByte, type UnderWay, type UpstreamAnswer, upgradeUpstream } from './call-upstream.ts'
import type { OpenStreams } from './open-streams.ts'

export interface ProxyDeps extends StandingDeps {
  readonly egress: Pick<Egress, 'pool' | 'http2' | 'speaksHttp2'>
  readonly l402: TokenContext
  readonly clock: Clock
  readonly streams: OpenStreams
  /** The 402 that a request would meet now, as JSON of one line; `null`: it would meet none. */
  readonly challengeAnew: (request: GateRequest) => Promise<string | null>
  /** Asks the gate once more, for what it says to somebody whose right is over. */
  readonly judge: (request: GateRequest) => Outcome | Promise<Outcome>
}

type Carried = Pick<Admitted, 'creator' | 'grant' | 'held' | 'meter' | 'freeLeft'>

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
    const gateAnswer = toGateAnswer(answer, {
      target,
      grant: isResult ? admitted.grant : null,
      isPaid: isForOne(admitted),
      request,
    })
    if (!isResult) return gateAnswer
    return letOut(deps, { target, admitted, request }, { answer, gateAnswer: withFreeLeft(admitted, gateAnswer) })
  } catch (cause) {
    // Whoever hangs up when the work has been asked for has used it; else work could be had for nothing.
    const isAsked = request.signal.aborted && underWay?.isSent()
    if (isAsked) await Promise.all([admitted.held?.keep(), admitted.meter?.abandon()])
    else await admitted.held?.giveBack()
    throw toFault(cause)
  }
}

/** Nobody else gets what was paid for, or what was free for one network. */
function isForOne({ grant, freeLeft }: Carried): boolean {
  return grant !== null || freeLeft !== undefined
}

function withFreeLeft({ freeLeft }: Carried, answer: GateAnswer): GateAnswer {
  if (freeLeft === undefined) return answer
  return { ...answer, headers: [...answer.headers, ['L402-Free-Remaining', String(freeLeft)]] }
}

/** The answer passes its meter, and what it says of its volume is read on the way. */
function letOut(
  deps: ProxyDeps,
  { target, admitted, request }: Carrying,
  { answer, gateAnswer }: { answer: UpstreamAnswer; gateAnswer: GateAnswer },
): GateAnswer {
  const { meter } = admitted
  if (meter === null) return gateAnswer
  const field = (name: string) => findHeader({ headers: [], rawHeaders: answer.rawHeaders }, name)
  const observer = target.meter === undefined ? null : observe(target.meter, { field })
  const onEnd = async () => {
    const told = (await observer?.end(answer.trailers)) ?? null
    // Of an error that tells nothing the work was none.
    if (told !== null || answer.status >= 400) meter.onVolume(told ?? 0n)
  }
  const body = asStream(gateAnswer.body)
  if (body === null) {
    void onEnd().then(meter.settle)
    return gateAnswer
  }
  const isEvents = /^\s*text\/event-stream\b/i.test(field('content-type') ?? '') && field('content-encoding') === null
  const stream = meterStream(body.stream, {
    ...{ meter, onEnd, signal: request.signal, length: body.length ?? null },
    ...(observer !== null && { onPiece: observer.push }),
    ...(isEvents && body.length === undefined && { lastEvent: () => writeLastEvent(deps, request) }),
  })
  return { ...gateAnswer, body: { ...body, stream } }
}

/** What is here already passes its meter as what comes in pieces does. */
function asStream(body: GateAnswer['body']): StreamedBody | null {
  if (body === null || (typeof body === 'object' && 'stream' in body)) return body
  const bytes = typeof body === 'string' ? encodeUtf8(body) : body
  return { stream: Readable.from([bytes], { objectMode: false }), length: bytes.length }
}

/** What was paid for is used up, and how to buy more: the last event of a stream that is cut. */
async function writeLastEvent({ challengeAnew }: ProxyDeps, request: GateRequest): Promise<string> {
  const challenge = await challengeAnew(request).catch(() => null)
  return `event: l402-payment-required\ndata: ${challenge ?? '{"error":"payment_required","reason":"l402.exhausted"}'}\n\n`
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
  return deps.streams.watch({ stands: () => isStanding(deps, admitted, request), end })
}

function send(deps: ProxyDeps, carrying: Carrying, isHttp2: boolean): UnderWay {
  const { target, request } = carrying
  const length = statedLength(request.rawHeaders)
  const isSending = hasBody(request)
  const call = address(deps, carrying)
  if (isSending && length !== null) call.headers.push('Content-Length', String(length))
  const { timeoutMs } = target.upstream
  const isWatched = carrying.admitted.held !== null
  const whole = { ...call, method: request.method, body: isSending ? bodyOf(request) : null, timeoutMs, isWatched }
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
  const fields = upstreamFields(request, { upstream, pathAndQuery: path, grant: admitted.grant }, signing)
  return { path, headers: readable(target, fields) }
}

/** An answer that says its volume in its body is asked for unpacked, so that reading it costs no more than the bytes. */
function readable({ meter }: Pick<ProxyHttpTarget, 'meter'>, fields: string[]): string[] {
  if (meter?.told.from !== 'json') return fields
  const kept = fields.flatMap((name, at) =>
    at % 2 === 0 && name.toLowerCase() !== 'accept-encoding' ? [name, fields[at + 1] as string] : [],
  )
  return [...kept, 'Accept-Encoding', 'identity']
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
    const headers = answerFields(rawHeaders, { target, grant: admitted.grant, isPaid: isForOne(admitted) })
    const metered = meterSocket(socket, { admitted, request, onOver: () => over.abort() })
    return { kind: 'upgraded', headers, socket: metered, silenceMs: Math.max(timeoutMs, SILENCE_MS), over: over.signal }
  } catch (cause) {
    await admitted.held?.giveBack()
    throw toFault(cause)
  }
}

/** What comes from the upstream passes the meter; nobody tells a volume of it, so what was reserved is its price. */
function meterSocket(
  socket: Duplex,
  { admitted: { meter }, request, onOver }: Pick<Carrying, 'admitted' | 'request'> & { onOver: () => void },
): Duplex {
  if (meter === null) return socket
  const stream = meterStream(socket, { meter, signal: request.signal, length: null })
  const readable = Readable.from(stream, { objectMode: false })
  socket.once('close', () => void meter.abandon())
  return Duplex.from({ readable, writable: socket }).once('error', onOver)
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
