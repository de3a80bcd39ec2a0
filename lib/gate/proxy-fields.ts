/** What a creator's server is told with a request and what a client is told with its answer; pure, used by both doors. */
import { encodeHex, encodeUtf8, type Hmac, type Sha256 } from '#lib/l402/bytes.ts'
import { markOf } from '#lib/paywall/blocks/block.ts'
import { CORS_FIELDS, DISCOVERY_LINK, PRIVATE_FIELDS } from './headers.ts'
import { findHeader, type GateRequest, type HeaderField } from './request.ts'
import type { Grant, ProxyHttpTarget } from './target.ts'

/** What these functions read of a target, whatever its server speaks. */
type ProxyTarget = Omit<ProxyHttpTarget, 'kind'>

/** Of one connection, never of the next (RFC 9110 7.6.1); framing is each side's own. */
const HOP_BY_HOP = [
  'connection, keep-alive, proxy-connection, proxy-authenticate, proxy-authorization, te, trailer, transfer-encoding',
  'upgrade, http2-settings, content-length, expect, host',
]
/** Whatever may hold a credential or belongs to us (protocol.md §2.1, §2.6). */
const CREDENTIALS = [
  'authorization, macaroon, grpc-metadata-macaroon, token, grpc-metadata-token, x-payment, payment-authorization',
  'payment-signature, accept-authenticate, accept-payment, cookie, cookie2',
]
/** By these some servers take a request for another one than was judged, or for one from elsewhere. */
const MISLEADING = [
  'forwarded, x-real-ip, x-client-ip, true-client-ip, cf-connecting-ip, x-cluster-client-ip, x-original-url',
  'x-rewrite-url, x-original-uri, x-original-host, x-host, x-http-method, x-http-method-override, x-method-override',
]
/** What would act on our own host, in front of us, or on a client that pays whenever it is asked to. */
const NOT_THEIRS = [
  'set-cookie, set-cookie2, www-authenticate, authentication-info, clear-site-data, alt-svc, strict-transport-security',
  'public-key-pins, service-worker-allowed, x-sendfile, x-lighttpd-send-file, payment-receipt, payment-required',
  'payment-response, access-control-allow-origin, access-control-allow-credentials, access-control-max-age',
]
const CACHING = [
  'cache-control, expires, pragma, age, surrogate-control, surrogate-key, cdn-cache-control, edge-control',
]

const names = (...lists: readonly string[][]): ReadonlySet<string> => new Set(lists.flat().join(', ').split(', '))
const REQUEST_DROPPED = names(HOP_BY_HOP, CREDENTIALS, MISLEADING)
const ANSWER_DROPPED = names(HOP_BY_HOP, NOT_THEIRS)
const CACHE_NAMES = names(CACHING)
const OURS = /^(?:x-)?l402-/
const FORWARDED = /^x-forwarded-/
const ACCELERATOR = /^x-accel-/

/** Fields as they stand on the wire: names and values in turn. */
type RawFields = readonly string[]

interface Field {
  readonly name: string
  /** In lower case. */
  readonly folded: string
  readonly value: string
}

/** Those that may pass to the next connection, as its own `Connection` says too. */
function passing(raw: RawFields, isDropped: (folded: string) => boolean): Field[] {
  const fields = read(raw)
  const listed = fields.flatMap(({ folded, value }) => (folded === 'connection' ? value.toLowerCase().split(',') : []))
  const ofThisConnection = listed.length === 0 ? NONE : new Set(listed.map((name) => name.trim()))
  return fields.filter(({ folded }) => !isDropped(folded) && !ofThisConnection.has(folded))
}

function read(raw: RawFields): Field[] {
  const fields: Field[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    fields.push({ name, folded: name.toLowerCase(), value: raw[at + 1] as string })
  }
  return fields
}

const NONE: ReadonlySet<string> = new Set()

/** How we are called among proxies (RFC 9110 7.6.3). */
const PSEUDONYM = 'satstile'
/** An API may be built on another one that is sold here, and that on a third; more than that is one that leads to itself. */
const MAX_PASSES = 3

/** Whether a request has passed here so often that its upstream must be an address of our own. */
export function goesInCircles(request: Pick<GateRequest, 'rawHeaders'>): boolean {
  const vias = read(request.rawHeaders).filter(({ folded }) => folded === 'via')
  const passes = vias.flatMap(({ value }) => value.split(',')).filter((via) => via.trim().split(/\s+/)[1] === PSEUDONYM)
  return passes.length >= MAX_PASSES
}

