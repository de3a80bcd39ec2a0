import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { decode } from 'light-bolt11-decoder'
import { expect, test } from 'vitest'
import { publicKeyOf, readInvoice, writeInvoice } from './bolt11.ts'

const SECRET = Buffer.alloc(32, 3)
const TERMS = {
  paymentHash: Buffer.alloc(32, 1),
  paymentAddr: Buffer.alloc(32, 2),
  amountMsat: 210_000n,
  description: 'satstile: Tides',
  descriptionHash: null,
  createdAtSeconds: 1_795_000_000,
  expirySeconds: 900,
}

test('an invoice reads back as it was written, for every amount, memo and time', () => {
  const terms = fc.record({
    paymentHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    paymentAddr: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    amountMsat: fc.option(fc.bigInt({ min: 1n, max: 2_100_000_000_000_000n })),
    description: fc.string({ unit: 'binary', maxLength: 100 }).filter((text) => Buffer.byteLength(text) <= 639),
    descriptionHash: fc.constant(null),
    createdAtSeconds: fc.integer({ min: 0, max: 2 ** 35 - 1 }),
    expirySeconds: fc.integer({ min: 0, max: 2 ** 31 }),
  })
  fc.assert(
    fc.property(terms, (given) => {
      const reading = readInvoice(writeInvoice(given, SECRET))
      expect(reading).toEqual({ kind: 'read', invoice: { ...given, destination: publicKeyOf(SECRET) } })
    }),
    { numRuns: 40 },
  )
})

test("another implementation's decoder reads the same invoice", () => {
  const sections = decode(writeInvoice(TERMS, SECRET)).sections
  const value = (name: string) => sections.find((section) => section.name === name) as { value: unknown } | undefined
  expect(value('amount')?.value).toBe('210000')
  expect(value('payment_hash')?.value).toBe('01'.repeat(32))
  expect(value('payment_secret')?.value).toBe('02'.repeat(32))
  expect(value('description')?.value).toBe('satstile: Tides')
  expect(value('timestamp')?.value).toBe(1_795_000_000)
  expect(sections.some((section) => section.name === 'coin_network')).toBe(true)
})

test('the signature is recovered to the key that signed, and to no other', () => {
  const other = randomBytes(32)
  const reading = readInvoice(writeInvoice(TERMS, other))
  expect(reading.kind === 'read' && reading.invoice.destination).toEqual(publicKeyOf(other))
  expect(reading.kind === 'read' && reading.invoice.destination).not.toEqual(publicKeyOf(SECRET))
})

test('a changed character is refused', () => {
  const text = writeInvoice(TERMS, SECRET)
  for (const at of [15, 60, text.length - 3]) {
    const changed = text.slice(0, at) + (text[at] === 'q' ? 'p' : 'q') + text.slice(at + 1)
    expect(readInvoice(changed).kind).toBe('refused')
  }
})

test('capitals are read, mixed letters are not', () => {
  const text = writeInvoice(TERMS, SECRET)
  expect(readInvoice(text.toUpperCase()).kind).toBe('read')
  expect(readInvoice(text.slice(0, -1) + text.slice(-1).toUpperCase() + (text.endsWith('1') ? 'Q' : '')).kind).toBe(
    'refused',
  )
})

test('an invoice for real coins is refused by its network, text that is none by being none', () => {
  const real =
    'lnbc2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpuaztrnwngzn3kdzw5hydlzf03qdgm2hdq27cqv3agm2awhz5se903vruatfhq77w3ls4evs3ch9zw97j25emudupq63nyw24cg27h2rspfj9srp'
  const refusedBy = (text: string) => {
    const reading = readInvoice(text)
    return reading.kind === 'refused' ? reading.why : ''
  }
  expect(refusedBy(real)).toContain('only regtest')
  for (const text of ['', 'hello', 'lnbcrt', 'x'.repeat(10_000)])
    expect(refusedBy(text)).toMatch(/not a Lightning invoice|too long/)
})
