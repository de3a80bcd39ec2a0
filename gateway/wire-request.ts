/** One request off the wire as the gate reads it: fields, body and signal are made when first asked for. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import type { Client } from '#lib/client.ts'
import type { BodyFault, GateRequest, HeaderField } from '#lib/gate/request.ts'
import type { WireReading } from './wire-rules.ts'

export type ReadTarget = Extract<WireReading, { kind: 'read' }>

/**
 * One request off the wire. A class, so that all requests have one shape: an object with a getter and closures of its
 * own would be a shape of its own each time, and every reader of it slow.
 */
export class WireGateRequest implements GateRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly address: string | null
  readonly secure: boolean
  readonly #exchange: Exchange
  #headers: readonly HeaderField[] | null = null
  #signal: AbortSignal | null = null

  constructor(exchange: Exchange, wire: ReadTarget, client: Client) {
    this.method = exchange.req.method ?? ''
    this.host = wire.host
    this.path = wire.path
    this.query = wire.query
    this.rawHeaders = exchange.req.rawHeaders
    this.address = client.address
    this.secure = client.secure
    this.#exchange = exchange
  }

  get headers(): readonly HeaderField[] {
    this.#headers ??= pairUp(this.rawHeaders)
    return this.#headers
  }

  /** Made when first asked for: two signals for each verified read would cost more than verifying it. */
  get signal(): AbortSignal {
    const { req, res, open } = this.#exchange
    this.#signal ??= signalOf(res, { open, isRead: () => req.complete })
    return this.#signal
  }

  /** Whoever stops reading leaves the connection as it is: an answer may still be on its way. */
  get body(): AsyncIterable<Uint8Array> {
    const { req, res } = this.#exchange
    // What nobody read stands in front of the next request.
    res.once('finish', () => req.resume())
    return req.iterator({ destroyOnReturn: false })
  }

  allowSilence(ms: number, { upload }: { upload: boolean }): void {
    this.#exchange.res.setTimeout(Math.max(ms + 1_000, IDLE_MS))
    if (upload) clearTimeout(this.#exchange.slowBody)
  }

  readBody(limit: number): Promise<Uint8Array | BodyFault> {
    const { req } = this.#exchange
    return readWhole(req, { limit, stated: req.headers['content-length'], isStrayed: () => hasStrayTrailers(req) })
  }
}

/** How long a connection may say nothing. */
export const IDLE_MS = 30_000

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Ends a request whose body takes too long; absent: it has none. */
  readonly slowBody?: NodeJS.Timeout | undefined
  /** Whatever ends when the process must. */
  readonly open: OpenRequests
}

/** Requests that somebody waits for the end of: with the process all of them end. */
export interface OpenRequests {
  readonly isEnding: () => boolean
  add(request: AbortController): void
  delete(request: AbortController): void
}

export function createOpenRequests(ending: AbortSignal): OpenRequests {
  const open = new Set<AbortController>()
  ending.addEventListener('abort', () => {
    for (const request of open) request.abort(GONE)
  })
  return {
    isEnding: () => ending.aborted,
    add: (request) => void open.add(request),
    delete: (request) => void open.delete(request),
  }
}

/** One for all: each of its own would take down where it was made, which nobody reads. */
const GONE = new DOMException('nobody waits for this any more', 'AbortError')

interface Followed {
  readonly open: OpenRequests
  /** All of the request has come. */
  readonly isRead: () => boolean
}

/**
 * One controller and one entry in the list of what ends with the process: a signal of signals costs several times that.
 * Where request and answer are both over nobody waits for anything, and saying so to each listener would cost more.
 */
export function signalOf(
  res: Pick<Writable, 'destroyed' | 'once' | 'writableFinished'>,
  { open, isRead }: Followed,
): AbortSignal {
  const gone = new AbortController()
  if (res.destroyed || open.isEnding()) {
    gone.abort(GONE)
    return gone.signal
  }
  open.add(gone)
  res.once('close', () => {
    open.delete(gone)
    if (!res.writableFinished || !isRead()) gone.abort(GONE)
  })
  return gone.signal
}

export function pairUp(rawHeaders: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) fields.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  return fields
}

interface Whole {
  readonly limit: number
  /** `Content-Length`. */
  readonly stated: string | undefined
  /** Asked at the end: whether fields stand behind it that nobody announced. */
  readonly isStrayed: () => boolean
}

/**
 * The whole body, or what is wrong with it; of one that is too long no more than `limit` bytes are ever kept. What is over
 * it is still read, and dropped, within the time of a request: a client that is cut off while it writes sees no answer.
 */
export function readWhole(body: Readable, { limit, stated = '0', isStrayed }: Whole): Promise<Uint8Array | BodyFault> {
  if (Number(stated) > limit) return Promise.resolve('too-large')
  return new Promise((resolve) => {
    let chunks: Uint8Array[] = []
    let length = 0
    body.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length <= limit) return void chunks.push(chunk)
      chunks = []
      resolve('too-large')
    })
    body.once('end', () => resolve(isStrayed() ? 'malformed' : Buffer.concat(chunks)))
    body.once('error', () => resolve('malformed'))
  })
}

/** Fields behind the body that `Trailer` did not announce: nobody can tell who put them there. */
function hasStrayTrailers(req: IncomingMessage): boolean {
  const announced = new Set(
    String(req.headers.trailer ?? '')
      .toLowerCase()
      .split(/\s*,\s*/),
  )
  return Object.keys(req.trailers).some((name) => !announced.has(name))
}