export interface Signing {
  readonly sha256: Sha256
  readonly hmac: Hmac
  readonly now: Date
}

/**
 * The fields of a request to the upstream: those of the client without credentials, cookies and what concerns this
 * connection, then its seller's, then ours; what stands later cannot have come from the client. Source: protocol.md §2.6.
 */
export function upstreamFields(
  request: Pick<GateRequest, 'method' | 'rawHeaders' | 'host' | 'address' | 'secure'>,
  {
    upstream,
    pathAndQuery,
    grant,
  }: { upstream: ProxyHttpTarget['upstream']; pathAndQuery: string; grant: Grant | null },
  signing: Signing,
): string[] {
  const sellers = new Set(upstream.headers.map(([name]) => name))
  const isDropped = (folded: string) =>
    REQUEST_DROPPED.has(folded) || OURS.test(folded) || FORWARDED.test(folded) || sellers.has(folded)
  const fields = passing(request.rawHeaders, isDropped).flatMap(({ name, value }) => [name, value])
  for (const [name, value] of upstream.headers) fields.push(name, value)
  if (request.address !== null) fields.push('X-Forwarded-For', request.address)
  fields.push('Via', `1.1 ${PSEUDONYM}`)
  fields.push('X-Forwarded-Proto', request.secure ? 'https' : 'http', 'X-Forwarded-Host', request.host)
  return [...fields, ...describeGrant(grant, signing), ...sign({ request, upstream, pathAndQuery, grant }, signing)]
}

function describeGrant(grant: Grant | null, { sha256 }: Signing): string[] {
  if (grant === null) return []
  const { service, tier, capabilities, quality, variant } = grant.granted
  return [
    ...['X-L402-Token', tokenName(grant, sha256), 'X-L402-Service', service, 'X-L402-Tier', String(tier)],
    ...(capabilities === null ? [] : ['X-L402-Capabilities', capabilities.join(',')]),
    ...(quality === null ? [] : ['X-L402-Quality', String(quality)]),
    ...(variant === null ? [] : ['X-L402-Variant', variant]),
  ]
}

/** The same for every use of a token, and of no use to who reads it. */
export function tokenName({ token }: Pick<Grant, 'token'>, sha256: Sha256): string {
  const known = tokenNames.get(token)
  if (known !== undefined) return known
  const name = encodeHex(markOf(sha256, token.identifier.tokenId))
  tokenNames.set(token, name)
  return name
}

/** A hot token is one object. */
const tokenNames = new WeakMap<Grant['token'], string>()

interface Signed {
  readonly request: Pick<GateRequest, 'method'>
  readonly upstream: ProxyHttpTarget['upstream']
  readonly pathAndQuery: string
  readonly grant: Grant | null
}

/** By this the upstream knows that a request came through us; of a free one the last three lines are empty. */
function sign({ request, upstream, pathAndQuery, grant }: Signed, { sha256, hmac, now }: Signing): string[] {
  const seconds = String(Math.floor(now.getTime() / 1000))
  const held =
    grant === null ? ['', '', ''] : [tokenName(grant, sha256), grant.granted.service, String(grant.granted.tier)]
  const text = [seconds, request.method, pathAndQuery, ...held].join('\n')
  return ['X-L402-Signature', `t=${seconds},v1=${encodeHex(hmac(upstream.signingKey, encodeUtf8(text)))}`]
}

/** The query without what is meant for us; everything else stays letter for letter. */
export function upstreamQuery(query: string): string {
  if (!/l402|%/i.test(query)) return query
  return query
    .split('&')
    .filter((pair) => !isOwnParameter(pair))
    .join('&')
}

function isOwnParameter(pair: string): boolean {
  const [name] = new URLSearchParams(pair).keys()
  return name === 'l402_offer' || name === 'l402_coupon'
}

/** The three lists that a browser wants to see: ours, and what the upstream adds to them. */
const CORS_LISTS: ReadonlyMap<string, string> = new Map(
  CORS_FIELDS.slice(1).map(([name, value]) => [name.toLowerCase(), value]),
)
const MERGED: ReadonlySet<string> = new Set([...CORS_LISTS.keys(), 'vary'])
const [ALLOW_ORIGIN, ...OWN_LISTS] = CORS_FIELDS as readonly [HeaderField, ...HeaderField[]]

