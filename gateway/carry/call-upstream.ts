/** One request to a creator's server and the head of its answer, with deadlines; bodies stream both ways, no faster than they are read. */
import { EventEmitter } from 'node:events'
import type { Duplex, Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { Dispatcher } from '#lib/egress/egress.ts'
import { Fault } from '#lib/errors.ts'

export interface UpstreamCall {
  readonly dispatcher: Dispatcher
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: string[]
  /** `null`: there is none. */
  readonly body: AsyncIterable<Uint8Array> | null
  /** Until the head of the answer, counted from the last byte that was sent, and between two pieces of its body. */
  readonly timeoutMs: number
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal
  /** Whether it matters what had left for the server when something went wrong. */
  readonly isWatched: boolean
}

export interface UpstreamAnswer {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly body: Readable
  /** Complete when the body has ended. */
  readonly trailers: Readonly<Record<string, string | string[]>>
  /** Asked when the body has ended: `false`, its server cut it off. Absent: what is cut off never ends. */
  readonly isWhole?: () => boolean
}

/** A handshake: the same without a body. Rejects with `upstream.unreachable` or what undici found when it is not taken up. */
export async function upgradeUpstream(
  call: Omit<UpstreamCall, 'method' | 'body' | 'isWatched'>,
): Promise<{ rawHeaders: readonly string[]; socket: Duplex }> {
  const stop = createStop(call)
  const { headers, socket } = await call.dispatcher
    .upgrade({
      ...{ path: call.path, headers: call.headers, protocol: 'websocket', responseHeaders: 'raw' },
      signal: stop.signal,
    })
    .finally(() => clearTimeout(stop.timer))
  // Asked for raw, they are names and values in turn.
  return { rawHeaders: headers as unknown as string[], socket }
}

export interface UnderWay {
  /** Rejects with whatever undici found, or with a `Fault` when the time was over. */
  readonly answer: Promise<UpstreamAnswer>
  /** Whether anything may have reached the server; known of what is watched. */
  isSent(): boolean
}

/** Throws the signal's reason when it has aborted already. */
export function callUpstream(call: UpstreamCall): UnderWay {
  let isSent = false
  const stop = createStop(call)
  const signs = {
    begun: () => {
      isSent = true
    },
    moved: () => void stop.timer.refresh(),
  }
  const request: Dispatcher.RequestOptions<null> = {
    method: call.method as Dispatcher.HttpMethod,
    path: call.path,
    headers: call.headers,
    // undici reads any iterable, which its types do not say.
    body: call.body as unknown as Readable | null,
    // Counted here: undici counts from the first byte of a request, which may take its client a long time to send.
    headersTimeout: 0,
    bodyTimeout: call.timeoutMs,
    responseHeaders: 'raw',
    signal: stop.signal,
  }
  const { dispatcher } = call
  const watched = call.isWatched || call.body !== null
  const sender = watched
    ? dispatcher.compose((dispatch) => (options, handler) => dispatch(options, watch(handler, signs)))
    : dispatcher
  const answer = sender
    .request(request)
    .then(readAnswer)
    .finally(() => clearTimeout(stop.timer))
  return { answer, isSent: () => isSent }
}

/** Says stop when the client has gone, or when it took too long; an emitter costs a fraction of a signal of signals. */
function createStop({ signal, timeoutMs }: Pick<UpstreamCall, 'signal' | 'timeoutMs'>) {
  signal.throwIfAborted()
  // Without the property `aborted`, by which undici takes it for a signal of the platform.
  const stop = Object.assign(new EventEmitter(), { reason: undefined as unknown })
  const abort = (reason: unknown) => {
    stop.reason ??= reason
    stop.emit('abort')
  }
  signal.addEventListener('abort', () => abort(signal.reason), { once: true })
  return { signal: stop, timer: setTimeout(() => abort(tooSlow()), timeoutMs) }
}

function readAnswer({ statusCode, headers, body, trailers }: Dispatcher.ResponseData<null>): UpstreamAnswer {
  // Asked for raw, they are names and values in turn.
  return {
    status: statusCode,
    rawHeaders: headers as unknown as string[],
    body,
    trailers: trailers as UpstreamAnswer['trailers'],
  }
}

/** The handler, with a word about what left for the server. */
function watch(
  handler: Dispatcher.DispatchHandler,
  signs: { readonly begun: () => void; readonly moved: () => void },
): Dispatcher.DispatchHandler {
  return {
    onRequestStart(...args) {
      signs.begun()
      handler.onRequestStart?.(...args)
    },
    onBodySent: signs.moved,
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  }
}

export function tooSlow(): Fault {
  return new Fault('upstream.timeout', 'another server failed: slow')
}

/** How long the head of an answer may wait for its first byte, where only that tells that there is a result. */
const FIRST_BYTE_MS = 1_000

/** Resolves when the first byte of a body is there, its end, or a second without either; rejects when it breaks before. */
export async function firstByte({ body }: Pick<UpstreamAnswer, 'body'>): Promise<void> {
  if (body.readableEnded) return
  const ending = new AbortController()
  const began = new Promise<void>((resolve, reject) => {
    body.once('readable', resolve).once('end', resolve).once('error', reject)
    ending.signal.addEventListener('abort', () => {
      body.off('readable', resolve).off('end', resolve).off('error', reject)
    })
  })
  const waited = pause(FIRST_BYTE_MS, undefined, { signal: ending.signal }).catch(() => undefined)
  await Promise.race([began, waited]).finally(() => ending.abort())
}
