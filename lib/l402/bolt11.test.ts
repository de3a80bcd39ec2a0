import { secp256k1 } from '@noble/curves/secp256k1.js'
import { bech32 } from '@scure/base'
import fc from 'fast-check'
import { decode as decodeByOthers } from 'light-bolt11-decoder'
import { describe, expect, it } from 'vitest'
import { HOSTILE_VALUES } from '#tests/support/hostile-headers.ts'
import { ctx } from '#tests/support/l402.ts'
import { type Invoice, readInvoice } from './bolt11.ts'
import { recoverPayee } from './bolt11-payee.ts'
import { concatBytes, encodeHex, encodeUtf8 } from './bytes.ts'

const nodeKey = new Uint8Array(32).fill(1)
const HASH = new Uint8Array(32).fill(7)

const wordsOf = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor(value / 32 ** (count - 1 - i)) % 32)
const field = (type: number, words: readonly number[]): number[] => [
  type,
  words.length >> 5,
  words.length & 31,
  ...words,
]
const bytesField = (type: number, bytes: Uint8Array): number[] => field(type, bech32.toWords(bytes))
const hashField = bytesField(1, HASH)
const descriptionField = bytesField(13, encodeUtf8('Article'))

/** Signs an invoice of any content, well-formed or not: written for these tests with other code than the reader's. */
function write(
  human: string,
  fields: readonly number[],
  options: { createdSeconds?: number; recovery?: number } = {},
): string {
  const data = [...wordsOf(options.createdSeconds ?? 1_800_000_000, 7), ...fields]
  const padded = [...data, ...new Array(7).fill(0)].slice(0, Math.ceil(data.length / 8) * 8)
  const packed = bech32.fromWordsUnsafe(padded) ?? new Uint8Array()
  const signedPart = packed.subarray(0, Math.ceil((data.length * 5) / 8))
  const message = ctx.sha256(concatBytes(encodeUtf8(human), signedPart))
  const recovered = secp256k1.sign(message, nodeKey, { prehash: false, format: 'recovered' })
  const signature = concatBytes(recovered.subarray(1), new Uint8Array([options.recovery ?? (recovered[0] as number)]))
  return bech32.encode(human, [...data, ...bech32.toWords(signature)], false)
}

function read(text: string): Invoice {
  const invoice = readInvoice(text)
  if (invoice === null) throw new TypeError('an invoice of a test does not read')
  return invoice
}

describe('reading', () => {
  it('reads what others read, from every network and amount', () => {
    const amount = fc.tuple(fc.integer({ min: 1, max: 2_000 }), fc.constantFrom('m', 'u', 'n'))
    const network = fc.constantFrom(['bc', 'mainnet'], ['tb', 'testnet'], ['tbs', 'signet'], ['bcrt', 'regtest'])
    const text = fc.string({ maxLength: 40 })
    fc.assert(
      fc.property(
        network,
        amount,
        text,
        fc.nat(86_400),
        fc.nat(2 ** 31),
        ([prefix, name], [count, unit], memo, expiry, created) => {
          const fields = [...hashField, ...bytesField(13, encodeUtf8(memo)), ...field(6, wordsOf(expiry, 4))]
          const written = write(`ln${prefix}${count}${unit}`, fields, { createdSeconds: created })
          const ours = read(written)
          const theirs = decodeByOthers(written).sections
          const section = (wanted: string): unknown =>
            (theirs.find(({ name: found }) => found === wanted) as { value?: unknown })?.value
          expect(ours.network).toBe(name)
          expect(String(ours.amountMsat)).toBe(section('amount'))
          expect(encodeHex(ours.paymentHash)).toBe(section('payment_hash'))
          expect(ours.description).toBe(memo)
          expect(ours.createdAt.getTime()).toBe(created * 1000)
          expect(ours.expiresAt.getTime()).toBe((created + expiry) * 1000)
          expect(section('timestamp')).toBe(created)
        },
      ),
    )
  })
  it.each([
    ['lnbc', null],
    ['lnbc1', 100_000_000_000n],
    ['lnbc1m', 100_000_000n],
    ['lnbc1u', 100_000n],
    ['lnbc1n', 100n],
    ['lnbc10p', 1n],
    ['lnbc25p', undefined],
    ['lnbc0n', undefined],
    ['lnbc01n', undefined],
    ['lnbc1x', undefined],
    ['lnbcm', undefined],
    ['lnbc21000000', 2_100_000_000_000_000_000n],
    ['lnbc21000001', undefined],
    ['lnbc9999999999999999999', undefined],
    ['lnbc10000000000000000000', undefined],
    ['lnxx1n', undefined],
    ['xnbc1n', undefined],
    ['lnsb1n', 100n],
  ])('%s asks for %s msat', (human, amountMsat) => {
    const invoice = readInvoice(write(human, hashField))
    expect(invoice === null ? undefined : invoice.amountMsat).toBe(amountMsat)
  })
  it('reads upper case, never a mixture', () => {
    const text = write('lnbc1n', [...hashField, ...descriptionField])
    expect(read(text.toUpperCase())).toEqual(read(text))
    expect(readInvoice(text.slice(0, 60) + text.slice(60).toUpperCase())).toBeNull()
    expect(readInvoice(`LN${text.slice(2)}`)).toBeNull()
  })
  it('without an expiry an invoice lasts an hour; without a description it has none', () => {
    const invoice = read(write('lnbc1n', hashField))
    expect(invoice.expiresAt.getTime() - invoice.createdAt.getTime()).toBe(3_600_000)
    expect(invoice.description).toBeNull()
    expect(
      read(write('lnbc1n', [...hashField, ...bytesField(13, new Uint8Array([0xff, 0xfe]))])).description,
    ).toBeNull()
    expect(read(write('lnbc1n', [...hashField, ...field(13, [])])).description).toBe('')
  })
  it('of repeated fields the first counts; unknown ones are passed over', () => {
    const fields = [
      ...field(31, [1, 2, 3]),
      ...field(1, [1]),
      ...hashField,
      ...bytesField(1, new Uint8Array(32)),
      ...field(6, [1]),
      ...field(6, [2]),
      ...descriptionField,
      ...bytesField(13, encodeUtf8('other')),
    ]
    const invoice = read(write('lnbc1n', fields))
    expect(invoice.paymentHash).toEqual(HASH)
    expect(invoice.description).toBe('Article')
    expect(invoice.expiresAt.getTime() - invoice.createdAt.getTime()).toBe(1_000)
  })
  it.each([
    ['no payment hash', descriptionField],
    ['a payment hash of 51 words', field(1, bech32.toWords(HASH).slice(1))],
    ['a payment hash of 53 words', field(1, [...bech32.toWords(HASH), 0])],
    ['a field that runs over the end', [...hashField, 13, 0, 5, 1, 2, 3, 4]],
    ['a field header cut after the type', [...hashField, 13]],
    ['a field header cut after one length word', [...hashField, 13, 0]],
    ['an expiry of more than 35 bits', [...hashField, ...field(6, [0, 0, 0, 0, 0, 0, 0, 1])]],
  ])('with %s it is none', (_, fields) => {
    expect(readInvoice(write('lnbc1n', fields))).toBeNull()
  })
  it('a long expiry of 35 bits still is a date', () => {
    const invoice = read(write('lnbc1n', [...hashField, ...field(6, new Array(7).fill(31))]))
    expect(Number.isNaN(invoice.expiresAt.getTime())).toBe(false)
  })
  it('an invoice that is nothing but a signature, or less, is none', () => {
    expect(readInvoice(bech32.encode('lnbc', new Array(110).fill(0), false))).toBeNull()
    expect(readInvoice(bech32.encode('lnbc', new Array(104).fill(0), false))).toBeNull()
    expect(readInvoice(bech32.encode('lnbc', new Array(103).fill(0), false))).toBeNull()
    expect(readInvoice(bech32.encode('lnbc', [], false))).toBeNull()
  })
})

