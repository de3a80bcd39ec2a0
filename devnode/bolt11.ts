/** Writes signed BOLT 11 invoices and reads back what they say; regtest only. */
import { createHash } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bech32 } from '@scure/base'

export interface InvoiceTerms {
  readonly paymentHash: Buffer
  readonly paymentAddr: Buffer
  /** `null`: any amount. */
  readonly amountMsat: bigint | null
  /** At most 639 bytes of UTF-8; ignored when there is a `descriptionHash`. */
  readonly description: string
  readonly descriptionHash: Buffer | null
  readonly createdAtSeconds: number
  readonly expirySeconds: number
}

export interface ReadInvoice extends InvoiceTerms {
  /** Recovered from the signature, so it is the signer's: 33 bytes. */
  readonly destination: Buffer
}

export type Reading = { kind: 'read'; invoice: ReadInvoice } | { kind: 'refused'; why: string }

const PREFIX = 'lnbcrt'
export const FINAL_CLTV_DELTA = 80
const DEFAULT_EXPIRY_SECONDS = 3600
const SIGNATURE_WORDS = 104
const TIMESTAMP_WORDS = 7
/** BOLT 11 field types, as 5-bit values. */
const FIELD = { hash: 1, addr: 16, description: 13, descriptionHash: 23, expiry: 6, cltv: 24, features: 5 } as const
/** var_onion_optin (8) and payment_secret (14) required, basic_mpp (17) optional. */
const FEATURE_WORDS = numberWords((1n << 8n) | (1n << 14n) | (1n << 17n))

/** The invoice, signed with a 32-byte `secretKey`. */
export function writeInvoice(terms: InvoiceTerms, secretKey: Uint8Array): string {
  const prefix = PREFIX + formatAmount(terms.amountMsat)
  const description =
    terms.descriptionHash === null
      ? field(FIELD.description, bech32.toWords(Buffer.from(terms.description)))
      : field(FIELD.descriptionHash, bech32.toWords(terms.descriptionHash))
  const words = [
    ...numberWords(BigInt(terms.createdAtSeconds), TIMESTAMP_WORDS),
    ...field(FIELD.hash, bech32.toWords(terms.paymentHash)),
    ...field(FIELD.addr, bech32.toWords(terms.paymentAddr)),
    ...description,
    ...field(FIELD.expiry, numberWords(BigInt(terms.expirySeconds))),
    ...field(FIELD.cltv, numberWords(BigInt(FINAL_CLTV_DELTA))),
    ...field(FIELD.features, FEATURE_WORDS),
  ]
  const signed = secp256k1.sign(digest(prefix, words), secretKey, { prehash: false, format: 'recovered' })
  // noble puts the recovery number first, BOLT 11 last.
  const signature = bech32.toWords(Buffer.concat([signed.subarray(1), signed.subarray(0, 1)]))
  return bech32.encode(prefix, [...words, ...signature], false)
}

/** Reads an invoice in either letter case; the sentence of a refusal can be shown to people. */
export function readInvoice(text: string): Reading {
  const refuse = (why: string): Reading => ({ kind: 'refused', why })
  if (text.length > 7089) return refuse('This is too long for a Lightning invoice.')
  const decoded = bech32.decodeUnsafe(text, false)
  if (decoded === undefined) return refuse('This is not a Lightning invoice, or a character of it was changed.')
  const amount = /^lnbcrt(?:(\d+)([munp]?))?$/.exec(decoded.prefix)
  if (amount === null) {
    return refuse(
      decoded.prefix.startsWith('ln')
        ? `This invoice asks for real or test coins (${decoded.prefix.slice(0, 6)}…); here only regtest invoices (lnbcrt…) can be paid.`
        : 'This is not a Lightning invoice.',
    )
  }
  const amountMsat = amount[1] === undefined ? null : parseAmount(amount[1], amount[2] ?? '')
  const body = decoded.words.slice(0, -SIGNATURE_WORDS)
  if (amountMsat === undefined || body.length < TIMESTAMP_WORDS) return refuse('This invoice is not complete.')
  const fields = readFields(body)
  const destination = recover(decoded.prefix, decoded.words)
  const paymentHash = bytesOf(fields.get(FIELD.hash), 32)
  const paymentAddr = bytesOf(fields.get(FIELD.addr), 32)
  if (destination === null || paymentHash === null || paymentAddr === null)
    return refuse('This invoice is not complete.')
  const expiry = fields.get(FIELD.expiry)
  const invoice = {
    paymentHash,
    paymentAddr,
    amountMsat,
    description: bytesOf(fields.get(FIELD.description), null)?.toString() ?? '',
    descriptionHash: bytesOf(fields.get(FIELD.descriptionHash), 32),
    createdAtSeconds: wordsNumber(body.slice(0, TIMESTAMP_WORDS)),
    expirySeconds: expiry === undefined ? DEFAULT_EXPIRY_SECONDS : wordsNumber(expiry),
    destination,
  }
  return { kind: 'read', invoice }
}

