/** The server behind an API: where it is, and what every request to it carries. */
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { isNormalPath } from '#lib/l402/path.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'

/** What a server speaks: HTTP, or gRPC over HTTP/2. */
export const PROTOCOLS = ['http', 'grpc'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** The address that a person typed; `null`: no server can be called by it. */
export function parseUpstreamUrl(text: string): URL | null {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || text.length > 2_000) return null
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null
  if (!isNormalPath(url.pathname)) return null
  url.pathname = url.pathname.replace(/\/$/, '')
  return url
}

const NAME = /^[a-z0-9-]{1,64}$/
/** Visible characters and blanks between them: no line can end inside. */
const VALUE = /^[!-~](?:[ -~]{0,4094}[!-~])?$/
/** Framing, address and what we say ourselves. */
const OURS =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|proxy-.*|te|trailer|upgrade|expect|cookie|via|forwarded|x-forwarded-.*|x-l402-.*)$/

/** Field -> sentence for the secret fields that a person typed; `null` as a value takes a field away. */
export function refuseHeaders(headers: Readonly<Record<string, string | null>>): Record<string, string> {
  const fields = Object.entries(headers).map(([name, value]) => [`headers.${name}`, refuseHeader(name, value)] as const)
  if (fields.length > 20) return { headers: 'Use at most 20 fields.' }
  return Object.fromEntries(fields.flatMap(([field, sentence]) => (sentence === null ? [] : [[field, sentence]])))
}

function refuseHeader(name: string, value: string | null): string | null {
  if (!NAME.test(name)) return 'Use lower-case letters, digits and hyphens.'
  if (OURS.test(name)) return 'This field is set by us.'
  return value === null || VALUE.test(value) ? null : 'Use visible characters, at most 4,096.'
}

/** What a sealed value is bound to, so that it opens at its own place only. */
export function sealContext(key: ResourceKey, name: string): Uint8Array {
  return encodeUtf8(`satstile/upstream/${resourceName(key)}/${name}`)
}

/** The name of the signing key among sealed values; no field can have it. */
export const SIGNING = 'signing key'