describe('strictness', () => {
  const text = write('lnbc210n', [...hashField, ...descriptionField])
  it('any changed character makes it none', () => {
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7lbio1- \u0100'),
        (at, character) => {
          fc.pre(text[at] !== character)
          expect(readInvoice(text.slice(0, at) + character + text.slice(at + 1))).toBeNull()
        },
      ),
      { numRuns: 2_000 },
    )
  })
  it('any cut makes it none', () => {
    for (let length = 0; length < text.length; length++) expect(readInvoice(text.slice(0, length))).toBeNull()
    expect(readInvoice(`${text}q`)).toBeNull()
    expect(readInvoice(` ${text}`)).toBeNull()
  })
  it('nothing of more than 4,096 characters is read', () => {
    const filler = (words: number): number[] => field(31, new Array(words).fill(0))
    const long = (lastWords: number): string =>
      write('lnbc210n', [...hashField, ...filler(1_000), ...filler(1_000), ...filler(1_000), ...filler(lastWords)])
    const rest = 4_096 - long(0).length
    expect(long(rest)).toHaveLength(4_096)
    expect(readInvoice(long(rest))).not.toBeNull()
    expect(readInvoice(long(rest + 1))).toBeNull()
  })
  it.each(Object.entries(HOSTILE_VALUES))('hostile text is none: %s', (_, value) => {
    expect(readInvoice(value)).toBeNull()
    expect(readInvoice(`lnbc1${value.slice(0, 4_000)}`)).toBeNull()
  })
})

describe('payee', () => {
  const payee = encodeHex(secp256k1.getPublicKey(nodeKey, true))
  it('is the key that signed, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (memo) => {
        const invoice = read(write('lnbc210n', [...hashField, ...bytesField(13, encodeUtf8(memo))]))
        expect(encodeHex(recoverPayee(ctx.sha256, invoice) ?? new Uint8Array())).toBe(payee)
      }),
      { numRuns: 20 },
    )
  })
  it('is another or none when anything that is signed changes', () => {
    const invoice = read(write('lnbc210n', hashField))
    const changed = { ...invoice, signedBytes: invoice.signedBytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) }
    expect(encodeHex(recoverPayee(ctx.sha256, changed) ?? new Uint8Array())).not.toBe(payee)
    expect(recoverPayee(ctx.sha256, { ...invoice, signature: new Uint8Array(65) })).toBeNull()
    expect(recoverPayee(ctx.sha256, read(write('lnbc210n', hashField, { recovery: 9 })))).toBeNull()
  })
})
