/** What a door hands to the gate, what it gets back: one request and one answer, free of any transport. */
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'

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
  /** The client's address, from the socket or from a trusted proxy; `null` when unknown. */
  readonly address: string | null
  /** Whether the client speaks TLS with us or with a trusted proxy. */
  readonly secure: boolean
  /** Aborts when the client has gone, or when this process must end. */
  readonly signal: AbortSignal
  /** The whole body, or why there is none: longer than `limit` bytes, or with trailers that were not announced. */
  readBody(limit: number): Promise<Uint8Array | BodyFault>
}

export type BodyFault = 'too-large' | 'malformed'

export interface GateAnswer {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: readonly HeaderField[]
  readonly body: Uint8Array | string | null | { readonly stream: AsyncIterable<string> }
}

/** What an article can be sent as: its source, a page, or both in JSON. */
export type ArticleForm = 'markdown' | 'html' | 'json'

/** The request was admitted: a door's carrier now sends what was asked for, with these header fields on top. */
export interface Carry {
  readonly kind: 'carry'
  readonly creator: CreatorSnapshot
  readonly resource: CatalogResource
  /** Lower-case hex digest of one picture of the article; `null`: the article itself. */
  readonly picture: string | null
  /** The form of the article that this client asked for. */
  readonly form: ArticleForm
  /** `free`: a picture of the preview, which anybody may keep; everything else is for this client only. */
  readonly access: 'paid' | 'free'
  /** `L402-Covers` and its kin. */
  readonly headers: readonly HeaderField[]
}

/** The value of the first field called `name` (lower case); `null` when there is none. */
export function findHeader(request: GateRequest, name: string): string | null {
  for (const [field, value] of request.headers) {
    if (field.length === name.length && field.toLowerCase() === name) return value
  }
  return null
}

/** `https://host` or, on loopback in development, `http://host`: where this creator is, as the client spells it. */
export function originOf(request: GateRequest): string {
  return `${request.secure ? 'https' : 'http'}://${request.host}`
}
