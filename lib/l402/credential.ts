/**
 * Every spelling of a credential that deployed clients use, read into bytes; after this the spelling is forgotten.
 *
 * Liberal in form, strict in content: a credential may come in seven fields, two alphabets, hex, with the scheme word
 * once, four times or not at all, and each of these is what some published client sends (README.md has the list). The
 * macaroon and the preimage themselves have to be exact. Nothing is judged here, and the order of the result is the
 * order of trying, so that the first credential that grants wins, wherever it stood.
 *
 * All limits are on the number of things, not on time: 12,288 characters per credential, five macaroons in one, four
 * distinct credentials, 128 parts of a value. Beyond them a request is refused as `text` and costs nothing more.
 */
import { concatBytes, equalBytes } from './bytes.ts'
import {
  type Candidate,
  type CredentialText,
  readBareCredential,
  readParts,
  type UnreadableCredential,
  unreadable,
  type Via,
} from './credential-text.ts'
import { MACAROONS_PER_CREDENTIAL } from './macaroon.ts'
import type { Preimage } from './preimage.ts'

/** Candidates and refusals in the order in which they are to be tried; the first candidate that grants wins. */
export type CredentialReading = readonly (Candidate | UnreadableCredential)[]

export interface CredentialOptions {
  /** `__Host-l402` and its siblings; `false` only for plain HTTP on loopback, where they are named `l402`. */
  readonly secureCookies: boolean
  /** Method of the request: cookies count for unsafe methods only with `Sec-Fetch-Site: same-origin`. */
  readonly method: string
}

/** Raw, as it stood on the wire: Node's parsed headers keep only the first of several `Authorization` lines. */
type Header = readonly [name: string, value: string]

const MAX_CREDENTIALS = 4
const MAX_SCHEME_WORDS = 4
/** More than 16 KiB of real credentials have; a value of thousands of crumbs is not worth its work. */
const MAX_SEGMENTS = 128
/** From the first character that is neither blank nor comma up to the next comma. */
const SEGMENT = /[^\s,][^,]*/g

/** Fields that hold `M` or `M:P`, in the order of protocol.md §2.1, row 8. */
const MACAROON_FIELDS = ['macaroon', 'grpc-metadata-macaroon', 'token', 'grpc-metadata-token'] as const

/** Every field that may hold a credential, in lower case; `collectFields` reads these. */
export const CREDENTIAL_FIELDS: readonly Via[] = ['cookie', 'authorization', ...MACAROON_FIELDS, 'x-payment']

/**
 * Reads all credentials of a request from its raw header fields, in wire order. Cookies come first, then
 * `Authorization`, the macaroon fields, `X-Payment`. A repeated credential counts once; more than four besides the
 * cookies are all refused (`text`), since each costs work. Empty when there is none. Source: protocol.md §2.1, §2.2.
 */
export function readCredentials(headers: readonly Header[], options: CredentialOptions): CredentialReading {
  const fields = collectFields(headers)
  const cookies = readCookies(fields, options)
  const list = new CredentialList()
  for (const value of fields.authorization) readAuthorization(value, list)
  for (const via of MACAROON_FIELDS) {
    for (const value of fields[via]) list.add(readMacaroonField(via, value))
  }
  for (const value of fields['x-payment']) list.add(readBareCredential('x-payment', value.trim()))
  return [...cookies, ...list.entries()]
}

type Fields = Record<Via | 'sec-fetch-site', string[]>

/** Values of the fields that we read, each in wire order; all other fields are passed over. */
function collectFields(headers: readonly Header[]): Fields {
  const fields: Fields = {
    cookie: [],
    authorization: [],
    macaroon: [],
    'grpc-metadata-macaroon': [],
    token: [],
    'grpc-metadata-token': [],
    'x-payment': [],
    'sec-fetch-site': [],
  }
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (Object.hasOwn(fields, lower)) fields[lower as keyof Fields].push(value)
  }
  return fields
}

/** Distinct credentials in order; beyond the fourth it holds nothing but one refusal and takes no more. */
class CredentialList {
  readonly #entries: (Candidate | UnreadableCredential)[] = []
  #overflowVia: Via | null = null

  get isFull(): boolean {
    return this.#overflowVia !== null
  }

  /** Takes no more and forgets what it has: `via` brought too much. */
  overflow(via: Via): void {
    this.#overflowVia ??= via
  }

