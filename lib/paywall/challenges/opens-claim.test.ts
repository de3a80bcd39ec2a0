import { describe, expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { adoptedId, composeChallengeId } from './challenge-id.ts'
import { type Claimable, opensChallenge, opensClaim } from './opens-claim.ts'

const l402 = { sha256 }
const secret = new Uint8Array(32).fill(9)
const claimHash = sha256(secret)

test('a claim is opened by its own secret', () => {
  expect(opensClaim(l402, claimHash, secret)).toBe(true)
})

test.each<[string, Uint8Array | null, Uint8Array | null]>([
  ['another secret', claimHash, new Uint8Array(32).fill(8)],
  ['the hash of the secret', claimHash, claimHash],
  ['a part of the secret', claimHash, secret.subarray(0, 31)],
  ['no secret', claimHash, null],
  ['any secret, when the challenge was made without one', null, secret],
  ['a secret for a hash of another length', claimHash.subarray(0, 31), secret],
  ['an empty secret for its own hash', sha256(new Uint8Array()), new Uint8Array()],
])('is not opened by %s', (_what, hash, presented) => {
  expect(opensClaim(l402, hash, presented)).toBe(false)
})

test('is not opened by a secret whose hash agrees in every byte but one, wherever that stands', () => {
  for (let at = 0; at < claimHash.length; at += 1) {
    const other = claimHash.map((byte, n) => (n === at ? byte ^ 1 : byte))
    expect([at, opensClaim(l402, other, secret)]).toEqual([at, false])
  }
})

describe('a challenge whose row does not know its claim, being adopted', () => {
  const paymentHash = asPaymentHash(sha256(new Uint8Array([1])))
  const facts = { paymentHash, claimHash, createdAt: new Date(0) }
  const id = composeChallengeId(sha256, facts)
  const adopted = { id, paymentHash, claimHash: null }

  test('is opened by the secret that its id was made with', () => {
    expect(opensChallenge(l402, adopted, secret)).toBe(true)
    expect(opensChallenge(l402, { ...adopted, claimHash }, secret)).toBe(true)
  })

  test.each<[string, Partial<Claimable>, Uint8Array | null]>([
    ['another secret', {}, new Uint8Array(32).fill(8)],
    ['the hash of the secret', {}, claimHash],
    ['no secret', {}, null],
    ['a part of the secret', {}, secret.subarray(0, 31)],
    ['the secret, for another invoice', { paymentHash: asPaymentHash(sha256(new Uint8Array([2]))) }, secret],
    ['the secret, under the id of the adopted row', { id: adoptedId(paymentHash) }, secret],
    ['the secret, under an older id', { id: 'chl_01kaz0000000000000000000000' }, secret],
    [
      'any secret, when it was asked for without one',
      { id: composeChallengeId(sha256, { ...facts, claimHash: null }) },
      secret,
    ],
    ['the secret in its id, when the row knows another', { claimHash: sha256(claimHash) }, secret],
  ])('is not opened by %s', (_what, change, presented) => {
    expect(opensChallenge(l402, { ...adopted, ...change }, presented)).toBe(false)
  })
})
