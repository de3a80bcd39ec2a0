/**
 * Reads a BOLT 11 invoice: what it asks for, for which payment hash, until when. Whether it was signed is asked apart.
 *
 *     lnbc210n   1   timestamp   fields: type, length, data   signature   checksum
 *     '-- human       7 words    'p' hash, 'd' text, 'x' ...   104 words    6 words      (a word is 5 bits, one letter)
 *
 * Our own reader, because a decoder that throws or reads what nobody asked for has no place behind a foreign header. It
 * answers `null` for whatever it would have to guess, takes no memory beyond the text's own length, and reads only the
 * fields that we act on. The gate holds every invoice of its node against what it asked for before selling it.
 */
import { decodeUtf8 } from './bytes.ts'
import { asPaymentHash, type PaymentHash } from './preimage.ts'

/** As the prefix of an invoice names it. */
type Network = 'mainnet' | 'testnet' | 'signet' | 'regtest' | 'simnet'

export interface Invoice {
  readonly network: Network
  /** `null`: the payer chooses. */
  readonly amountMsat: bigint | null
  readonly paymentHash: PaymentHash
  /** UTF-8 text of the `d` field; `null` when there is none. */
  readonly description: string | null
  /** SHA-256 of a longer description, the `h` field, 32 bytes; `null` when there is none. */
  readonly descriptionHash: Uint8Array | null
  readonly createdAt: Date
  /** From then on payers refuse it. */
  readonly expiresAt: Date
  /** What the node signed: human-readable part and data as bytes. */
  readonly signedBytes: Uint8Array
  /** 64 bytes, r and s, then the recovery id 0 to 3. */
  readonly signature: Uint8Array
}

const NETWORKS: ReadonlyMap<string, Network> = new Map([
  ['bc', 'mainnet'],
  ['tb', 'testnet'],
  ['tbs', 'signet'],
  ['bcrt', 'regtest'],
  ['sb', 'simnet'],
])
/** Prefix, then amount and multiplier or nothing. Nineteen digits are more than all coins in the smallest unit. */
const HUMAN_PART = /^ln(bcrt|bc|tbs|tb|sb)(?:([1-9][0-9]{0,18})([munp]?))?$/
/** BIP 173: each letter is five bits, chosen so that letters easily confused differ in one. */
const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const WORD_OF_CODE = new Int8Array(128).fill(-1)
for (let i = 0; i < ALPHABET.length; i++) WORD_OF_CODE[ALPHABET.charCodeAt(i)] = i

/** Invoices with many route hints reach about two thousand characters; nothing longer is looked at. */
const MAX_CHARACTERS = 4_096
/** Lengths in words of five bits. */
const CHECKSUM_WORDS = 6
const SIGNATURE_WORDS = 104
const TIMESTAMP_WORDS = 7
const HASH_WORDS = 52
/** Types of the fields that we act on: p, x, d and h. */
const FIELD_HASH = 1
const FIELD_EXPIRY = 6
const FIELD_DESCRIPTION = 13
const FIELD_DESCRIPTION_HASH = 23
/** BOLT 11: what holds when there is no `x` field. */
const DEFAULT_EXPIRY_SECONDS = 3_600
/** Thirty-five bits, as the timestamp has: any later end is no date to reckon with. */
const MAX_EXPIRY_WORDS = 7
/** Twenty-one million bitcoin. */
const MAX_MSAT = 2_100_000_000_000_000_000n

/**
 * Reads an invoice in lower or upper case. `null`: not bech32, wrong checksum, another currency, an amount that is no
 * whole millisatoshi or more than can exist, no payment hash, a field that runs over the end. Never throws; the
 * signature is not verified. Source: BOLT 11.
 */
export function readInvoice(text: string): Invoice | null {
  const split = splitBech32(text)
  if (split === null) return null
  const { human, words } = split
  const asked = readHumanPart(human)
  const bodyWords = words.length - SIGNATURE_WORDS
  if (asked === null || bodyWords < TIMESTAMP_WORDS) return null
  const fields = readFields(words.subarray(TIMESTAMP_WORDS, bodyWords))
  const paymentHash = fields?.get(FIELD_HASH)
  if (fields === null || paymentHash === undefined) return null
  const expirySeconds = readExpiry(fields)
  if (expirySeconds === null) return null
  const createdSeconds = toNumber(words.subarray(0, TIMESTAMP_WORDS))
  const description = fields.get(FIELD_DESCRIPTION)
  const descriptionHash = fields.get(FIELD_DESCRIPTION_HASH)
  return {
    ...asked,
    paymentHash: asPaymentHash(toBytes(paymentHash)),
    description: description === undefined ? null : decodeUtf8(toBytes(description)),
    descriptionHash: descriptionHash === undefined ? null : toBytes(descriptionHash),
    createdAt: new Date(createdSeconds * 1000),
    expiresAt: new Date((createdSeconds + expirySeconds) * 1000),
    // Made when they are asked for: only who wants to know the payee does.
    get signedBytes() {
      return signedBytes(human, words.subarray(0, bodyWords))
    },
    get signature() {
      return toBytes(words.subarray(bodyWords))
    },
  }
}