/** Node writes no other characters, and a line cannot end inside a value. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * The fields of an answer as its client sees them: without what concerns the other connection or would act in our name,
 * a paid one for this client alone. `trailers`: names that may follow the body.
 */
export function answerFields(
  raw: RawFields,
  at: { target: ProxyTarget; grant: Grant | null; isPaid: boolean },
): HeaderField[] {
  const fields: HeaderField[] = []
  const lists = new Map<string, string>()
  for (const { name, folded, value } of passing(
    raw,
    (folded) => isDropped(folded) || (at.isPaid && CACHE_NAMES.has(folded)),
  )) {
    if (!VALUE.test(value)) continue
    if (MERGED.has(folded)) lists.set(folded, [lists.get(folded) ?? [], value].flat().join(', '))
    else fields.push([name, LOCATIONS.has(folded) ? localize(value, at.target) : value])
  }
  const own = [...OWN_LISTS, ...PRIVATE_FIELDS.filter(([name]) => at.isPaid || name === 'Vary')]
  const merged = own.map(([name, value]): HeaderField => [name, mergeLists(value, lists.get(name.toLowerCase()))])
  return [...fields, ...(at.grant?.headers ?? []), ALLOW_ORIGIN, ...merged, DISCOVERY_LINK]
}

/** Of what a server says, in front of its messages or behind them, all that may pass: gRPC announces nothing. */
export function passingFields(raw: RawFields): HeaderField[] {
  return passing(raw, isDropped).flatMap(({ name, value }): HeaderField[] => (VALUE.test(value) ? [[name, value]] : []))
}

const LOCATIONS: ReadonlySet<string> = new Set(['location', 'content-location'])

function isDropped(folded: string): boolean {
  return ANSWER_DROPPED.has(folded) || OURS.test(folded) || ACCELERATOR.test(folded)
}

function mergeLists(ours: string, theirs: string | undefined): string {
  if (theirs === undefined) return ours
  const seen = new Set(ours.toLowerCase().split(', '))
  const added = theirs.split(',').map((name) => name.trim())
  return [
    ours,
    ...added.filter((name) => name !== '' && !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase())),
  ].join(', ')
}

/** An address on the upstream as the address on our host that leads to it; any other stays. */
function localize(location: string, { upstream, place }: ProxyTarget): string {
  const url = /^(?:\/(?!\/)|https?:\/\/)/i.test(location) ? URL.parse(location, upstream.url) : null
  const base = upstream.url.pathname.replace(/\/$/, '')
  if (url?.origin !== upstream.url.origin) return location
  if (url.pathname !== base && !url.pathname.startsWith(`${base}/`)) return location
  return `${place}${url.pathname.slice(base.length)}${url.search}${url.hash}`
}

/** Names that an answer announces to follow its body, and that may. */
export function announcedTrailers(raw: RawFields): readonly string[] {
  const announced = read(raw).flatMap(({ folded, value }) => (folded === 'trailer' ? value.split(',') : []))
  return announced.map((name) => name.trim()).filter((name) => FIELD_NAME.test(name) && mayTrail(name.toLowerCase()))
}

const FIELD_NAME = /^[!#$%&'*+.^`|~0-9A-Za-z-]{1,100}$/
/** A field that steers how the message is read or kept comes too late behind it (RFC 9110 6.5.1). */
const UNTRAILABLE =
  /^(?:content-.*|transfer-.*|host|trailer|vary|link|location|age|date|expires|cache-control|access-control-.*)$/

function mayTrail(folded: string): boolean {
  return !isDropped(folded) && !UNTRAILABLE.test(folded)
}

/** Of the trailers that came, those that were announced. */
export function trailerFields(
  announced: readonly string[],
  came: Readonly<Record<string, string | string[]>>,
): HeaderField[] {
  return announced.flatMap((name): HeaderField[] => {
    const value = came[name.toLowerCase()] ?? came[name]
    const text = Array.isArray(value) ? value.join(', ') : value
    return text !== undefined && VALUE.test(text) ? [[name, text]] : []
  })
}

/** The length that a message states; `null`: none. */
export function statedLength(raw: RawFields): number | null {
  const value = read(raw).find(({ folded }) => folded === 'content-length')?.value
  return value === undefined ? null : Number(value)
}

/** Whether a request brings a body, as its framing says. */
export function hasBody(request: Pick<GateRequest, 'headers' | 'rawHeaders'>): boolean {
  return findHeader(request, 'transfer-encoding') !== null || (statedLength(request.rawHeaders) ?? 0) > 0
}
