import { expect, test } from 'vitest'
import { randomBytes } from '#lib/crypto.ts'
import { composeTokenId, decodeIdentifier, encodeIdentifier } from '#lib/l402/identifier.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { createVerifiedCache } from './verified-cache.ts'

function tokenOf(mark: number): VerifiedToken {
  const tokenId = composeTokenId(new Uint8Array([0, 0, 0, 1]), new Uint8Array(28).fill(mark))
  const read = decodeIdentifier(encodeIdentifier({ paymentHash: new Uint8Array(32).fill(mark), tokenId }))
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
  const cache = createVerifiedCache(2)
  const proofs = [1, 2, 3].map((mark) => {
    const proof = digest()
    cache.add(proof, tokenOf(mark))
    return proof
  })
  expect(proofs.map((proof) => cache.find(proof) !== null)).toEqual([false, true, true])
})
