/** Who asks: pages and routes see headers only, so each request's address travels in one that is written over at the socket. */
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { createClientReader } from '#lib/client.ts'

const HEADER = 'x-satstile-client'

/**
 * From now on every request that reaches this process says who sent it, whatever it said itself. Node publishes a
 * request on this channel before anybody handles it. Throws `ConfigFault` when `trustedProxies` cannot be read.
 */
export function markClients(trustedProxies: string): void {
  const readClient = createClientReader(trustedProxies, 'web')
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage }
    request.headers[HEADER] = readClient(request).address ?? ''
  })
}

/** The address of whoever sent the request; `null` when its socket was gone already. */
export function clientAddress(headers: Headers): string | null {
  return headers.get(HEADER) || null
}
