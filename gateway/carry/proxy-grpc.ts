/** A call that was let in goes to its creator's server over HTTP/2, messages unread in both directions; how it ended is told in its trailers, whatever ended it. */
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2'
import { type Code, codeRow, Fault } from '#lib/errors.ts'
import { type GrpcForm, grpcFields, grpcFormOf } from '#lib/gate/answers/grpc.ts'
import { isCut, meterStream } from '#lib/gate/measuring/metered-stream.ts'
import { observe } from '#lib/gate/measuring/observer.ts'
import { answerFields, passingFields } from '#lib/gate/proxy-fields.ts'
import { findHeader, type GateAnswer, type GateRequest, type HeaderField } from '#lib/gate/request.ts'
import { http2Fields, sendBody, withoutPseudo } from './call-http2.ts'
import { decodeText, encodeWeb } from './grpc-web.ts'
import { Messages } from './messages.ts'
import { asTold, type Carrying, type ProxyDeps, toFault, watchEnd } from './proxy-http.ts'

/**
 * The answer of the server, its messages still to come. Uses that were held are kept when the first message is there, or
 * a good end without one, and given back when there is no result. Throws as `carryProxyHttp`, and `http.not_grpc`.
 */
export async function carryProxyGrpc(deps: ProxyDeps, carrying: Carrying): Promise<GateAnswer> {
  const { target, admitted, request } = carrying
  const { timeoutMs } = target.upstream
  request.allowSilence?.(timeoutMs, { upload: admitted.grant !== null })
  let call: Call | null = null
  try {
    const form = grpcFormOf(request)
    if (form === null) throw new Fault('http.not_grpc', 'a gRPC service was called over plain HTTP')
    call = await begin(deps, carrying, form)
    const head = await call.head
    assertGrpc(head)
    await settleUses(carrying, call, head)
    watchRight(deps, carrying, call)
    return toAnswer(deps, carrying, { call, head, form })
  } catch (cause) {
    // Whoever hangs up when the work has been asked for has used it.
    if (request.signal.aborted && call !== null) await Promise.all([admitted.held?.keep(), admitted.meter?.abandon()])
    else await admitted.held?.giveBack()
    call?.end(cause instanceof Fault ? cause : null)
    throw toFault(call?.fault ?? cause)
  }
}

interface Head {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader
  /** Names and values in turn, without what is HTTP/2's own. */
  readonly raw: readonly string[]
  /** Nothing follows: the trailers are here. */
  readonly isAll: boolean
}

/** A stream to the server, and what became of it. */
class Call {
  readonly stream: ClientHttp2Stream
  /** Rejects with `Fault` when there is none. */
  readonly head: Promise<Head>
  readonly messages: Messages
  /** What ended it before its server did. */
  fault: Fault | null = null
  /** Fields by which it ends instead of its server's. */
  ending: readonly HeaderField[] | null = null
  trailers: readonly HeaderField[] | null = null
  /** The same as they came, with what is said to us alone. */
  told: Readonly<Record<string, string | string[] | undefined>> = {}
  #isAnswered = false

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream
    this.head = new Promise((resolve, reject) => {
      stream.once('response', (headers, flags, raw) => {
        this.#isAnswered = true
        resolve({
          headers,
          raw: withoutPseudo(raw as unknown as string[]),
          isAll: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0,
        })
      })
      stream.once('close', () => {
        if (!this.#isAnswered) reject(this.fault ?? unreachable())
      })
    })
    // Nobody may be waiting for it any more when it fails.
    this.head.catch(() => undefined)
    stream.on('error', () => undefined)
    stream.once('trailers', (told, _flags, raw) => {
      this.told = told
      this.trailers = passingFields(withoutPseudo(raw as unknown as string[]))
    })
    this.messages = new Messages(stream)
    this.messages.once('close', () => this.end(null))
  }

  /** Ends it at once; nothing happens to one that is over. */
  end(fault: Fault | null): void {
    this.fault ??= fault
    if (!this.stream.closed) this.stream.close(constants.NGHTTP2_CANCEL)
    this.messages.finish()
  }