/** Human-readable part and data words without checksum; `null` when it is not bech32 in one letter case. */
function splitBech32(written: string): { human: string; words: Uint8Array } | null {
  if (written.length > MAX_CHARACTERS) return null
  const text = written === written.toUpperCase() ? written.toLowerCase() : written
  const separator = text.lastIndexOf('1')
  const words = new Uint8Array(Math.max(0, text.length - separator - 1))
  for (let i = 0; i < words.length; i++) {
    const word = WORD_OF_CODE[text.charCodeAt(separator + 1 + i)] ?? -1
    if (word < 0) return null
    words[i] = word
  }
  const human = text.slice(0, Math.max(0, separator))
  const ends = words.length - CHECKSUM_WORDS
  return ends >= SIGNATURE_WORDS && hasChecksum(human, words) ? { human, words: words.subarray(0, ends) } : null
}

/** BIP 173: what the five bits that leave the state at its top add to it, for each value they can have. */
const REMAINDERS = Int32Array.from({ length: 32 }, (_, top) =>
  [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3].reduce(
    (sum, generator, bit) => ((top >> bit) & 1 ? sum ^ generator : sum),
    0,
  ),
)

/** BIP 173: the checksum polynomial over human-readable part and all words comes out as 1. */
function hasChecksum(human: string, words: Uint8Array): boolean {
  let state = 1
  for (let i = 0; i < human.length; i++) state = step(state, human.charCodeAt(i) >> 5)
  state = step(state, 0)
  for (let i = 0; i < human.length; i++) state = step(state, human.charCodeAt(i) & 31)
  for (const word of words) state = step(state, word)
  return state === 1
}

/** One word further in the checksum; arithmetic in GF(32), as BIP 173 gives it. */
function step(state: number, word: number): number {
  return ((state & 0x1ffffff) << 5) ^ word ^ (REMAINDERS[state >>> 25] as number)
}

/** Millisatoshi in one unit of each multiplier; a pico-bitcoin is a tenth of one. */
const MSAT_PER_UNIT: Readonly<Record<string, bigint>> = { '': 100_000_000_000n, m: 100_000_000n, u: 100_000n, n: 100n }

/** Network and amount; `null` for other currencies and amounts that are none. */
function readHumanPart(human: string): { network: Network; amountMsat: bigint | null } | null {
  const parts = HUMAN_PART.exec(human)
  const network = NETWORKS.get(parts?.[1] ?? '')
  if (parts === null || network === undefined) return null
  if (parts[2] === undefined) return { network, amountMsat: null }
  const amountMsat = readAmount(BigInt(parts[2]), parts[3] as string)
  return amountMsat === null ? null : { network, amountMsat }
}

/** Exact or not at all: an amount in pico-bitcoin has to be whole in millisatoshi. */
function readAmount(amount: bigint, multiplier: string): bigint | null {
  const perUnit = MSAT_PER_UNIT[multiplier]
  if (perUnit === undefined && amount % 10n !== 0n) return null
  const msat = perUnit === undefined ? amount / 10n : amount * perUnit
  return msat > MAX_MSAT ? null : msat
}

/** First field of each type that we read, as words; `null` when a length runs over the end. */
function readFields(words: Uint8Array): Map<number, Uint8Array> | null {
  const fields = new Map<number, Uint8Array>()
  let at = 0
  while (at < words.length) {
    const type = words[at] as number
    const start = at + 3
    const end = start + (((words[at + 1] ?? 0) << 5) | (words[at + 2] ?? 0))
    if (start > words.length || end > words.length) return null
    const data = words.subarray(start, end)
    // BOLT 11: a hash of another length is passed over, not misread.
    const isHash = type === FIELD_HASH || type === FIELD_DESCRIPTION_HASH
    const isRead = isHash ? data.length === HASH_WORDS : type === FIELD_EXPIRY || type === FIELD_DESCRIPTION
    if (isRead && !fields.has(type)) fields.set(type, data)
    at = end
  }
  return fields
}

/** Seconds from creation; `null` when there are too many bits for a date. */
function readExpiry(fields: ReadonlyMap<number, Uint8Array>): number | null {
  const words = fields.get(FIELD_EXPIRY)
  if (words === undefined) return DEFAULT_EXPIRY_SECONDS
  return words.length > MAX_EXPIRY_WORDS ? null : toNumber(words)
}

/** Words as a number, most significant first; at most seven words, so exact. */
function toNumber(words: Uint8Array): number {
  let value = 0
  for (const word of words) value = value * 32 + word
  return value
}

/** Whole bytes of five-bit words; bits that fill no byte are dropped, as BOLT 11 pads fields. */
function toBytes(words: Uint8Array): Uint8Array {
  return packWords(words, Math.floor((words.length * 5) / 8))
}

/** Five-bit words as `length` bytes; a last byte that they do not fill is filled up with zero bits. */
function packWords(words: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let held = 0
  let bits = 0
  let at = 0
  for (const word of words) {
    held = ((held << 5) | word) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = held >> bits
    }
  }
  if (at < length) bytes[at] = held << (8 - bits)
  return bytes
}

/** The signature covers the human-readable part as text and the data words, padded with zero bits to whole bytes. */
function signedBytes(human: string, words: Uint8Array): Uint8Array {
  const data = packWords(words, Math.ceil((words.length * 5) / 8))
  const bytes = new Uint8Array(human.length + data.length)
  for (let i = 0; i < human.length; i++) bytes[i] = human.charCodeAt(i)
  bytes.set(data, human.length)
  return bytes
}
