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

/** `timeoutMs` is the longest wait for the head of an answer, and then for each further piece of its body. */
export function createLocalFetch({ timeoutMs }: { timeoutMs: number }) {
  const connect = { lookup, timeout: Math.min(timeoutMs, 5_000) }
  const dispatcher = new Agent({ connect, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  return (url: string, init: RequestInit): Promise<Response> => fetch(url, { ...init, dispatcher })
}
