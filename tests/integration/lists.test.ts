/** Lists are pages, and hours become days without losing a count. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Clock } from '#lib/clock.ts'
import { countResources, listResources } from '#lib/paywall/resources/resource-list-store.ts'
import { listEarnings } from '#lib/paywall/settlements/sale-store.ts'
import { addUsage, listUsageByResource, readFunnel } from '#lib/paywall/usage/usage-store.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { insertCreators, insertResources, insertSales } from '#tests/support/fill.ts'
import { rollUpUsage } from '#workers/usage-rollup.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

const { signal } = new AbortController()

describe('the resources of a creator', () => {
  let creatorId: string
  beforeAll(async () => {
    const [id = '', other = ''] = await insertCreators(database.owner, 'lister', 2)
    creatorId = id
    await insertResources(database.owner, { creatorId, count: 120 })
    await insertResources(database.owner, { creatorId: other, count: 3 })
  })

  test('are all found page by page, each once, the last touched first', async () => {
    const found: string[] = []
    let before: { updatedAt: Date; id: string } | null = null
    for (;;) {
      const page: Awaited<ReturnType<typeof listResources>> = await listResources(database.web, creatorId, { before })
      expect(page.length).toBeLessThanOrEqual(50)
      found.push(...page.map(({ slug }) => slug))
      before = page.at(-1) ?? null
      if (page.length < 50) break
    }
    expect(found).toHaveLength(120)
    expect(new Set(found).size).toBe(120)
    expect(await countResources(database.web, creatorId)).toBe(120)
  })

  test('are found by a part of their title or address in any case, with signs taken as they are', async () => {
    const slugs = async (search: string) =>
      (await listResources(database.web, creatorId, { search })).map(({ slug }) => slug)
    expect(await slugs('ARTICLE 117')).toEqual(['article-117'])
    expect(await slugs('article-117')).toEqual(['article-117'])
    expect(await slugs('%')).toEqual([])
  })

  test('are found by state, with the price that holds now', async () => {
    const live = await listResources(database.web, creatorId, { state: 'live', limit: 1 })
    expect(live).toMatchObject([{ state: 'live', amountMsat: 210_000n }])
    expect(await listResources(database.web, creatorId, { state: 'paused' })).toEqual([])
  })

  test('have earned what was sold of them, and what was not bought is not there', async () => {
    await insertSales(database.owner, { creatorId, count: 10, resources: 2 })
    const earned = await listEarnings(database.jobs.client, { creatorId, resourceIds: ['res_1', 'res_2', 'res_3'] })
    expect(earned.toSorted((a, b) => a.resourceId.localeCompare(b.resourceId))).toEqual([
      { resourceId: 'res_1', sales: 5, netMsat: 5n * 207_900n },
      { resourceId: 'res_2', sales: 5, netMsat: 5n * 207_900n },
    ])
  })
})

describe('usage', () => {
  const now = new Date('2026-11-20T10:30:00Z')
  const clock: Clock = { now: () => now }
  const hoursBefore = (hours: number) => new Date(Date.parse('2026-11-20T10:00:00Z') - hours * 3_600_000)

  test('of hours that are over becomes days with the same sums, and is deleted', async () => {
    const [creatorId = ''] = await insertCreators(database.owner, 'counter', 1)
    const counts = [0, 1, 2, 30, 31, 400].flatMap((hours) =>
      ['res_1', 'res_2'].map((resourceId) => ({
        ...{ creatorId, resourceId, hour: hoursBefore(hours) },
        ...{ views: 1, unlocks: 2, challenges: 3, reads: hours + 1 },
      })),
    )
    await addUsage(database.gate.client, counts)
    const read = async () => ({
      all: await readFunnel(database.web.client, { creatorId, from: new Date(0), to: now }),
      one: await readFunnel(database.web.client, { creatorId, from: new Date(0), to: now, resourceId: 'res_1' }),
      each: await listUsageByResource(database.web.client, { creatorId, from: new Date(0), to: now }),
    })
    const asOwner = async (when: string) => {
      const result = await database.web.asCreator(creatorId, async (tx) => ({
        all: await readFunnel(tx, { creatorId, from: new Date(0), to: now }),
        one: await readFunnel(tx, { creatorId, from: new Date(0), to: now, resourceId: 'res_1' }),
        each: await listUsageByResource(tx, { creatorId, from: new Date(0), to: now }),
      }))
      expect(result.all.views, when).toBe(12)
      return result
    }
    expect((await read()).all.views).toBe(0)
    const before = await asOwner('before')
    expect(await rollUpUsage({ db: database.jobs, clock }, signal)).toBe(8)
    expect(await asOwner('after')).toEqual(before)
    // A count that came late for an hour that is a part of its day already.
    await addUsage(database.gate.client, counts.slice(-1))
    expect(await rollUpUsage({ db: database.jobs, clock }, signal)).toBe(1)
    const hours = await database.owner.client.usage.count({ where: { creatorId } })
    const days = await database.owner.client.usageDay.count({ where: { creatorId } })
    expect([hours, days]).toEqual([4, 9])
  })

  test('rolled up by two workers at once is counted once', async () => {
    const [creatorId = ''] = await insertCreators(database.owner, 'twice', 1)
    const count = { creatorId, views: 1, unlocks: 0, challenges: 0, reads: 0 }
    const counts = Array.from({ length: 200 }, (_, n) => ({ ...count, resourceId: `res_${n}`, hour: hoursBefore(50) }))
    await addUsage(database.gate.client, counts)
    const taken = await Promise.all([1, 2].map(() => rollUpUsage({ db: database.jobs, clock }, signal)))
    expect(taken.reduce((all, some) => all + some, 0)).toBe(200)
    const span = { creatorId, from: new Date(0), to: now }
    expect((await database.web.asCreator(creatorId, (tx) => readFunnel(tx, span))).views).toBe(200)
  })
})
