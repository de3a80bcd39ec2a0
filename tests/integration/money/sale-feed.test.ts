/** The live feed tells every sale once, however many come and however many listen, for one look a second. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { createSaleFeeds, type SaleFeeds, type SaleNews } from '#lib/paywall/settlements/sale-feed.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { insertCreators, insertSales } from '#tests/support/fill.ts'
import { silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

let creators = 0
async function createCreator(): Promise<string> {
  creators += 1
  const [creatorId] = await insertCreators(database.owner, `feed${creators}x`, 1)
  return creatorId ?? ''
}

function open(): { feeds: SaleFeeds; looks(): number } {
  let looks = 0
  const asCreator: Db['asCreator'] = (creatorId, work) => {
    looks += 1
    return database.web.asCreator(creatorId, work)
  }
  const notices = { subscribe: () => () => undefined }
  return {
    feeds: createSaleFeeds({ db: { asCreator }, log: silentLog, clock: systemClock, notices }),
    looks: () => looks,
  }
}

function follow(feeds: SaleFeeds, creatorId: string, from = new Date()): { told: string[]; leave(): void } {
  const told: string[] = []
  const tell = (news: SaleNews) => {
    if (news !== 'silent') told.push(...news.map(({ challengeId }) => challengeId))
  }
  return { told, leave: feeds.follow(creatorId, from, tell) }
}

describe('the live feed', () => {
  it('tells each of 600 sales of a few seconds once, within two seconds, to everybody who listens', async () => {
    const creatorId = await createCreator()
    const { feeds } = open()
    const followers = [follow(feeds, creatorId), follow(feeds, creatorId)]
    const ids: string[] = []
    for (let n = 0; n < 12; n += 1) ids.push(...(await insertSales(database.owner, { creatorId, count: 50 })))
    for (const { told } of followers) {
      await until('every sale is told', () => told.length >= ids.length, { withinMs: 2_000 })
      expect(told.toSorted()).toEqual(ids.toSorted())
    }
    for (const { leave } of followers) leave()
  })

  it('tells who comes back what was missed and what comes, each once, and nothing of another creator', async () => {
    const [creatorId, other] = [await createCreator(), await createCreator()]
    const { feeds } = open()
    const from = new Date(Date.now() - 1_000)
    const missed = await insertSales(database.owner, { creatorId, count: 700 })
    await insertSales(database.owner, { creatorId: other, count: 3 })
    const late = follow(feeds, creatorId, from)
    const fresh = await insertSales(database.owner, { creatorId, count: 20 })
    await until('all are told', () => late.told.length >= 720)
    expect(late.told.toSorted()).toEqual([...missed, ...fresh].toSorted())
    late.leave()
  })

  it('asks no more for twenty dashboards than for one, and not at all when the last is closed', async () => {
    const creatorId = await createCreator()
    const { feeds, looks } = open()
    const followers = Array.from({ length: 20 }, () => follow(feeds, creatorId))
    await until('all have caught up', () => looks() >= 21)
    const before = looks()
    const [sale] = await insertSales(database.owner, { creatorId, count: 1 })
    await until('everybody was told', () => followers.every(({ told }) => told.includes(sale ?? '')))
    expect(looks() - before).toBeLessThanOrEqual(3)
    for (const { leave } of followers) leave()
    const atEnd = looks()
    const again = follow(feeds, await createCreator())
    await until('another creator was looked for', () => looks() >= atEnd + 2)
    expect(looks() - atEnd).toBeLessThanOrEqual(3)
    again.leave()
  })
})
