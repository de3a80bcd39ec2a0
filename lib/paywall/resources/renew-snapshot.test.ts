/** However a snapshot came to be, it is what one made whole from the same rows would be. */

import { describe, expect, test } from 'vitest'
import { msat } from '#lib/money.ts'
import { type Random, seeded } from '#tests/support/seeded.ts'
import { OPEN_ACCESS } from './access.ts'
import type { CatalogRows } from './catalog-store.ts'
import { renewSnapshot } from './renew-snapshot.ts'
import type { CatalogResource } from './snapshot.ts'
import type { Kept } from './snapshot-cache.ts'

const ring = {
  open: () => ({ active: null, find: () => null }),
  wrap: () => {
    throw new TypeError('nothing is wrapped here')
  },
}

type Facts = { sats: number; slug: string; dayOfSale: number | null; isGone?: boolean }

function resourceOf(id: string, { sats, slug, dayOfSale }: Facts): CatalogResource {
  const price = { version: 1, amountMsat: msat(BigInt(sats) * 1000n) }
  return {
    ...{
      id,
      slug,
      kind: 'article',
      service: `s-${id}`,
      title: id,
      lead: '',
      language: 'en',
      paused: false,
      access: OPEN_ACCESS,
      detail: {},
    },
    publishedAt: new Date((dayOfSale ?? 0) * 86_400_000),
    offers: [
      {
        ...{ id: `o-${id}`, kind: 'single', covers: [], capabilities: [], tier: 0, lastsSeconds: null, uses: null },
        ...{ rate: null, requires: [], price },
      },
    ],
  }
}

/** The rows of a creator, of which these changed, or all of them when nothing is known. */
function rowsOf(world: ReadonlyMap<string, Facts>, changed: readonly string[]): CatalogRows {
  const onSale = changed.flatMap((id) => {
    const facts = world.get(id)
    return facts === undefined || facts.dayOfSale === null || facts.isGone ? [] : [resourceOf(id, facts)]
  })
  const gone = changed.flatMap((id) => {
    const facts = world.get(id)
    return facts?.isGone ? [{ id, service: `s-${id}`, title: 'Tides', language: 'en', slug: facts.slug }] : []
  })
  return {
    creator: {
      id: 'crt',
      shortId: 'c',
      handle: 'c',
      name: 'C',
      byline: '',
      about: '',
      picture: null,
      changeNumber: 1n,
    },
    ...{ resources: onSale, changedIds: changed, moved: [], gone, ringKeys: [], denials: [], blocks: [] },
  }
}

const renew = (rows: CatalogRows, base?: Kept) => renewSnapshot(ring, { rows, host: 'c.localhost', asOf: 1n, base })

/** Everything that can be asked of a snapshot. */
function read({ snapshot }: Kept, world: ReadonlyMap<string, Facts>) {
  const slugs = [...world.values()].map(({ slug }) => slug)
  return {
    listed: snapshot.resources,
    bySlug: slugs.map((slug) => [slug, snapshot.bySlug.has(slug), snapshot.bySlug.get(slug)]),
    gone: slugs.map((slug) => snapshot.gone.get(slug)?.id),
    goneServices: [...world.keys()].filter((id) => snapshot.goneServices.has(`s-${id}`)),
    byService: [...world.keys()].map((id) => snapshot.services.get(`s-${id}`)),
  }
}

function change(random: Random, facts: Facts): Facts {
  if (facts.isGone) return facts
  switch (random.below(10)) {
    case 0:
      return { ...facts, dayOfSale: facts.dayOfSale === null ? random.below(50) : null }
    case 1:
      return { ...facts, dayOfSale: random.below(50) }
    case 2:
      return { ...facts, slug: `${facts.slug}x` }
    case 3:
      return { ...facts, isGone: true }
    default:
      return { ...facts, sats: random.below(10_000) }
  }
}

test('after any history of prices, addresses, dates, deletions and what goes off sale', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const random = seeded(seed)
  const world = new Map<string, Facts>(
    Array.from({ length: 200 }, (_, n) => [`r${n}`, { sats: n, slug: `a${n}`, dayOfSale: n % 7 === 0 ? null : n }]),
  )
  let kept = renew(rowsOf(world, [...world.keys()]))
  for (let step = 0; step < 200; step += 1) {
    const changed = new Set(
      Array.from({ length: 1 + random.below(step % 20 === 0 ? 40 : 3) }, () => `r${random.below(200)}`),
    )
    for (const id of changed) world.set(id, change(random, world.get(id) ?? { sats: 1, slug: id, dayOfSale: null }))
    kept = renew(rowsOf(world, [...changed]), kept)
    expect(read(kept, world), `seed ${seed}, step ${step}`).toEqual(
      read(renew(rowsOf(world, [...world.keys()])), world),
    )
  }
})

describe('a price among ten thousand', () => {
  const world = new Map<string, Facts>(
    Array.from({ length: 10_000 }, (_, n) => [`r${n}`, { sats: 1, slug: `a${n}`, dayOfSale: n }]),
  )
  const base = renew(rowsOf(world, [...world.keys()]))
  const after = renew(rowsOf(new Map([...world, ['r5', { sats: 2, slug: 'a5', dayOfSale: 5 }]]), ['r5']), base)

  test('leaves every other resource the object that it was', () => {
    const same = after.snapshot.resources.filter((resource, n) => resource === base.snapshot.resources[n])
    expect(same).toHaveLength(9_999)
    expect(after.snapshot.bySlug.get('a6')).toBe(base.snapshot.bySlug.get('a6'))
  })

  test('is not in the snapshot of before, which a request may still read', () => {
    expect(base.snapshot.bySlug.get('a5')?.offers[0].price.amountMsat).toBe(1_000n)
    expect(base.snapshot.services.get('s-r5')?.offers[0].price.amountMsat).toBe(1_000n)
    expect(after.snapshot.services.get('s-r5')?.offers[0].price.amountMsat).toBe(2_000n)
  })

  test('keeps the maps of the others, so that they are not written down again', () => {
    const under = (kept: Kept) => ('under' in kept.snapshot.bySlug ? kept.snapshot.bySlug.under : kept.snapshot.bySlug)
    expect(under(after)).toBe(under(base))
  })
})