  add(entry: Candidate | UnreadableCredential | null): void {
    if (entry === null || this.isFull || this.#entries.some((known) => isSame(known, entry))) return
    if (this.#entries.length === MAX_CREDENTIALS) this.overflow(entry.via)
    else this.#entries.push(entry)
  }

  entries(): (Candidate | UnreadableCredential)[] {
    return this.#overflowVia === null ? this.#entries : [unreadable(this.#overflowVia)]
  }
}

/** Whether two credentials are the same bytes; the field they came in does not matter. */
function isSame(a: Candidate | UnreadableCredential, b: Candidate | UnreadableCredential): boolean {
  if (a.kind === 'refused' || b.kind === 'refused') return a.kind === b.kind && a.via === b.via
  return samePreimage(a.preimage, b.preimage) && equalBytes(concatBytes(...a.macaroons), concatBytes(...b.macaroons))
}

/** None equals none only. */
function samePreimage(a: Preimage | null, b: Preimage | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b)
}

/**
 * Credentials in a text that somebody pasted or a link held: as an `Authorization` value, with or without scheme.
 * Source: protocol.md §2.1, §10.4.
 */
export function readCredentialText(text: string): CredentialReading {
  const list = new CredentialList()
  readAuthorization(text, list)
  return list.entries()
}

const COOKIE_NAMES = ['l402', 'l402-2', 'l402-3'] as const

/** Names of the cookies that hold credentials, in the order of trying; `__Host-` pins host, path and TLS. */
export function cookieNames(secure: boolean): readonly [string, string, string] {
  const [first, second, third] = COOKIE_NAMES
  return secure ? [`__Host-${first}`, `__Host-${second}`, `__Host-${third}`] : COOKIE_NAMES
}
/** RFC 9110 9.2.1: asking for these changes nothing, so a cookie may open them for any page. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The cookies `<M>.<P>` in the order of their names, each name once. */
function readCookies(fields: Fields, options: CredentialOptions): (Candidate | UnreadableCredential)[] {
  const sites = fields['sec-fetch-site']
  // A cookie travels with requests that other sites cause: it may open a page for them, never act for its holder.
  const isOwnDoing = sites.length === 1 && sites[0] === 'same-origin'
  if (!SAFE_METHODS.has(options.method) && !isOwnDoing) return []
  const values = cookieValues(fields.cookie)
  const entries: (Candidate | UnreadableCredential)[] = []
  for (const name of cookieNames(options.secureCookies)) {
    const value = values.get(name)
    if (value !== undefined) entries.push(readCookieValue(value))
  }
  return entries
}

/** Our names and values only: a browser may send hundreds of other cookies, which are not worth a string each. */
const OUR_COOKIE = /(?:^|;)[ \t]*((?:__Host-)?l402(?:-[23])?)[ \t]*=([^;]*)/g

/** The first value of each of our names, over all lines. */
function cookieValues(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of lines) {
    for (const [, name = '', value = ''] of line.matchAll(OUR_COOKIE)) {
      if (!values.has(name)) values.set(name, value.trim())
    }
  }
  return values
}

/** `<M>.<P>`, as `formatCookieValue` writes it: a dot, because base64 has none and a colon would need quoting in a cookie. */
export function readCookieValue(value: string): Candidate | UnreadableCredential {
  const dot = value.indexOf('.')
  return readParts('cookie', {
    macaroons: [value.slice(0, Math.max(0, dot))],
    preimage: value.slice(dot + 1),
    length: value.length,
  })
}

/**
 * Reads one `Authorization` value: segments between commas, each of which may open with scheme words; one without goes
 * on with the macaroon list before it, a colon ends that list. A value without scheme counts only as a whole `M:P`.
 */
function readAuthorization(value: string, list: CredentialList): void {
  let open: CredentialText | null = null
  // Under another scheme everything is dropped up to the next segment that names ours.
  let ours = false
  let segments = 0
  const close = (): void => {
    if (open !== null) list.add(readParts('authorization', open))
    open = null
  }
  for (const [segment] of value.matchAll(SEGMENT)) {
    segments += 1
    if (segments > MAX_SEGMENTS) list.overflow('authorization')
    if (list.isFull) return
    const { scheme, rest } = readScheme(segment.trimEnd())
    if (scheme !== null) {
      close()
      ours = scheme === 'ours'
    }
    if (!ours) continue
    open ??= { macaroons: [], preimage: null, length: 0 }
    takeSegment(open, rest)
    if (open.preimage !== null) close()
  }
  close()
  if (!ours) list.add(readBareCredential('authorization', value.trim()))
}

/** The scheme a segment opens with: ours (any letter case, up to four words), another one, or none. */
function readScheme(segment: string): { scheme: 'ours' | 'other' | null; rest: string } {
  let rest = segment
  let words = 0
  while (words < MAX_SCHEME_WORDS && isOurScheme(rest)) {
    rest = rest.slice(4).trimStart()
    words++
  }
  if (words > 0) return { scheme: 'ours', rest }
  return { scheme: /^\S+\s/.test(segment) ? 'other' : null, rest }
}

// Blank or end behind it: `L402AgEI…` is no scheme word but the beginning of a macaroon.
const OUR_SCHEME = /^(?:l402|lsat)(?:[ \t]|$)/i

/** Whether the text opens with a scheme word of ours. */
function isOurScheme(text: string): boolean {
  return OUR_SCHEME.test(text)
}

/** Takes `M`, `M:` or `M:P` into the credential that is open. */
function takeSegment(open: CredentialText, text: string): void {
  // With the comma that stood before it: the limit is on the text as it came.
  open.length += text.length + (open.macaroons.length === 0 ? 0 : 1)
  const colon = text.indexOf(':')
  // A sixth macaroon already makes it unreadable: keeping more would only keep memory.
  if (open.macaroons.length <= MACAROONS_PER_CREDENTIAL) open.macaroons.push(colon < 0 ? text : text.slice(0, colon))
  if (colon >= 0) open.preimage = text.slice(colon + 1)
}

/** `M`, `M1,M2` or `M:P`, as gRPC clients send it; an empty field is none. */
function readMacaroonField(via: Via, value: string): Candidate | UnreadableCredential | null {
  const text = value.trim()
  if (text === '') return null
  const colon = text.indexOf(':')
  const list = (colon < 0 ? text : text.slice(0, colon))
    .split(',', MACAROONS_PER_CREDENTIAL + 1)
    .map((item) => item.trim())
  return readParts(via, { macaroons: list, preimage: colon < 0 ? null : text.slice(colon + 1), length: text.length })
}
