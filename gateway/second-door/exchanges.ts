/** What Node knows of a request and Next leaves out, kept for the route that answers it; Next itself sees nothing a client wrote. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { WireRequest } from '#gateway/wire-rules.ts'
import type { Client, ReadClient } from '#lib/client.ts'
import { randomBytes } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'

/** One request as it stood on the wire, its body apart. */
export interface Exchange extends WireRequest {
  readonly client: Client
  readonly res: ServerResponse
}

export interface Exchanges {
  /** That of the request which a route was handed, once; `null`: this process did not see it arrive. */
  take(request: Pick<Request, 'headers'>): Exchange | null
  close(): void
}

/** As Node publishes it; its types leave out what a server does with handshakes. */
interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly server: Server & { shouldUpgradeCallback?: () => boolean }
}

const MARK = 'x-satstile-exchange'
/** Published before anybody handles a request. */
const CHANNEL = 'http.server.request.start'
/** Of the message's framing, without which Next could not read its body. */
const FRAMING = ['host', 'connection', 'content-length', 'transfer-encoding'] as const

/**
 * From now on every request of this process goes to the route that `routeOf` names, under a name that only this process
 * knows. Next gets no path to tidy up, no cookie and no header of its own protocol, and nothing to compress.
 */
export function followExchanges(readClient: ReadClient, routeOf: (wire: WireRequest) => string): Exchanges {
  const open = new Map<string, Exchange>()
  const mark = (message: unknown) => {
    const { request, response, server } = message as Arrival
    // Next leaves a handshake that it does not know open for ever; so it is a request like any other.
    server.shouldUpgradeCallback = () => false
    const wire = { method: request.method ?? '', target: request.url ?? '', rawHeaders: request.rawHeaders }
    const id = encodeHex(randomBytes(16))
    open.set(id, { ...wire, client: readClient(request), res: response })
    response.once('close', () => open.delete(id))
    const framing = FRAMING.flatMap((name) =>
      request.headers[name] === undefined ? [] : [[name, request.headers[name]]],
    )
    request.headers = { ...Object.fromEntries(framing), [MARK]: id }
    request.url = routeOf(wire)
  }
  subscribe(CHANNEL, mark)
  return {
    take({ headers }) {
      const id = headers.get(MARK) ?? ''
      const exchange = open.get(id) ?? null
      open.delete(id)
      return exchange
    },
    close: () => void unsubscribe(CHANNEL, mark),
  }
}
