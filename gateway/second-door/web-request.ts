/** A request as a route of Next is handed it, for the gate: its body as a web stream, everything else from the wire. */
import type { ReadTarget } from '#gateway/wire-request.ts'
import type { BodyFault, GateRequest, HeaderField } from '#lib/gate/request.ts'
import type { Exchange } from './exchanges.ts'

interface Arrived {
  readonly request: Request
  readonly exchange: Exchange
  readonly wire: ReadTarget
  /** Aborts when the process must end. */
  readonly ending: AbortSignal
}

export function toGateRequest({ request, exchange, wire, ending }: Arrived): GateRequest {
  const { method, rawHeaders, client } = exchange
  const body = bodyOf(request)
  return {
    ...{ method, rawHeaders, address: client.address, secure: client.secure },
    ...{ host: wire.host, path: wire.path, query: wire.query, headers: pairUp(rawHeaders), body },
    signal: AbortSignal.any([request.signal, ending]),
    readBody: (limit) => readBody(body, limit),
  }
}

/** What Next hands over is an iterable of bytes, which the platform's types do not say of every stream. */
export function bodyOf({ body }: Pick<Request, 'body'>): AsyncIterable<Uint8Array> {
  return (body ?? EMPTY) as unknown as AsyncIterable<Uint8Array>
}

const EMPTY: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} }

function pairUp(rawHeaders: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) fields.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  return fields
}

/** The whole body, or what is wrong with it: of one that is too long no more than `limit` bytes and a piece are ever kept. */
export async function readBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | BodyFault> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of body) {
      length += chunk.length
      if (length > limit) return 'too-large'
      chunks.push(chunk)
    }
  } catch {
    return 'malformed'
  }
  return Buffer.concat(chunks)
}