/** The public key of a secret key, 33 bytes. */
export function publicKeyOf(secretKey: Uint8Array): Buffer {
  return Buffer.from(secp256k1.getPublicKey(secretKey, true))
}

/** Amounts are in bitcoin with a multiplier; one millisatoshi is ten pico-bitcoin. The shortest form is used. */
function formatAmount(amountMsat: bigint | null): string {
  if (amountMsat === null) return ''
  const multipliers = [
    ['', 100_000_000_000n],
    ['m', 100_000_000n],
    ['u', 100_000n],
    ['n', 100n],
  ] as const
  for (const [letter, unit] of multipliers) if (amountMsat % unit === 0n) return `${amountMsat / unit}${letter}`
  return `${amountMsat * 10n}p`
}

/** `undefined`: not a whole number of millisatoshi, or beyond what can exist. */
function parseAmount(digits: string, letter: string): bigint | undefined {
  if (digits.length > 19) return undefined
  const picoPerUnit = { '': 1_000_000_000_000n, m: 1_000_000_000n, u: 1_000_000n, n: 1_000n, p: 1n }[letter] ?? 0n
  const pico = BigInt(digits) * picoPerUnit
  return pico > 0n && pico % 10n === 0n ? pico / 10n : undefined
}

function field(type: number, data: readonly number[]): number[] {
  return [type, data.length >> 5, data.length & 31, ...data]
}

/** The first of each field counts; what is cut short is dropped and missed later. */
function readFields(body: readonly number[]): Map<number, number[]> {
  const fields = new Map<number, number[]>()
  let at = TIMESTAMP_WORDS
  while (at + 3 <= body.length) {
    const type = body[at] ?? 0
    const length = (body[at + 1] ?? 0) * 32 + (body[at + 2] ?? 0)
    const data = body.slice(at + 3, at + 3 + length)
    at += 3 + length
    if (data.length === length && !fields.has(type)) fields.set(type, data)
  }
  return fields
}

function bytesOf(words: number[] | undefined, length: number | null): Buffer | null {
  const bytes = words === undefined ? undefined : bech32.fromWordsUnsafe(words)
  if (bytes === undefined || (length !== null && bytes.length !== length)) return null
  return Buffer.from(bytes)
}

/** Base-32 digits of a number, most significant first, at least `minLength`. */
function numberWords(value: bigint, minLength = 1): number[] {
  const words: number[] = []
  for (let rest = value; rest > 0n || words.length < minLength; rest >>= 5n) words.unshift(Number(rest & 31n))
  return words
}

const wordsNumber = (words: readonly number[]) => words.reduce((sum, word) => sum * 32 + word, 0)

function digest(prefix: string, words: readonly number[]): Buffer {
  const hash = createHash('sha256').update(prefix)
  return hash.update(packBits(words)).digest()
}

/** Words to bytes, zero bits at the end: the bytes that are signed need not be whole. */
function packBits(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil((words.length * 5) / 8))
  for (const [index, word] of words.entries()) {
    for (let bit = 0; bit < 5; bit++) {
      const position = index * 5 + bit
      if ((word >> (4 - bit)) & 1) bytes[position >> 3] = (bytes[position >> 3] ?? 0) | (0x80 >> (position & 7))
    }
  }
  return bytes
}

function recover(prefix: string, words: readonly number[]): Buffer | null {
  const signature = bytesOf(words.slice(-SIGNATURE_WORDS), 65)
  if (signature === null) return null
  const recovered = Buffer.concat([signature.subarray(64), signature.subarray(0, 64)])
  try {
    const message = digest(prefix, words.slice(0, -SIGNATURE_WORDS))
    return Buffer.from(secp256k1.recoverPublicKey(recovered, message, { prehash: false }))
  } catch {
    return null
  }
}
