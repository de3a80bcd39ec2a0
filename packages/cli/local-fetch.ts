/** fetch that finds `localhost` and everything under it at 127.0.0.1, where browsers and curl find them but Node does not. */
import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, fetch, type RequestInit, type Response } from 'undici'

const lookup: LookupFunction = (hostname, options, done) => {
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  if (!isLocal) systemLookup(hostname, options, done)
  else if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

const agent = new Agent({ connect: { lookup, timeout: 5_000 } })

export function localFetch(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, dispatcher: agent })
}
