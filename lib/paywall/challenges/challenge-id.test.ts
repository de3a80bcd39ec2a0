import { expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { adoptedId, claimMarkIn, composeChallengeId, deriveTokenId, idsOfRow, isAdopted } from './challenge-id.ts'

const paymentHash = asPaymentHash(sha256(new Uint8Array([1])))
const otherHash = asPaymentHash(sha256(new Uint8Array([2])))
const claimHash = sha256(new Uint8Array(32).fill(9))
const createdAt = new Date('2026-11-28T21:00:00.000Z')
const facts = { paymentHash, claimHash, createdAt }
const id = composeChallengeId(sha256, facts)

test('an id has letters and digits only, and sorts by its time', () => {
  expect(id).toMatch(/^chl_[0-9a-z]{40}$/)
  const later = composeChallengeId(sha256, {
    ...facts,
    paymentHash: otherHash,
    createdAt: new Date('2026-11-28T21:00:00.001Z'),
  })
  const earlier = composeChallengeId(sha256, { ...facts, paymentHash: otherHash, createdAt: new Date('2001-01-01') })
  expect([later, id, earlier].toSorted()).toEqual([earlier, id, later])
})

test('the row of an id is looked for as adopted too, by the invoice alone', () => {
  expect(idsOfRow(id)).toEqual([id, adoptedId(paymentHash)])
  const asked = composeChallengeId(sha256, { ...facts, claimHash: null, createdAt: new Date(0) })
  expect(idsOfRow(asked)).toEqual([asked, adoptedId(paymentHash)])
  expect(adoptedId(otherHash)).not.toBe(adoptedId(paymentHash))
})

test.each(['chl_01kaz0000000000000000000000', adoptedId(paymentHash), 'chl_', ''])(
  '"%s" is looked for as it is',
  (text) => {
    expect(idsOfRow(text)).toEqual([text])
    expect(claimMarkIn(text)).toBeNull()
  },
)

test('no id that is given out looks adopted, whatever the time', () => {
  expect(isAdopted(adoptedId(paymentHash))).toBe(true)
  for (const ms of [0, createdAt.getTime(), 2 ** 48 - 1])
    expect(isAdopted(composeChallengeId(sha256, { ...facts, createdAt: new Date(ms) }))).toBe(false)
})

test('the end of an id changes with the claim, with the invoice, and not with the time', () => {
  const mark = claimMarkIn(id)
  expect(claimMarkIn(composeChallengeId(sha256, { ...facts, createdAt: new Date(0) }))).toBe(mark)
  for (const other of [{ claimHash: null }, { claimHash: sha256(claimHash) }, { paymentHash: otherHash }])
    expect(claimMarkIn(composeChallengeId(sha256, { ...facts, ...other }))).not.toBe(mark)
})

test('a token id follows from key and invoice, and two invoices never share one', () => {
  const keyId = new Uint8Array([1, 2, 3, 4])
  const tokenId = deriveTokenId(sha256, keyId, paymentHash)
  expect(tokenId.subarray(0, 4)).toEqual(keyId)
  expect(deriveTokenId(sha256, keyId, paymentHash)).toEqual(tokenId)
  expect(deriveTokenId(sha256, keyId, otherHash)).not.toEqual(tokenId)
  expect(deriveTokenId(sha256, new Uint8Array(4), paymentHash)).not.toEqual(tokenId)
})
