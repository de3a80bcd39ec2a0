/** An answer of the gate as a web `Response`: streams no faster than they are read, and broken off when they break. */
import type { ServerResponse } from 'node:http'
import type { GateAnswer, StreamedBody } from '#lib/gate/request.ts'

/** By which statuses a message has no body (Fetch, null body status). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])
/** Next drops these of a route's answer, since it may have unpacked what was fetched; so they are put where it does not look. */
const DROPPED: ReadonlySet<string> = new Set(['content-length', 'content-encoding'])

interface Leaving {
  readonly method: string
  readonly res: ServerResponse
}

/** Throws `RangeError` or `TypeError` for a status or field that HTTP does not have: an upstream may have sent it. */
export function toResponse(answer: GateAnswer, { method, res }: Leaving): Response {
  const { status } = answer
  const { stream, length, isOpen } = asStream(answer.body)
  const headers = new Headers()
  // Next has said already by which of its own fields an answer differs; none of them reaches the gate.
  res.removeHeader('Vary')
  for (const [name, value] of answer.headers) {
    if (DROPPED.has(name.toLowerCase())) res.setHeader(name, value)
    else headers.append(name, value)
  }
  if (length !== undefined && status !== 204 && status !== 304) res.setHeader('Content-Length', length)
  if (length !== 0 && method !== 'HEAD' && !BODILESS.has(status)) {
    return new Response(pour(stream, isOpen), { status, headers })
  }
  void stream[Symbol.asyncIterator]().return?.()
  return new Response(null, { status, headers })
}

function asStream(body: GateAnswer['body']): StreamedBody & { readonly isOpen: boolean } {
  if (body !== null && typeof body === 'object' && 'stream' in body) return { ...body, isOpen: true }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return { stream: once(bytes), length: bytes?.length ?? 0, isOpen: false }
}

async function* once(bytes: Uint8Array | null): StreamedBody['stream'] {
  if (bytes !== null) yield bytes
}

/** Read only as far as its reader asks; one that has gone ends the source too. `isOpen`: its first piece may take long. */
function pour(source: StreamedBody['stream'], isOpen: boolean): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Next sends the head of an answer with its first piece.
        if (isOpen) controller.enqueue(new Uint8Array(0))
      },
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(typeof value === 'string' ? Buffer.from(value) : value)
      },
      async cancel() {
        await pieces.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
