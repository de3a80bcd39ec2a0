/** A body leaves as far as it is paid for, is measured as it leaves, and ends with its meter. */
import { Readable } from 'node:stream'
import { Fault } from '#lib/errors.ts'
import type { Meter } from '#lib/paywall/entitlements/meter.ts'

export interface MeteredStream {
  readonly meter: Meter
  /** In bytes, where it is known; what was used is settled before the last of them leaves. */
  readonly length: number | null
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal
  /** Sees every piece before it leaves. */
  readonly onPiece?: (piece: Uint8Array) => void
  /** The body has ended; what it tells is told to the meter. */
  readonly onEnd?: () => Promise<void>
  /** Text that ends a stream of events which is cut, after its meter was settled; asked for between two events only. */
  readonly lastEvent?: () => Promise<string>
}

/** Thrown behind the last byte that was paid for: what left reaches the client, and the answer is seen to be incomplete. */
export function isCut(cause: unknown): boolean {
  return cause instanceof Fault && cause.code === 'l402.exhausted'
}

type Piece = IteratorResult<string | Uint8Array> | 'over'

/** The answer counts as open from now on, and its meter ends with it also where nobody ever reads it. */
export function meterStream(
  source: AsyncIterable<string | Uint8Array>,
  stream: MeteredStream,
): AsyncIterable<Uint8Array> {
  return run(source, stream, createOver(stream))
}

async function* run(
  source: AsyncIterable<string | Uint8Array>,
  stream: MeteredStream,
  over: ReturnType<typeof createOver>,
): AsyncGenerator<Uint8Array> {
  const { signal, length } = stream
  const iterator = source[Symbol.asyncIterator]()
  const end = createEnd(stream)
  let sent = 0
  let tail: Uint8Array = NOTHING
  try {
    for (;;) {
      const next: Piece = await over.race(iterator)
      if (signal.aborted) return
      if (next === 'over') break
      if (next.done) return await end.whole()
      const { part, isWhole } = await paidPart(stream, next.value)
      sent += part.length
      if (sent === length && isWhole) await end.whole()
      yield part
      if (!isWhole) break
      tail = part
    }
    yield await end.cut(tail)
  } finally {
    over.stop()
    end.anyhow()
    // Its iterator would wait for a piece that may never come.
    if (source instanceof Readable) source.destroy()
    else await iterator.return?.()
  }
}

interface Paid {
  readonly part: Uint8Array
  readonly isWhole: boolean
}

/** As much of a piece as is paid for; no promise is made for what was drawn already. */
function paidPart({ meter, onPiece }: MeteredStream, value: string | Uint8Array): Paid | Promise<Paid> {
  const piece = typeof value === 'string' ? Buffer.from(value) : value
  const cut = (granted: number) => {
    const isWhole = granted >= piece.length
    const part = isWhole ? piece : piece.subarray(0, granted)
    onPiece?.(part)
    return { part, isWhole }
  }
  const granted = meter.onBytes(piece.length)
  return typeof granted === 'number' ? cut(granted) : granted.then(cut)
}

/** The three ends of a stream; the first of them counts. */
function createEnd({ meter, onEnd, lastEvent }: MeteredStream) {
  let isEnded = false
  return {
    async whole() {
      if (isEnded) return
      isEnded = true
      await onEnd?.()
      await meter.settle()
    },
    /** Answers what is said behind the last piece; throws where nothing can be said. */
    async cut(tail: Uint8Array): Promise<Uint8Array> {
      isEnded = true
      await meter.settle()
      if (lastEvent === undefined || !endsEvent(tail)) throw new Fault('l402.exhausted', `no ${meter.ranOut()} left`)
      return Buffer.from(await lastEvent())
    },
    anyhow() {
      if (!isEnded) void meter.abandon()
    },
  }
}

const NOTHING = new Uint8Array()

/** The next piece, or the moment in which nobody wants or nobody paid for it: one wait at a time, so nothing piles up. */
function createOver({ meter, signal }: Pick<MeteredStream, 'meter' | 'signal'>) {
  let isOver = false
  let wake = () => {}
  meter.onSeconds(() => {
    isOver = true
    wake()
  })
  const leave = () => {
    void meter.abandon()
    wake()
  }
  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  return {
    race: (iterator: AsyncIterator<string | Uint8Array>) =>
      new Promise<Piece>((resolve, reject) => {
        wake = () => resolve('over')
        if (isOver || signal.aborted) return wake()
        iterator.next().then(resolve, reject)
      }),
    stop: () => signal.removeEventListener('abort', leave),
  }
}

/** Whether a stream of events may go on with an event of ours. */
function endsEvent(tail: Uint8Array): boolean {
  if (tail.length === 0) return true
  const text = Buffer.from(tail.subarray(-4)).toString('latin1')
  return /(?:\n\n|\r\r|\r\n\r\n)$/.test(text)
}
