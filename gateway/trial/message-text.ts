/** What a seller is shown of a message: its head and the beginning of its body, and no secret in either. */
import { STATUS_CODES } from 'node:http'
import type { HeaderField } from '#lib/gate/request.ts'

const MASK = '\u2022\u2022\u2022\u2022'
/** A shorter value stands in ordinary text by chance, and masking it would make that unreadable. */
const SHORTEST_SECRET = 6
const MAX_HEAD = 6_000
const MAX_BODY = 4_000

/** Of a `L402` credential, a signature or a key nothing is shown; of a macaroon and an invoice how they begin. */
const CREDENTIALS = /\b(L402|LSAT) [\w+/=-]{16,}(?::[0-9a-f]{64})?/g
const INVOICES = /\b(ln[a-z0-9]{20})[a-z0-9]{30,}/g
const LONG_VALUES = /(macaroon|token)("?[:=] ?"?)([\w+/-]{24})[\w+/=-]{16,}/g
const SIGNATURES = /\bv1=[0-9a-f]{64}/g

export interface MaskOptions {
  /** Fields whose values are never shown, in lower case. */
  readonly names: ReadonlySet<string>
  /** Values that are never shown, wherever they stand. */
  readonly values: readonly string[]
}

export function formatHead(firstLine: string, fields: readonly HeaderField[], mask: MaskOptions): string {
  const lines = fields.map(([name, value]) => `${name}: ${mask.names.has(name.toLowerCase()) ? MASK : value}`)
  return clip(maskText([firstLine, ...lines].join('\n'), mask), MAX_HEAD)
}

export function formatStatus(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`.trim()
}

/** Text as it is, anything else by its length. */
export function formatBody(bytes: Uint8Array, isWhole: boolean, mask: MaskOptions): string {
  if (bytes.length === 0) return ''
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_BODY * 2))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: by these bytes that are no text are told
  if (/[\u0000-\u0008\u000e-\u001f]|\ufffd.*\ufffd/s.test(text)) return `${bytes.length} bytes that are no text`
  return clip(maskText(text, mask), MAX_BODY) + (isWhole ? '' : '\n\u2026')
}

/** Names and values in turn as pairs. */
export function pairsOf(raw: readonly unknown[]): HeaderField[] {
  return raw.flatMap((name, at): HeaderField[] => (at % 2 === 0 ? [[String(name), String(raw[at + 1])]] : []))
}

function maskText(text: string, { values }: MaskOptions): string {
  const known = values.filter((value) => value.length >= SHORTEST_SECRET)
  const masked = known.reduce((read, value) => read.replaceAll(value, MASK), text)
  return masked
    .replace(CREDENTIALS, `$1 ${MASK}`)
    .replace(INVOICES, '$1\u2026')
    .replace(LONG_VALUES, '$1$2$3\u2026')
    .replace(SIGNATURES, `v1=${MASK}`)
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}\n\u2026`
}