  /** Nothing more passes, and what its client hears of that is still to be found. */
  hold(fault: Fault): void {
    this.fault ??= fault
    this.messages.hold()
    if (!this.stream.closed) this.stream.close(constants.NGHTTP2_CANCEL)
  }

  /** The fields behind the last message. A server that resets a call, however, has not ended it. */
  endFields(): readonly HeaderField[] {
    if (this.ending !== null) return this.ending
    if (this.fault !== null) return statusFields(this.fault.code)
    return this.trailers ?? statusFields('upstream.unreachable')
  }
}

function statusFields(code: Code): readonly HeaderField[] {
  return [
    ['Grpc-Status', String(codeRow(code).grpc)],
    ['Grpc-Message', code],
    ['L402-Reason', code],
  ]
}

function unreachable(): Fault {
  return new Fault('upstream.unreachable', 'a call had no answer')
}

async function begin(deps: ProxyDeps, carrying: Carrying, form: GrpcForm): Promise<Call> {
  const { target, admitted, request } = carrying
  const { upstream } = target
  const { path, headers } = asTold(deps, carrying)
  const deadlineMs = readTimeout(findHeader(request, 'grpc-timeout'))
  const server = deps.egress.http2({ creatorId: admitted.creator.creatorId, url: upstream.url.href })
  const fields = http2Fields({ headers: callFields(headers, form), method: 'POST', path, url: upstream.url })
  const stream = await server.open(fields, { endStream: false })
  const call = new Call(stream)
  bound(call, { request, timeoutMs: upstream.timeoutMs, deadlineMs })
  void sendBody(call.stream, form === 'web-text' ? decodeText(request.body) : request.body)
  return call
}

/** A call ends with its client, at its client's deadline, and when neither side has said anything for long. */
function bound(
  call: Call,
  { request, timeoutMs, deadlineMs }: { request: GateRequest; timeoutMs: number; deadlineMs: number | null },
): void {
  const { stream } = call
  const { signal } = request
  const tooSlow = () => call.end(new Fault('upstream.timeout', 'another server failed: slow'))
  stream.setTimeout(timeoutMs, tooSlow)
  const timer = deadlineMs === null ? undefined : setTimeout(tooSlow, Math.min(deadlineMs, LONGEST_MS))
  const gone = () => call.end(null)
  if (signal.aborted) gone()
  else signal.addEventListener('abort', gone, { once: true })
  stream.once('close', () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', gone)
  })
}

const LONGEST_MS = 2 ** 31 - 1
const TIMEOUT = /^(\d{1,8})([HMSmun])$/
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 }

/** `grpc-timeout` in milliseconds; `null`: there is none that can be read. */
function readTimeout(text: string | null): number | null {
  const [, count, unit] = TIMEOUT.exec(text ?? '') ?? []
  return count === undefined || unit === undefined ? null : Number(count) * (UNIT_MS[unit] ?? 0)
}

/** Fields that only browsers' form of a call has. */
const OF_WEB: ReadonlySet<string> = new Set(['x-grpc-web', 'accept', 'content-type'])

function callFields(headers: readonly string[], form: GrpcForm): string[] {
  const fields = ['te', 'trailers']
  if (form !== 'grpc') fields.push('content-type', 'application/grpc+proto')
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string
    if (form === 'grpc' || !OF_WEB.has(name.toLowerCase())) fields.push(name, headers[at + 1] as string)
  }
  return fields
}

function assertGrpc({ headers }: Head): void {
  const isGrpc = headers[':status'] === 200 && /^application\/grpc(?:[+;]|$)/.test(headers['content-type'] ?? '')
  if (!isGrpc) throw new Fault('upstream.unreachable', 'a server answered a call with something else than gRPC')
}

/** Statuses by which a server says that there is no result of its work (protocol.md §6.2). */
const NO_RESULT: ReadonlySet<string> = new Set(['2', '4', '8', '12', '13', '14', '15'])

async function settleUses({ admitted: { held } }: Carrying, call: Call, head: Head): Promise<void> {
  if (held === null) return
  const fields = head.isAll ? passingFields(head.raw) : await endWithoutMessage(call)
  const status = fields?.find(([name]) => name.toLowerCase() === 'grpc-status')?.[1]
  if (fields !== null && (status === undefined || NO_RESULT.has(status))) await held.giveBack()
  else await held.keep()
}

