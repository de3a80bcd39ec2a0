/** How each family of clients reads a 402, re-typed from its observed behaviour (protocol.md §14): what they find, or `null`. */

/** A 402 as a client sees it. */
export interface Seen402 {
  readonly status: number
  /** Every `WWW-Authenticate` line, in wire order. */
  readonly lines: readonly string[]
  readonly contentType: string
  readonly body: string
}

export interface Read402 {
  readonly macaroon: string
  readonly invoice: string
}

type Family = (seen: Seen402) => Read402 | null

const pair = (macaroon: string | undefined, invoice: string | undefined): Read402 | null =>
  macaroon && invoice ? { macaroon, invoice } : null

/** Exact spacing, double quotes, first line only. */
const aperture: Family = ({ lines }) => {
  const match = /^(?:LSAT|L402) macaroon="(.*?)", invoice="(.*?)"/.exec(lines[0] ?? '')
  return pair(match?.[1], match?.[2])
}

/** First line, `macaroon` before `invoice`, and an identifier of version 0 with 66 bytes inside. */
const lnget: Family = ({ lines }) => {
  const first = lines[0] ?? ''
  if (!/^(L402|LSAT)\s/.test(first) || first.indexOf('macaroon=') > first.indexOf('invoice=')) return null
  const found = pair(quoted(first, 'macaroon'), quoted(first, 'invoice'))
  return found !== null && hasIdentifier(Buffer.from(found.macaroon, 'base64')) ? found : null
}

/** Splits at commas and gives up when any part has no `=`; knows mainnet and test prefixes. */
const l402sdk: Family = ({ lines }) => {
  const first = lines[0] ?? ''
  const scheme = ['L402 ', 'LSAT '].find((word) => first.startsWith(word))
  if (scheme === undefined) return null
  const parts = first.slice(scheme.length).split(',')
  if (parts.some((part) => !part.includes('='))) return null
  const values = new Map(parts.map((part) => splitPart(part)))
  const invoice = values.get('invoice')
  return /^ln(bc|tb)/.test(invoice ?? '') ? pair(values.get('macaroon'), invoice) : null
}

/** The joined header at any status; quotes of either kind. */
const lightningTools: Family = ({ lines }) => {
  const joined = lines.join(', ')
  const values: Record<string, string> = {}
  for (const match of joined.matchAll(/(\w+)=("([^"]*)"|'([^']*)'|([^,\s]*))/g))
    values[match[1] ?? ''] ??= match[3] ?? match[4] ?? match[5] ?? ''
  return pair(values.token ?? values.macaroon, values.invoice)
}

/** The first line decides by how it begins; later ones are not looked at. */
const lightningTools8: Family = (seen) =>
  /^(l402|lsat)\b/i.test(seen.lines[0] ?? '') ? lightningTools({ ...seen, lines: seen.lines.slice(0, 1) }) : null

const sulu: Family = ({ lines }) => {
  const line = lines.find((candidate) => /^(L402|LSAT) /.test(candidate)) ?? ''
  return pair(quoted(line, 'macaroon'), quoted(line, 'invoice'))
}

const gol402: Family = ({ lines }) => {
  const first = lines[0] ?? ''
  if (!first.startsWith('L402 ') && !first.startsWith('LSAT ')) return null
  const values = new Map(
    first
      .slice(5)
      .split(', ')
      .map((part) => splitPart(part)),
  )
  return pair(values.get('macaroon'), values.get('invoice'))
}

/** `macaroon` first, then `invoice`, and the amount in the invoice's prefix above zero. */
const l402Requests: Family = ({ lines }) => {
  const match = /(?:L402|LSAT)\s+macaroon="?([^",]+)"?\s*,\s*invoice="?([^",]+)"?/i.exec(lines.join(', '))
  return /^ln(bcrt|bc|tbs|tb)[1-9]\d*[munp]?1/.test(match?.[2] ?? '') ? pair(match?.[1], match?.[2]) : null
}

const lightningEnable: Family = ({ status, lines }) =>
  status === 402 ? pair(quoted(lines.join(', '), 'macaroon'), quoted(lines.join(', '), 'invoice')) : null

/** Reads the body only. */
const l402Kit: Family = ({ status, contentType, body }) => {
  if (status !== 402 || !contentType.includes('application/json')) return null
  const json = JSON.parse(body) as Record<string, unknown>
  if (typeof json.priceSats !== 'number') return null
  return pair(asText(json.macaroon), asText(json.invoice))
}

/** Scheme and then `macaroon`, else a JSON body. */
const sparkbtcbot: Family = (seen) => {
  const match = /(?:L402|LSAT)\s+macaroon="([^"]+)".*?invoice="([^"]+)"/.exec(seen.lines.join(', '))
  return match === null ? l402Kit(seen) : pair(match[1], match[2])
}

/** Begins with the scheme, and neither the invoice nor a `valid_until` has passed. */
const routeweiler: Family = (seen) => {
  const found = /^(L402|LSAT)/.test(seen.lines[0] ?? '') ? sulu(seen) : null
  const until = /_valid_until=(\d+)/.exec(Buffer.from(found?.macaroon ?? '', 'base64').toString('latin1'))
  return until !== null && Number(until[1]) * 1000 < Date.now() ? null : found
}

const lsatJs: Family = ({ lines }) => {
  const values = new Map(
    (lines[0] ?? '')
      .replace(/^(L402|LSAT)\s+/, '')
      .split(',')
      .map((part) => splitPart(part)),
  )
  return pair(values.get('macaroon'), values.get('invoice'))
}

export const FAMILIES: Readonly<Record<string, Family>> = {
  'Aperture clients': aperture,
  lnget,
  L402sdk: l402sdk,
  'lightning-tools 4 to 7': lightningTools,
  'lightning-tools 8 and 9': lightningTools8,
  'sulu l402': sulu,
  gol402,
  'l402-requests': l402Requests,
  'Lightning Enable': lightningEnable,
  'l402-kit': l402Kit,
  sparkbtcbot,
  'cashu-l402 and routeweiler': routeweiler,
  'lsat-js and LangChainBitcoin': lsatJs,
}

function quoted(text: string, name: string): string | undefined {
  return new RegExp(`${name}="([^"]*)"`).exec(text)?.[1]
}

function splitPart(part: string): [string, string] {
  const at = part.indexOf('=')
  return [part.slice(0, at).trim(), part.slice(at + 1).replace(/^"|"$/g, '')]
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Field type 2, length 66, then version 0, as V2 binary macaroons have it. */
function hasIdentifier(macaroon: Buffer): boolean {
  const at = macaroon.indexOf(Buffer.from([0x02, 0x42, 0x00, 0x00]))
  return macaroon[0] === 2 && at > 0 && macaroon.length > at + 68
}
