/** One request of an HTTP/2 stream as the gate reads it: in the words of HTTP/1.1, of which it has no more than one meaning. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Client } from '#lib/client.ts'
import type { BodyFault, GateRequest, HeaderField } from '#lib/gate/request.ts'
import { IDLE_MS, type OpenRequests, pairUp, type ReadTarget, readWhole, signalOf } from './wire-request.ts'
import type { WireRequest } from './wire-rules.ts'

/** Method, target and fields of a stream; `null`: it is none that could be said in HTTP/1.1. */
export interface Http2Head extends WireRequest {
  readonly headers: IncomingHttpHeaders
  readonly endsHere: boolean
}

const METHOD = /^[A-Z]{1,24}$/
/** Visible characters: in HTTP/1.1 a blank would end the target, and a line could end inside. */
const TARGET = /^[!-~]+$/
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** Of one connection, which here is none of theirs (RFC 9113 8.2.2). */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  ...['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'http2-settings'],
])

/** `flat`: names and values in turn, as they came. */
export function readHead(flat: readonly string[], headers: IncomingHttpHeaders, endsHere: boolean): Http2Head | null {
  const found: Found = { pseudo: {}, fields: [], cookies: [], hosts: [] }
  for (let at = 0; at + 1 < flat.length; at += 2) {
    if (!note(found, flat[at] as string, flat[at + 1] as string)) return null
  }
  const { pseudo, fields, cookies, hosts } = found
  const method = pseudo[':method'] ?? ''
  const target = pseudo[':path'] ?? ''
  const host = pseudo[':authority'] ?? hosts[0]
  if (!METHOD.test(method) || method === 'CONNECT' || pseudo[':protocol'] !== undefined || !TARGET.test(target))
    return null
  // Two names for one host, or none: other servers would take either.
  if (host === undefined || hosts.length > 1 || (hosts[0] ?? host).toLowerCase() !== host.toLowerCase()) return null
  if (cookies.length > 0) fields.push('cookie', cookies.join('; '))
  // As HTTP/1.1 would say that a body of unknown length follows.
  if (!endsHere && headers['content-length'] === undefined) fields.push('transfer-encoding', 'chunked')
  return { method, target, rawHeaders: ['host', host, ...fields], headers, endsHere }
}

interface Found {
  readonly pseudo: Partial<Record<string, string>>
  readonly fields: string[]
  /** In HTTP/2 they may come in pieces (RFC 9113 8.2.3). */
  readonly cookies: string[]
  readonly hosts: string[]
}

/** Whether it may stand in a request. */
function note(found: Found, name: string, value: string): boolean {
  if (!VALUE.test(value)) return false
  if (name.startsWith(':')) {
    if (found.pseudo[name] !== undefined) return false
    found.pseudo[name] = value
    return true
  }
  if (!NAME.test(name) || OF_CONNECTIONS.has(name)) return false
  if (name === 'cookie') found.cookies.push(value)
  else if (name === 'host') found.hosts.push(value)
  else found.fields.push(name, value)
  return true
}

interface Received {
  readonly stream: ServerHttp2Stream
  readonly head: Http2Head
  readonly open: OpenRequests
  /** Ends a request whose body takes too long; absent: it has none. */
  readonly slowBody: NodeJS.Timeout | undefined
}

/** A class, so that all requests have one shape. */
export class Http2GateRequest implements GateRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly address: string | null
  readonly secure: boolean
  readonly #received: Received
  #headers: readonly HeaderField[] | null = null
  #signal: AbortSignal | null = null

  constructor(received: Received, wire: ReadTarget, client: Client) {
    this.method = received.head.method
    this.host = wire.host
    this.path = wire.path
    this.query = wire.query
    this.rawHeaders = received.head.rawHeaders
    this.address = client.address
    this.secure = client.secure
    this.#received = received
  }

  get headers(): readonly HeaderField[] {
    this.#headers ??= pairUp(this.rawHeaders)
    return this.#headers
  }

  get signal(): AbortSignal {
    const { stream, open } = this.#received
    this.#signal ??= signalOf(stream, { open, isRead: () => stream.readableEnded })
    return this.#signal
  }

  /** Whoever stops reading leaves the stream as it is: its answer may still be on its way. */
  get body(): AsyncIterable<Uint8Array> {
    return readAll(this.#received.stream)
  }

  allowSilence(ms: number, { upload }: { upload: boolean }): void {
    this.#received.stream.setTimeout(Math.max(ms + 1_000, IDLE_MS))
    if (upload) clearTimeout(this.#received.slowBody)
  }

  readBody(limit: number): Promise<Uint8Array | BodyFault> {
    const { stream, head } = this.#received
    let hasTrailers = false
    // Nobody can tell who put fields behind a body.
    stream.once('trailers', () => {
      hasTrailers = true
    })
    return readWhole(stream, {
      limit,
      stated: head.headers['content-length'],
      isStrayed: () => hasTrailers || stream.aborted,
    })
  }
}

/** A stream that its client resets ends like any other; what was cut off is not the whole. */
async function* readAll(stream: ServerHttp2Stream): AsyncIterable<Uint8Array> {
  yield* stream.iterator({ destroyOnReturn: false })
  if (stream.aborted) throw new DOMException('the client has gone', 'AbortError')
}