/** How long the head of an answer may wait for its first message, where only that tells that there is a result. */
const FIRST_MESSAGE_MS = 1_000

/** The fields by which a call ended before its first message; `null`: there is one, or it takes longer. */
function endWithoutMessage(call: Call): Promise<readonly HeaderField[] | null> {
  const { messages } = call
  return new Promise((resolve) => {
    const tell = () => {
      clearTimeout(timer)
      messages.off('readable', tell)
      resolve(messages.readableLength > 0 || !messages.isFinished ? null : call.endFields())
    }
    const timer = setTimeout(tell, FIRST_MESSAGE_MS)
    messages.once('readable', tell)
  })
}

/** Whoever lost the right to a call hears so behind its messages, with a challenge for going on (protocol.md §1.5). */
function watchRight(deps: ProxyDeps, { admitted, request }: Carrying, call: Call): void {
  const unwatch = watchEnd(deps, { admitted, request }, () => void endUnpaid(deps, request, call))
  call.stream.once('close', unwatch)
}

async function endUnpaid({ judge }: ProxyDeps, request: GateRequest, call: Call): Promise<void> {
  call.hold(new Fault('l402.expired', 'the right to a call is over'))
  try {
    const outcome = await judge(request)
    // Something else that it shows opens it still: its client calls again, and is let in by that.
    if (outcome.kind === 'admitted') {
      outcome.release?.()
      await outcome.held?.giveBack()
      await outcome.meter?.abandon()
    }
    call.ending = outcome.kind === 'answer' ? grpcFields(outcome) : statusFields('upstream.unreachable')
  } finally {
    call.end(null)
  }
}

function toAnswer(
  deps: ProxyDeps,
  { target, admitted, request }: Carrying,
  { call, head, form }: { call: Call; head: Head; form: GrpcForm },
): GateAnswer {
  const isPaid = admitted.grant !== null
  const { grant } = admitted
  const headers =
    form === 'grpc'
      ? [...passingFields(head.raw), ...(grant?.headers ?? [])]
      : webFields(answerFields(head.raw, { target, grant, isPaid }), request)
  if (head.isAll) {
    void admitted.meter?.settle()
    return { kind: 'answer', status: 200, headers, body: null }
  }
  const messages = passMeter(deps, { target, admitted, request }, { call, head })
  const trailers = () => call.endFields()
  if (form === 'grpc') return { kind: 'answer', status: 200, headers, body: { stream: messages, trailers } }
  return { kind: 'answer', status: 200, headers, body: { stream: encodeWeb(messages, trailers, form === 'web-text') } }
}

/** Messages as far as they are paid for; a call that is cut says behind them how to go on, as one whose time is over does. */
function passMeter(
  deps: ProxyDeps,
  { target, admitted, request }: Carrying,
  { call, head }: { call: Call; head: Head },
): AsyncIterable<Uint8Array> {
  const { meter } = admitted
  const { messages } = call
  if (meter === null) return messages
  const field = (name: string) => findHeader({ headers: [], rawHeaders: [...head.raw] }, name)
  const observer = target.meter === undefined ? null : observe(target.meter, { field })
  const onEnd = async () => {
    const told = (await observer?.end(call.told)) ?? null
    if (told !== null) meter.onVolume(told)
  }
  const stream = meterStream(messages, {
    ...{ meter, onEnd, signal: request.signal, length: null },
    ...(observer !== null && { onPiece: observer.push }),
  })
  return untilCut(stream, () => endUnpaid(deps, request, call))
}

async function* untilCut(stream: AsyncIterable<Uint8Array>, onCut: () => Promise<void>): AsyncIterable<Uint8Array> {
  try {
    yield* stream
  } catch (cause) {
    if (!isCut(cause)) throw cause
    await onCut()
  }
}

/** In the type that was asked for. */
function webFields(fields: readonly HeaderField[], request: GateRequest): HeaderField[] {
  const type = findHeader(request, 'content-type') ?? 'application/grpc-web+proto'
  return [...fields.filter(([name]) => name.toLowerCase() !== 'content-type'), ['Content-Type', type]]
}
