/** The header fields every response of a creator host carries; pure, used by both doors. */
import type { GateRequest, HeaderField } from './request.ts'

const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** Always listed in full: `*` never covers `Authorization` (Fetch, CORS protocol). */
const ALLOWED_HEADERS = [
  'Authorization, Accept-Authenticate, Accept-Payment, Content-Type, Idempotency-Key, Range, If-Range, If-None-Match',
  'Macaroon, Grpc-Metadata-Macaroon, Token, Grpc-Metadata-Token, Payment-Authorization, Payment-Signature, X-Payment',
  'L402-Claim, Grpc-Timeout, X-Grpc-Web',
].join(', ')

const EXPOSED_HEADERS = [
  'WWW-Authenticate, L402-Reason, L402-Covers, L402-Uses-Remaining, L402-Free-Remaining, L402-Valid-Until, Payment-Receipt',
  'PAYMENT-REQUIRED, PAYMENT-RESPONSE, Retry-After, Link, Grpc-Status, Grpc-Message, Content-Range, Accept-Ranges',
  'ETag, Content-Disposition',
].join(', ')

/** protocol.md §1.2: a browser elsewhere may read every answer; without `Allow-Credentials`, so never with our cookies. */
export const CORS_FIELDS: readonly HeaderField[] = [
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Allow-Methods', ALLOWED_METHODS],
  ['Access-Control-Allow-Headers', ALLOWED_HEADERS],
  ['Access-Control-Expose-Headers', EXPOSED_HEADERS],
]

/** A field name (RFC 9110 5.1), and no longer than one that a page would send. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/
const MAX_ASKED_NAMES = 40
const MAX_ASKED_CHARACTERS = 1_024

/**
 * The answer to `OPTIONS`: given before any look-up, it costs and mints nothing. Every well-formed field that the page
 * asks to send is allowed, since no field opens anything without a credential; too many or odd ones are not.
 */
export function preflightFields(request: Pick<GateRequest, 'headers'>): readonly HeaderField[] {
  const further = askedNames(request)
  return [
    ...CORS_FIELDS.map(
      ([name, value]): HeaderField =>
        name === 'Access-Control-Allow-Headers' && further !== '' ? [name, `${value}, ${further}`] : [name, value],
    ),
    ['Access-Control-Max-Age', '7200'],
    ['Vary', 'Access-Control-Request-Headers'],
  ]
}

function askedNames({ headers }: Pick<GateRequest, 'headers'>): string {
  const text = headers
    .filter(([name]) => name.toLowerCase() === 'access-control-request-headers')
    .map(([, value]) => value)
    .join(',')
  if (text.length > MAX_ASKED_CHARACTERS) return ''
  const names = text.split(',').map((name) => name.trim())
  if (names.length > MAX_ASKED_NAMES) return ''
  return [...new Set(names.filter((name) => FIELD_NAME.test(name)))]
    .filter((name) => !LISTED.has(name.toLowerCase()))
    .join(', ')
}

const LISTED: ReadonlySet<string> = new Set(ALLOWED_HEADERS.toLowerCase().split(', '))

/** Two answers to one URL depend on these; no shared cache may keep either. */
export const PRIVATE_FIELDS: readonly HeaderField[] = [
  ['Cache-Control', 'private, no-store'],
  ['Vary', 'Accept, Authorization, Cookie'],
]

export const NOSNIFF: HeaderField = ['X-Content-Type-Options', 'nosniff']

/** What everybody may know, and keep for a moment. */
export const PUBLIC_FIELDS: readonly HeaderField[] = [['Cache-Control', 'public, max-age=300'], NOSNIFF, ...CORS_FIELDS]

const DISCOVERY_LINKS = '</.well-known/l402.json>; rel="describedby l402-manifest", </llms.txt>; rel="help"'

/** Where a program learns what is on sale; on every answer at a priced path. */
export const DISCOVERY_LINK: HeaderField = ['Link', DISCOVERY_LINKS]

/** The same, with the address that asks for an invoice: what a preview carries in place of a challenge. */
export const PREVIEW_LINK: HeaderField = ['Link', `</_l402/challenge>; rel="payment", ${DISCOVERY_LINKS}`]

export const JSON_TYPE: HeaderField = ['Content-Type', 'application/json']
const HTML_TYPE: HeaderField = ['Content-Type', 'text/html; charset=utf-8']
export const TEXT_TYPE: HeaderField = ['Content-Type', 'text/plain; charset=utf-8']

/**
 * The fields of a page: nothing from another host, no inline script, no frame around it. `connect` lists further
 * origins that the page's script may ask (the demo wallet, in development). `Referrer-Policy: same-origin` because
 * `no-referrer` would send `Origin: null` with the forms of readers without JavaScript.
 */
export function pageFields(connect: readonly string[]): readonly HeaderField[] {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self'",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return [HTML_TYPE, ['Content-Security-Policy', policy.join('; ')], ['Referrer-Policy', 'same-origin'], NOSNIFF]
}

/** An address in its one spelling; the query goes along. */
export function moved(path: string, { query }: Pick<GateRequest, 'query'>): readonly HeaderField[] {
  const location: HeaderField = ['Location', query === '' ? path : `${path}?${query}`]
  return [location, ['Cache-Control', 'no-cache'], NOSNIFF, ...CORS_FIELDS]
}
