import { expect, test } from 'vitest'
import { randomBytes } from '#lib/crypto.ts'
import { composeTokenId, decodeIdentifier, encodeIdentifier } from '#lib/l402/identifier.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { seeded } from '#tests/support/seeded.ts'
import { createVerifiedCache } from './verified-cache.ts'

function tokenOf(mark: number): VerifiedToken {
  const bytes = (length: number) => Buffer.alloc(length, Buffer.from([mark, mark >> 8]))
  const tokenId = composeTokenId(new Uint8Array([0, 0, 0, 1]), bytes(28))
  const read = decodeIdentifier(encodeIdentifier({ paymentHash: bytes(32), tokenId }))
  if (read.kind === 'refused') throw new TypeError('unreadable')
  return { identifier: read.identifier, services: [], expirationMs: null, hasThirdParty: false, cacheable: true }
}
const digest = () => randomBytes(32)

test('only the very bytes that proved a token find it: its public id does not', () => {
  const cache = createVerifiedCache()
  const [token, proof] = [tokenOf(1), digest()]
  cache.add(proof, token)
  expect(cache.find(proof)).toBe(token)
  expect(cache.find(digest())).toBeNull()
  expect(cache.find(token.identifier.tokenId)).toBeNull()
})

test('four copies of a token are kept, a fifth pushes out the oldest', () => {
  const cache = createVerifiedCache()
  const token = tokenOf(1)
  const proofs = Array.from({ length: 5 }, digest)
  for (const proof of proofs) cache.add(proof, token)
  expect(proofs.map((proof) => cache.find(proof) !== null)).toEqual([false, true, true, true, true])
})

test('a revoked token is forgotten with all its copies, and no other', () => {
  const cache = createVerifiedCache()
  const [token, other] = [tokenOf(1), tokenOf(2)]
  const proofs = [digest(), digest(), digest()] as const
  cache.add(proofs[0], token)
  cache.add(proofs[1], token)
  cache.add(proofs[2], other)
  cache.remove(token.identifier.tokenId)
  expect(proofs.map((proof) => cache.find(proof))).toEqual([null, null, other])
})

test('more tokens than there is room for push out the oldest', () => {
  const cache = createVerifiedCache({ maxTokens: 2, random: () => 0 })
  const proofs = [1, 2, 3].map((mark) => {
    const proof = digest()
    cache.add(proof, tokenOf(mark))
    return proof
  })
  expect(proofs.map((proof) => cache.find(proof) !== null)).toEqual([false, true, true])
})

test('a newcomer that a full cache does not take in leaves what is kept as it is', () => {
  const cache = createVerifiedCache({ maxTokens: 1, random: () => 0.99 })
  const proofs = [digest(), digest()] as const
  proofs.forEach((proof, mark) => {
    cache.add(proof, tokenOf(mark))
  })
  expect(proofs.map((proof) => cache.find(proof) !== null)).toEqual([true, false])
})

// Were the oldest pushed out each time, a gateway would verify every request as soon as one token more is read than fit.
test('twice as many tokens in turn as there is room for find more than two in five verified already', () => {
  const room = 500
  const random = seeded(1)
  const cache = createVerifiedCache({ maxTokens: room, random: () => random.below(1_000) / 1_000 })
  const tokens = Array.from({ length: 2 * room }, (_, mark) => [digest(), tokenOf(mark)] as const)
  const walk = () => tokens.filter(([proof, token]) => cache.find(proof) !== null || cache.add(proof, token)).length
  for (let round = 0; round < 10; round += 1) walk()
  const rounds = Array.from({ length: 20 }, walk)
  expect(rounds.reduce((sum, found) => sum + found, 0) / (20 * 2 * room)).toBeGreaterThan(0.4)
  expect(Math.min(...rounds)).toBeGreaterThan(0.3 * 2 * room)
})

test('as many tokens in turn as there is room for are all found', () => {
  const cache = createVerifiedCache({ maxTokens: 500 })
  const tokens = Array.from({ length: 500 }, (_, mark) => [digest(), tokenOf(mark)] as const)
  for (const [proof, token] of tokens) cache.add(proof, token)
  expect(tokens.every(([proof, token]) => cache.find(proof) === token)).toBe(true)
})
