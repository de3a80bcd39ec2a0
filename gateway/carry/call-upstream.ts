/** One request to a creator's server and the head of its answer, with deadlines; bodies stream both ways, no faster than they are read. */
import { EventEmitter } from 'node:events'
import { type Duplex, Readable } from 'node:stream'
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
}

export interface UpstreamAnswer {
  readonly status: number
  readonly rawHeaders: readonly string[]
  /** All of it, when it came together with the head; its stream says the same. */
  readonly whole: Uint8Array | null
  readonly body: Readable
  /** Complete when the body has ended. */
  readonly trailers: Readonly<Record<string, string | string[]>>
  /** Asked when the body has ended: `false`, its server cut it off. Absent: what is cut off never ends. */
  readonly isWhole?: () => boolean
}

/** A handshake: the same without a body. Rejects with `upstream.unreachable` or what undici found when it is not taken up. */
export async function upgradeUpstream(
  call: Omit<UpstreamCall, 'method' | 'body'>,
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
  /** Whether anything may have reached the server. */
  isSent(): boolean
}

/** Throws the signal's reason when it has aborted already. */
export function callUpstream(call: UpstreamCall): UnderWay {
  call.signal.throwIfAborted()
  const handler = new Answering(call)
  const { dispatcher } = call
  dispatcher.dispatch(
    {
      method: call.method as Dispatcher.HttpMethod,
      path: call.path,
      headers: call.headers,
      // undici reads any iterable, which its types do not say.
      body: call.body as unknown as Readable | null,
      // Counted here: undici counts from the first byte of a request, which may take its client a long time to send.
      headersTimeout: 0,
      bodyTimeout: call.timeoutMs,
    },
    handler,
  )
  return { answer: handler.answer, isSent: () => handler.isSent }
}

/**
 * The answer to one request as undici tells it. What is there in one piece together with its head stays one piece: no
 * stream is made for it.
 */
class Answering implements Dispatcher.DispatchHandler {
  readonly answer: Promise<UpstreamAnswer>
  isSent = false
  #controller: Dispatcher.DispatchController | null = null
  #reason: unknown
  #resolve: (answer: UpstreamAnswer) => void = () => undefined
  #reject: (cause: unknown) => void = () => undefined
  #head: Head | null = null
  #pieces: Uint8Array[] = []
  #isEnded = false
  #body: UpstreamBody | null = null
  readonly #trailers: Record<string, string | string[]> = {}
  readonly #timer: NodeJS.Timeout

  constructor({ signal, timeoutMs }: Pick<UpstreamCall, 'signal' | 'timeoutMs'>) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(() => this.#stop(tooSlow()), timeoutMs)
    signal.addEventListener('abort', () => this.#stop(signal.reason), { once: true })
  }

  #stop(reason: unknown): void {
    if (this.#isEnded) return
    this.#reason ??= reason
    if (this.#controller !== null) this.#controller.abort(this.#reason as Error)
    else this.#fail(this.#reason)
  }

  #fail(cause: unknown): void {
    clearTimeout(this.#timer)
    this.#reject(cause)
    this.#body?.destroy(cause as Error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#reason === undefined) this.isSent = true
    else controller.abort(this.#reason as Error)
  }

  onBodySent(): void {
    this.#timer.refresh()
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return
    clearTimeout(this.#timer)
    this.#head = { status, rawHeaders: readRaw(controller.rawHeaders) }
    // All that has come with the head is told before that.
    process.nextTick(() => this.#tell())
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#body === null) this.#pieces.push(chunk)
    else if (!this.#body.push(chunk)) controller.pause()
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: object): void {
    this.#isEnded = true
    Object.assign(this.#trailers, trailers)
    this.#body?.push(null)
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#fail(cause)
    this.#head = null
  }

  #tell(): void {
    const head = this.#head
    const controller = this.#controller
    if (head === null || controller === null) return
    const [piece = NOTHING, ...more] = this.#pieces
    if (this.#isEnded) {
      const whole = more.length === 0 ? piece : Buffer.concat(this.#pieces)
      return void this.#resolve(new WholeAnswer(head, whole, this.#trailers))
    }
    const body = new UpstreamBody(controller)
    this.#body = body
    for (const chunk of this.#pieces) if (!body.push(chunk)) controller.pause()
    this.#resolve({ ...head, whole: null, body, trailers: this.#trailers })
  }
}

interface Head {
  readonly status: number
  readonly rawHeaders: readonly string[]
}

const NOTHING = new Uint8Array()

/** A class, so that its stream is made only for who asks for it. */
class WholeAnswer implements UpstreamAnswer {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly whole: Uint8Array
  readonly trailers: UpstreamAnswer['trailers']
  #body: Readable | null = null

  constructor({ status, rawHeaders }: Head, whole: Uint8Array, trailers: UpstreamAnswer['trailers']) {
    this.status = status
    this.rawHeaders = rawHeaders
    this.whole = whole
    this.trailers = trailers
  }

  get body(): Readable {
    this.#body ??= Readable.from(this.whole.length === 0 ? [] : [this.whole])
    return this.#body
  }
}

/** A body as it comes, no faster than it is read; whoever lets go of it lets go of its request. */
class UpstreamBody extends Readable {
  readonly #controller: Dispatcher.DispatchController

  constructor(controller: Dispatcher.DispatchController) {
    super()
    this.#controller = controller
    // Also when nobody reads it any more.
    this.on('error', () => undefined)
  }

  override _read(): void {
    this.#controller.resume()
  }

  override _destroy(cause: Error | null, done: (cause: Error | null) => void): void {
    if (!this.readableEnded) this.#controller.abort(cause ?? new DOMException('nobody reads this', 'AbortError'))
    done(cause)
  }
}

/** undici's own form: names and values in turn, as bytes. */
function readRaw(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return []
  return raw.map((text) => (typeof text === 'string' ? text : (text as Buffer).toString('latin1')))
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

export function tooSlow(): Fault {
  return new Fault('upstream.timeout', 'another server failed: slow')
}

/** How long the head of an answer may wait for its first byte, where only that tells that there is a result. */
const FIRST_BYTE_MS = 1_000

/** Resolves when the first byte of a body is there, its end, or a second without either; rejects when it breaks before. */
export async function firstByte({ whole, body }: Pick<UpstreamAnswer, 'whole' | 'body'>): Promise<void> {
  if (whole !== null) return
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
