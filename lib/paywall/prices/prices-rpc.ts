/** The messages of Aperture's `pricesrpc`: a path and a request as text in, satoshis out; as bytes of protocol buffers. */
import { concatBytes, encodeUtf8 } from '#lib/l402/bytes.ts'
import { satsToMsat } from '#lib/money.ts'
import type { PriceAnswer } from './price-answer.ts'
import type { AskedRequest } from './price-question.ts'

/** `pricesrpc/prices.proto`: service, then method. */
export const GET_PRICE = '/pricesrpc.Prices/GetPrice'

/** `GetPriceRequest`: `path` is field 1, `http_request_text` field 2, which older servers pass over. */
export function encodeGetPrice({ path, method, query }: AskedRequest): Uint8Array {
  const search = new URLSearchParams(query.map(([name, value]) => [name, value])).toString()
  const text = `${method} ${path}${search === '' ? '' : `?${search}`} HTTP/1.1\r\n\r\n`
  return concatBytes(textField(1, path), textField(2, text))
}

function textField(field: number, text: string): Uint8Array {
  const bytes = encodeUtf8(text)
  return concatBytes(new Uint8Array([(field << 3) | 2]), encodeVarint(bytes.length), bytes)
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80)
  return new Uint8Array([...bytes, left])
}

/** `GetPriceResponse`: `price_sats` is field 1; a price of nothing is not written at all. Fields of later versions are passed over. */
export function decodeGetPrice(message: Uint8Array): PriceAnswer {
  let sats = 0n
  for (let at = 0; at < message.length; ) {
    const field = readField(message, at)
    if (field === null) return BROKEN
    if (field.tag === 8n) sats = BigInt.asIntN(64, field.value)
    at = field.end
  }
  if (sats <= 0n) return { kind: 'unusable', sentence: 'price_sats is no whole number above 0.' }
  return { kind: 'price', amountMsat: satsToMsat(sats), keptSeconds: 0 }
}

interface Field {
  /** Number of the field and, in its last three bits, how it is written. */
  readonly tag: bigint
  /** Of a number; of text its length. */
  readonly value: bigint
  readonly end: number
}

const NUMBER = 0n
const TEXT = 2n
/** Eight bytes of a fixed number, or four. */
const FIXED: ReadonlyMap<bigint, number> = new Map([
  [1n, 8],
  [5n, 4],
])

function readField(message: Uint8Array, start: number): Field | null {
  const tag = readVarint(message, start)
  if (tag === null) return null
  const type = tag.value & 7n
  const fixed = FIXED.get(type)
  if (fixed !== undefined) return within(message, { tag: tag.value, value: 0n, end: tag.end + fixed })
  const read = type === NUMBER || type === TEXT ? readVarint(message, tag.end) : null
  if (read === null) return null
  const end = type === TEXT ? read.end + Number(read.value) : read.end
  return within(message, { tag: tag.value, value: read.value, end })
}

function within(message: Uint8Array, field: Field): Field | null {
  return field.end <= message.length ? field : null
}

const BROKEN: PriceAnswer = { kind: 'unusable', sentence: 'The answer is no message of pricesrpc.' }

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } | null {
  let value = 0n
  for (let at = start, shift = 0n; at < bytes.length && shift < 70n; at += 1, shift += 7n) {
    const byte = bytes[at] as number
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return null
}
