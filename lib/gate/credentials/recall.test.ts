/** What is recalled is what was shown, to the letter, and nothing that could have changed since. */
import { describe, expect, test } from 'vitest'
import type { Ask } from '#lib/gate/kinds/kind.ts'
import { CREDENTIAL_FIELDS } from '#lib/l402/credential.ts'
import type { Granted } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { createDenyList } from '#lib/paywall/tokens/deny-list.ts'
import { type Admission, createRecall, type Shown, soleCredential } from './recall.ts'

const HEAD = `AgEIc2F0c3RpbGUCQgAA${'h'.repeat(44)}`
const textOf = (id: string, rest = 'rest:proof') => `L402 ${HEAD}${id.padEnd(40, 'x')}${rest}`
const shown = (text: string, field: Shown['field'] = 'authorization'): Shown => ({ field, text })
const denied = createDenyList([])
const creator = { creatorId: 'a', denied } as unknown as CreatorSnapshot
const ask: Ask = {
  ...{ kind: 'ask', free: false, hasPage: true, hasPreview: true, services: ['s'], method: 'GET', tier: 0 },
  capability: 'read',
  cost: async () => null,
}

function admission(conditions: readonly string[] = ['capabilities'], more: Partial<Granted> = {}): Admission {
  const stated = new Map(conditions.map((name) => [name, { text: '', value: null }]))
  const token = { services: [{ name: 's', tier: 0, conditions: stated }], cacheable: true, expirationMs: null }
  const granted = { service: 's', limits: [], validUntil: null, networks: null, rate: null, ...more }
  return { kind: 'admit', token: token as unknown as VerifiedToken, granted: granted as unknown as Granted }
}

describe('an admission', () => {
  test('is recalled for the same letters, snapshot and place', () => {
    const recall = createRecall()
    const made = admission()
    recall.note(shown(textOf('1')), { creator, ask }, made)
    expect(recall.find(shown(textOf('1')), creator, { ...ask })).toBe(made)
  })

  test('is not recalled once anything was withdrawn at this creator, though the snapshot is the same', () => {
    const growing = createDenyList([])
    const seller = { creatorId: 'a', denied: growing } as unknown as CreatorSnapshot
    const recall = createRecall()
    recall.note(shown(textOf('1')), { creator: seller, ask }, admission())
    expect(recall.find(shown(textOf('1')), seller, ask)).not.toBeNull()
    growing.add([{ kind: 'token', subject: new Uint8Array(32), service: '' }])
    expect(recall.find(shown(textOf('1')), seller, ask)).toBeNull()
  })

  test('is not kept when other macaroons took part in it', () => {
    const recall = createRecall()
    const made = admission()
    recall.note(shown(textOf('1')), { creator, ask }, { ...made, token: { ...made.token, cacheable: false } })
    expect(recall.find(shown(textOf('1')), creator, ask)).toBeNull()
  })

  test.each<[string, Shown, CreatorSnapshot, Ask]>([
    ['another preimage behind the same token', shown(textOf('1', 'rest:other')), creator, ask],
    ['a letter more', shown(`${textOf('1')} `), creator, ask],
    ['the same text in another field', shown(textOf('1'), 'cookie'), creator, ask],
    ['another token', shown(textOf('2')), creator, ask],
    ['a younger snapshot', shown(textOf('1')), { ...creator }, ask],
    ['another service', shown(textOf('1')), creator, { ...ask, services: ['t'] }],
    ['a further service before it', shown(textOf('1')), creator, { ...ask, services: ['t', 's'] }],
    ['a higher tier', shown(textOf('1')), creator, { ...ask, tier: 1 }],
    ['another capability', shown(textOf('1')), creator, { ...ask, capability: 'write' }],
    ['another method', shown(textOf('1')), creator, { ...ask, method: 'POST' }],
  ])('is not recalled for %s', (_what, other, snapshot, asked) => {
    const recall = createRecall()
    recall.note(shown(textOf('1')), { creator, ask }, admission())
    expect(recall.find(other, snapshot, asked)).toBeNull()
  })

  test.each([
    ['a time', ['capabilities', 'valid_until']],
    ['a path', ['path']],
    ['an address', ['address']],
    ['an origin', ['origin']],
    ['a method', ['method']],
    ['a rate', ['rate']],
    ['networks', ['networks']],
    ['uses', ['uses']],
    ['a volume', ['volume_tokens']],
  ])('that depends on %s is judged each time', (_what, conditions) => {
    const recall = createRecall()
    recall.note(shown(textOf('1')), { creator, ask }, admission(conditions))
    expect(recall.find(shown(textOf('1')), creator, ask)).toBeNull()
  })

  test('whose token ends as a whole is judged each time', () => {
    const recall = createRecall()
    recall.note(shown(textOf('1')), { creator, ask }, admission([], { validUntil: 1 }))
    expect(recall.find(shown(textOf('1')), creator, ask)).toBeNull()
  })
})

test('more tokens than there is room for, in turn, still find a good part of what is kept', () => {
  let seed = 1
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const recall = createRecall({ maxEntries: 100, random })
  let found = 0
  for (let round = 0; round < 10; round += 1) {
    for (let n = 0; n < 200; n += 1) {
      if (recall.find(shown(textOf(String(n))), creator, ask) !== null) found += 1
      else recall.note(shown(textOf(String(n))), { creator, ask }, admission())
    }
  }
  expect(found / 2_000).toBeGreaterThan(0.3)
})

describe('the sole credential of a request', () => {
  const of = (rawHeaders: readonly string[], method = 'GET') => soleCredential({ method, rawHeaders })

  test('is found in any letter case among other fields', () => {
    expect(of(['Host', 'a', 'AUTHORIZATION', 'L402 x', 'Accept', '*/*'])).toEqual({
      field: 'authorization',
      text: 'L402 x',
    })
    expect(of(['cookie', 'l402=x'])).toEqual({ field: 'cookie', text: 'l402=x' })
  })

  test.each([
    ['two of them', ['Authorization', 'a', 'Authorization', 'b'], 'GET'],
    ['a cookie beside it', ['Authorization', 'a', 'Cookie', 'b'], 'GET'],
    ['a field of gRPC clients', ['Grpc-Metadata-Macaroon', 'a'], 'GET'],
    ['X-Payment', ['X-Payment', 'a'], 'GET'],
    ['none', ['Accept', '*/*'], 'GET'],
    ['a method that changes something', ['Cookie', 'a'], 'POST'],
  ])('is not told for %s', (_what, rawHeaders, method) => {
    expect(of(rawHeaders, method)).toBeNull()
  })

  test('is not told when any other field that may hold a credential stands with it', () => {
    for (const name of CREDENTIAL_FIELDS) expect(of(['Authorization', 'a', name, 'b'])).toBeNull()
  })
})
