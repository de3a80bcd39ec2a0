import { expect, test } from 'vitest'
import { formatCursor, readBytes, readCursor, readIdentity, readInvoiceMessage, readUint } from './messages.ts'

const MESSAGE = {
  r_hash: Buffer.alloc(32, 4),
  r_preimage: Buffer.alloc(32, 5),
  state: 'SETTLED',
  amt_paid_msat: '9007199254740993',
  settle_index: '18446744073709551615',
  settle_date: '1795000000',
  add_index: '7',
  memo: 'satstile',
  creation_date: '1794999000',
  expiry: '900',
}

test('64-bit numbers keep their last digit', () => {
  const update = readInvoiceMessage(MESSAGE)
  expect(update.receivedMsat).toBe(9_007_199_254_740_993n)
  expect(update.settleCursor).toBe('18446744073709551615')
  expect(update.listCursor).toBe('00000000000000000007')
})

test('no member of an update is the preimage', () => {
  const bytes = Object.values(readInvoiceMessage(MESSAGE)).filter((value) => value instanceof Uint8Array)
  expect(bytes).toEqual([new Uint8Array(32).fill(4)])
})

test('only a settled invoice has a settle cursor and a time', () => {
  for (const [state, ours] of [
    ['OPEN', 'open'],
    ['CANCELED', 'canceled'],
    ['ACCEPTED', 'held'],
  ]) {
    const update = readInvoiceMessage({ ...MESSAGE, state })
    expect([update.state, update.settleCursor, update.settledAt]).toEqual([ours, null, null])
  }
  expect(readInvoiceMessage(MESSAGE).settledAt).toEqual(new Date(1_795_000_000_000))
})

test('an expiry beyond all dates is far away, not an invalid date', () => {
  const update = readInvoiceMessage({ ...MESSAGE, expiry: '9223372036854775807' })
  expect(Number.isFinite(update.expiresAt.getTime())).toBe(true)
})

test('what does not fit lnd’s protocol is a fault that names the field and no value', () => {
  const cases = [
    [{ r_hash: Buffer.alloc(31) }, 'r_hash'],
    [{ state: 'PAID' }, 'state'],
    [{ amt_paid_msat: '-1' }, 'amt_paid_msat'],
    [{ add_index: 7 }, 'add_index'],
    [{ settle_index: '' }, 'settle_index'],
  ] as const
  for (const [change, field] of cases) {
    expect(() => readInvoiceMessage({ ...MESSAGE, ...change })).toThrow(
      expect.objectContaining({ code: 'lightning.refused', message: expect.stringContaining(field) }),
    )
  }
  expect(() => readUint({}, 'value')).toThrow('value')
  expect(() => readBytes({}, 'r_hash', 32)).toThrow('r_hash')
})

test('an identity is 33 bytes in hex and a network; one without chains is on no network we accept', () => {
  const identity_pubkey = `02${'ab'.repeat(32)}`
  const identity = readIdentity({ identity_pubkey, chains: [{ chain: 'bitcoin', network: 'signet' }] })
  expect([identity.key, identity.network]).toEqual([identity_pubkey, 'signet'])
  expect(readIdentity({ identity_pubkey, chains: [] }).network).toBe('unknown')
  expect(() => readIdentity({ identity_pubkey: '02', chains: [] })).toThrow('identity_pubkey')
})

test('cursors sort as text the way their indexes count, and go back to lnd as the numbers they were', () => {
  const indexes = [1n, 9n, 10n, 99n, 100n, 9_007_199_254_740_993n, 18_446_744_073_709_551_615n]
  const cursors = indexes.map(formatCursor)
  expect(cursors.toSorted()).toEqual(cursors)
  expect(cursors.map(readCursor)).toEqual(indexes.map(String))
  expect(readCursor(null)).toBe('0')
})

test('a cursor that lnd never gave is refused before it is asked', () => {
  for (const cursor of ['', '7', 'x'.repeat(20), ` ${'0'.repeat(19)}`])
    expect(() => readCursor(cursor)).toThrow('cursor')
})
