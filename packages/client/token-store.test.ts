import { sha256 } from '@noble/hashes/sha2.js'
import { expect, test } from 'vitest'
import { createHmac } from '#lib/l402/bytes.ts'
import { encodeMacaroon, mintMacaroon } from '#lib/l402/macaroon.ts'
import { msat } from '#lib/money.ts'
import { createBudget } from './budget.ts'
import { createMemoryStore, servicesOf } from './token-store.ts'

const token = (host: string, ...services: string[]) => ({ host, services, credential: `${host} ${services}` })

test('the newest token of a host is tried first, and tokens of other hosts never', async () => {
  const store = createMemoryStore([token('a:80', 'x')])
  await store.save(token('a:80', 'y'))
  await store.save(token('b:80', 'z'))
  expect(await store.find('a:80')).toEqual(token('a:80', 'y'))
  expect(await store.find('c:80')).toBeNull()
})

test('a token gives way only to one of its host that names all its services', async () => {
  const store = createMemoryStore([token('a:80', 'x'), token('a:80', 'y'), token('b:80', 'x')])
  await store.save(token('a:80', 'x', 'z'))
  expect(store.list()).toEqual([token('a:80', 'x', 'z'), token('a:80', 'y'), token('b:80', 'x')])
})

test('the services of a token are those of its first services caveat, without tiers', () => {
  const rootKey = new Uint8Array(32)
  const mint = (...caveats: string[]) =>
    encodeMacaroon(
      mintMacaroon(createHmac(sha256), {
        rootKey,
        identifier: new Uint8Array(66).fill(1),
        caveats: caveats.map((text) => new TextEncoder().encode(text)),
      }),
    )
  expect(servicesOf(mint('k3h-a_valid_until=5', 'services=k3h-a:0,k3h-b:2', 'services=k3h-a:0'))).toEqual([
    'k3h-a',
    'k3h-b',
  ])
  expect(servicesOf(mint('anything'))).toEqual([])
  expect(servicesOf(new Uint8Array(3))).toEqual([])
})

test('what was given back can be spent again, and no more', () => {
  const budget = createBudget({ perPurchaseMsat: msat(100n), totalMsat: msat(150n) })
  budget.take(msat(100n))
  expect(() => budget.take(msat(51n))).toThrow(expect.objectContaining({ reason: 'over-budget' }))
  budget.giveBack(msat(100n))
  budget.take(msat(100n))
  budget.take(msat(50n))
  expect(() => budget.take(msat(1n))).toThrow(expect.objectContaining({ reason: 'over-budget' }))
  expect(budget.spentMsat).toBe(150n)
})
