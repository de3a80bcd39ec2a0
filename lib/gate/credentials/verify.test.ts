import { expect, test } from 'vitest'
import { randomBytes, sha256 } from '#lib/crypto.ts'
import { concatBytes, createHmac, encodeUtf8 } from '#lib/l402/bytes.ts'
import { composeTokenId, encodeIdentifier } from '#lib/l402/identifier.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon } from '#lib/l402/macaroon.ts'
import { asPreimage } from '#lib/l402/preimage.ts'
import { type Credential, mintToken } from '#lib/l402/token.ts'
import { createBlockList } from '#lib/paywall/blocks/block-list.ts'
import { deriveRootKey } from '#lib/paywall/keys/key-ring.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { createDenyList } from '#lib/paywall/tokens/deny-list.ts'
import { createVerifiedCache } from './verified-cache.ts'
import { verifyCredential } from './verify.ts'

const l402 = { sha256, hmac: createHmac(sha256) }
const keyId = new Uint8Array([0, 0, 0, 1])
const ringKey = randomBytes(32)
const preimage = asPreimage(new Uint8Array(32).fill(5))
const tokenId = composeTokenId(keyId, new Uint8Array(28).fill(9))
const paymentHash = sha256(preimage)
const rootKey = deriveRootKey(l402.hmac, ringKey, encodeIdentifier({ paymentHash, tokenId }))
const macaroon = mintToken(l402, { rootKey, paymentHash, tokenId, caveats: ['services=k3h-tides:0'] })
const paid: Credential = { macaroons: [macaroon], preimage }

function creatorWith(denials: Parameters<typeof createDenyList>[0] = [], key: Uint8Array = ringKey): CreatorSnapshot {
  const ring = { active: null, find: () => ({ key, state: 'active' as const }) }
  return {
    creatorId: 'cre_1',
    shortId: 'k3h',
    handle: 'harbor',
    host: 'harbor.localhost',
    name: 'Harbor Notes',
    byline: '',
    about: '',
    picture: null,
    changeNumber: 1n,
    resources: [],
    bySlug: new Map(),
    bySlugBefore: new Map(),
    gone: new Map(),
    goneServices: new Map(),
    services: new Map(),
    ring,
    denied: createDenyList(denials),
    blocked: createBlockList([]),
  }
}

/** A cache in which the paid credential is remembered; `owner`: whose key it names, as far as this process knows. */
function warm(owner: string | null = null) {
  const deps = { l402, cache: createVerifiedCache(), keyOwners: { find: () => owner } }
  expect(verifyCredential(deps, creatorWith(), paid).kind).toBe('verified')
  return deps
}
const detailOf = (verdict: ReturnType<typeof verifyCredential>) =>
  verdict.kind === 'refused' ? verdict.refusal.detail : 'verified'

test('a remembered credential is the same token again', () => {
  const deps = warm()
  const verdict = verifyCredential(deps, creatorWith(), paid)
  expect(verdict).toMatchObject({ kind: 'verified', token: { identifier: { tokenId } } })
})

test.each<[string, Credential, string]>([
  ['the macaroon without its preimage', { macaroons: [macaroon], preimage: null }, 'preimage'],
  ['another preimage', { macaroons: [macaroon], preimage: asPreimage(new Uint8Array(32).fill(6)) }, 'preimage'],
  [
    'macaroon and preimage as one macaroon',
    { macaroons: [concatBytes(macaroon, preimage)], preimage: null },
    'structure',
  ],
  [
    'the same bytes cut elsewhere',
    { macaroons: [macaroon.subarray(0, 9), macaroon.subarray(9)], preimage },
    'structure',
  ],
])('what is remembered does not let in %s', (_what, credential, detail) => {
  expect(detailOf(verifyCredential(warm(), creatorWith(), credential))).toBe(detail)
})

test('an attenuated copy is judged by its own bytes', () => {
  const deps = warm()
  const read = decodeMacaroon(macaroon)
  if (read.kind === 'refused') throw new TypeError('unreadable')
  const narrow = encodeMacaroon(appendCaveat(l402.hmac, read.macaroon, encodeUtf8('k3h-tides_colour=red')))
  expect(detailOf(verifyCredential(deps, creatorWith(), { macaroons: [narrow], preimage }))).toBe('caveat_unknown')
})

test.each([
  ['token', tokenId],
  ['key', keyId],
] as const)('a withdrawn %s is refused although it is remembered', (kind, subject) => {
  const deps = warm()
  expect(detailOf(verifyCredential(deps, creatorWith([{ kind, subject, service: '' }]), paid))).toBe('revoked')
})

test('a token of another creator is refused although it is remembered', () => {
  const elsewhere = { ...creatorWith(), ring: { active: null, find: () => null } }
  expect(detailOf(verifyCredential(warm(), elsewhere, paid))).toBe('key')
})

test.each([
  ['another creator', 'cre_2', 'creator'],
  ['nobody that this process knows', null, 'key'],
  ['this creator, retired', 'cre_1', 'key'],
])('a token whose key belongs to %s is told so', (_whose, owner, detail) => {
  const elsewhere = { ...creatorWith(), ring: { active: null, find: () => null } }
  expect(detailOf(verifyCredential(warm(owner), elsewhere, paid))).toBe(detail)
})

test('another ring key opens nothing', () => {
  const deps = { l402, cache: createVerifiedCache(), keyOwners: { find: () => null } }
  expect(detailOf(verifyCredential(deps, creatorWith([], randomBytes(32)), paid))).toBe('signature')
})
