/** fetch for tests that resolves `localhost` and `*.localhost` to 127.0.0.1, which Node leaves to a resolver that may not know them. */
import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, fetch, type RequestInit, type Response } from 'undici'

const lookup: LookupFunction = (hostname, options, callback) => {
  if (hostname !== 'localhost' && !hostname.endsWith('.localhost')) return systemLookup(hostname, options, callback)
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}

export const localAgent = new Agent({
  connect: { lookup, timeout: 2_000 },
  headersTimeout: 15_000,
  bodyTimeout: 15_000,
})

/** As `fetch`; redirects are answers and are not followed. */
export function localFetch(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { redirect: 'manual', dispatcher: localAgent, ...init })
}
