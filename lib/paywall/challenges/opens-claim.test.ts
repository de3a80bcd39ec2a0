import { expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { opensClaim } from './opens-claim.ts'

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
