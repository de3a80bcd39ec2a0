/** What a door hands to the gate, what it gets back: one request and one answer, free of any transport. */
import type { Code } from '#lib/errors.ts'

/** One header field as it stood on the wire; repeated fields stay apart, since credentials may come in several lines. */
export type HeaderField = readonly [name: string, value: string]

export interface GateRequest {
  readonly method: string
  /** The host asked for: lower case, no trailing dot, port kept as sent. */
  readonly host: string
  /** The path as the client sent it, without query, before any decoding. */
  readonly path: string
  /** What stood after the first `?`, without it; empty when there was none. */
  readonly query: string
  readonly headers: readonly HeaderField[]
  /** The same, names and values in turn: what the hot path reads, since it makes no object per field. */
  readonly rawHeaders: readonly string[]
  /** The client's address, from the socket or from a trusted proxy; `null` when unknown. */
  readonly address: string | null
  /** Whether the client speaks TLS with us or with a trusted proxy. */
  readonly secure: boolean
  /** Aborts when the client has gone, or when this process must end. */
  readonly signal: AbortSignal
  /** The body as it comes; read by one reader, once. */
  readonly body: AsyncIterable<Uint8Array>
  /**
   * Waits up to this long for either side to say something, and with `upload` for the whole body as long as pieces of it
   * come; a door has times of its own for requests that never ask.
   */
  allowSilence?(ms: number, more: { readonly upload: boolean }): void
  /** The whole body, or why there is none: longer than `limit` bytes, or with trailers that were not announced. */
  readBody(limit: number): Promise<Uint8Array | BodyFault>
}

export type BodyFault = 'too-large' | 'malformed'

export interface GateAnswer {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: readonly HeaderField[]
  readonly body: Uint8Array | string | null | StreamedBody
  /** Why this is not what was asked for; absent: it is. Never sent: figures are made of it. */
  readonly why?: Why
}

/** A row of protocol.md §9. Both words are of ours, so there are few of them. */
export interface Why {
  readonly code: Code
  readonly detail: string
}

/** A body that is sent as it comes, no faster than the client reads. */
export interface StreamedBody {
  readonly stream: AsyncIterable<string | Uint8Array>
  /** In bytes, when it is known before the first of them is. */
  readonly length?: number
  /** Fields behind the last byte; asked for when the stream has ended. */
  readonly trailers?: () => readonly HeaderField[]
  /** Asked when the stream has ended: `false`, it was cut off, and its client must not take that for the end. */
  readonly isWhole?: () => boolean
}

/** The value of the first field called `name` (lower case); `null` when there is none. */
export function findHeader(
  request: Pick<GateRequest, 'headers'> & Partial<Pick<GateRequest, 'rawHeaders'>>,
  name: string,
): string | null {
  const { rawHeaders } = request
  if (rawHeaders !== undefined) return findRaw(rawHeaders, name)
  for (const [field, value] of request.headers) {
    if (field.length === name.length && field.toLowerCase() === name) return value
  }
  return null
}

function findRaw(rawHeaders: readonly string[], name: string): string | null {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const field = rawHeaders[at] as string
    if (field.length === name.length && field.toLowerCase() === name) return rawHeaders[at + 1] as string
  }
  return null
}

/** `https://host` or, on loopback in development, `http://host`: where this creator is, as the client spells it. */
export function originOf(request: Pick<GateRequest, 'secure' | 'host'>): string {
  return `${request.secure ? 'https' : 'http'}://${request.host}`
}
