import { expect, test } from 'vitest'
import { createBlockList } from '#lib/paywall/blocks/block-list.ts'
import { createDenyList } from '#lib/paywall/tokens/deny-list.ts'
import { seeded } from '#tests/support/seeded.ts'
import type { CatalogResource } from './snapshot.ts'
import { createSnapshotCache, type Kept, type SnapshotCache } from './snapshot-cache.ts'

const ring = { active: null, find: () => null }

function kept(name: string, resources = 0): Kept {
  const snapshot = {
    ...{
      creatorId: `id-${name}`,
      shortId: name,
      handle: name,
      host: name,
      name,
      byline: '',
      about: '',
      picture: null,
      changeNumber: 1n,
    },
    ...{
      resources: Array.from({ length: resources }, () => ({}) as CatalogResource),
      bySlug: new Map(),
      bySlugBefore: new Map(),
      gone: new Map(),
      goneServices: new Map(),
      services: new Map(),
    },
    ...{ ring, denied: createDenyList([]), blocked: createBlockList([]) },
  }
  return { snapshot, asOf: 1n, deniedUpTo: 1n }
}

/** Room for eight creators with nothing on sale. */
const open = (random?: () => number) => createSnapshotCache(24_000, random)
const hostsOf = (cache: SnapshotCache, creatorId: string) =>
  cache.peekById(creatorId).map(({ snapshot }) => snapshot.host)

test('all of the memory is for those who are asked for while nobody sells', () => {
  const cache = open()
  for (let n = 0; n < 8; n += 1) cache.set(kept(`c${n}`))
  expect(cache.hosts()).toHaveLength(8)
  expect(cache.bytes()).toBeLessThanOrEqual(40_000)
})

test('the one longest not asked for falls out first, and a look by id is no asking', () => {
  const cache = open()
  for (let n = 0; n < 8; n += 1) cache.set(kept(`c${n}`))
  cache.get('c0')
  cache.peekById('id-c1')
  cache.set(kept('new'))
  expect(cache.peek('c0')).toBeDefined()
  expect(cache.peek('c1')).toBeUndefined()
  expect(cache.peekById('id-c1')).toEqual([])
  expect(hostsOf(cache, 'id-new')).toEqual(['new'])
})

test('sellers stay however many strangers are asked for, and no more of them than their share', () => {
  const cache = open(() => 0)
  cache.set(kept('seller'))
  cache.keepSelling(['id-seller', 'id-nobody'])
  for (let n = 0; n < 50; n += 1) cache.set(kept(`c${n}`))
  expect(hostsOf(cache, 'id-seller')).toEqual(['seller'])
  for (let n = 0; n < 50; n += 1) {
    cache.set(kept(`s${n}`))
    cache.keepSelling([`id-s${n}`])
  }
  expect(cache.bytes()).toBeLessThanOrEqual(40_000)
  expect(cache.hosts().filter((host) => host.startsWith('s')).length).toBeLessThanOrEqual(6)
  expect(cache.peek('seller')).toBeUndefined()
  cache.set(kept('stranger'))
  expect(cache.peek('stranger')).toBeDefined()
})

test('one that is larger than the memory is kept all the same, and forgotten when told so', () => {
  const cache = open()
  cache.set(kept('huge', 10_000))
  expect(cache.get('huge')).toBeDefined()
  cache.delete('huge')
  expect(cache.get('huge')).toBeUndefined()
  expect(cache.peekById('id-huge')).toEqual([])
})

test('a creator with two hosts is found, sells and is forgotten at each of them', () => {
  const cache = open()
  const other = kept('other')
  cache.set(kept('seller'))
  cache.set({ ...other, snapshot: { ...other.snapshot, creatorId: 'id-seller' } })
  expect(hostsOf(cache, 'id-seller').toSorted()).toEqual(['other', 'seller'])
  cache.keepSelling(['id-seller'])
  for (let n = 0; n < 50; n += 1) cache.set(kept(`c${n}`))
  expect(hostsOf(cache, 'id-seller').toSorted()).toEqual(['other', 'seller'])
  cache.delete('seller')
  expect(hostsOf(cache, 'id-seller')).toEqual(['other'])
})

test('twice as many sellers in turn as there is room for find a good part of them in memory', () => {
  const random = seeded(1)
  const cache = createSnapshotCache(240_000, () => random.below(1_000) / 1_000)
  const names = Array.from({ length: 160 }, (_, n) => `s${n}`)
  const walk = () =>
    names.filter((name) => {
      const isThere = cache.get(name) !== undefined
      if (!isThere) cache.set(kept(name))
      cache.keepSelling([`id-${name}`])
      return isThere
    }).length
  for (let round = 0; round < 10; round += 1) walk()
  expect(Math.min(...Array.from({ length: 10 }, walk))).toBeGreaterThan(160 * 0.25)
})
