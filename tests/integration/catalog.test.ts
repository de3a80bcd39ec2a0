/** The picture that gates have of a creator: whole, at most a second old, and still there when Postgres is not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { type Db, openDatabase } from '#lib/db.ts'
import { createRingCache } from '#lib/paywall/keys/ring-cache.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import type { CatalogArticle } from '#lib/paywall/resources/article/article-store.ts'
import { publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { type Catalog, createCatalog } from '#lib/paywall/resources/catalog.ts'
import { pauseResource } from '#lib/paywall/resources/pause-resource.ts'
import {
  buildArticle,
  buildCreator,
  createTestBlobs,
  TEST_HOSTS,
  TEST_LOADERS,
  TEST_WRAPPING_KEYS,
} from '#tests/support/builders.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { silentLog } from '#tests/support/log.ts'
import { testRenderer } from '#tests/support/renderer.ts'
import { openTcpGate, type TcpGate } from '#tests/support/tcp-gate.ts'
import { until } from '#tests/support/until.ts'

const content = createTestBlobs()
const ring = createRingCache({ wrapping: TEST_WRAPPING_KEYS, log: silentLog })
let database: TestDatabase
let catalog: Catalog
beforeAll(async () => {
  database = await openTestDatabase()
  catalog = openCatalog(database.gate)
})
afterAll(async () => {
  catalog.close()
  content.remove()
  await database.close()
})

const openCatalog = (db: Db) => createCatalog({ db, log: silentLog, ring, loaders: TEST_LOADERS, hosts: TEST_HOSTS })
const build = (options = {}) => buildCreator({ db: database.owner, blobs: content.blobs }, options)

/** The owner, counting how many transactions it was asked for. */
function countingGate(): { db: Db; loads(): number } {
  let loads = 0
  const inTransaction: Db['inTransaction'] = (work, options) => {
    loads += 1
    return database.gate.inTransaction(work, options)
  }
  return { db: { ...database.gate, inTransaction }, loads: () => loads }
}

describe('a creator', () => {
  test('is found by host with everything on sale, and by no other host', async () => {
    const creator = await build()
    const snapshot = await catalog.find(creator.host)
    expect(snapshot).toMatchObject({
      creatorId: creator.creatorId,
      handle: creator.handle,
      host: creator.host,
      shortId: creator.shortId,
    })
    expect(snapshot?.resources.map(({ slug }) => slug).toSorted()).toEqual(['article-1', 'article-2'])
    expect(snapshot?.bySlug.get('article-1')).toMatchObject({
      service: `${creator.shortId}-article-1`,
      paused: false,
      offers: [{ kind: 'single', price: { version: 1, amountMsat: 210_000n } }],
    })
    expect(snapshot?.services.get(`${creator.shortId}-article-2`)?.slug).toBe('article-2')
    for (const host of [
      'localhost:8402',
      creator.handle,
      `${creator.handle}.localhost`,
      `x.${creator.host}`,
      `${creator.host}.evil.test`,
    ]) {
      expect(await catalog.find(host)).toBeNull()
    }
  })

  test('is loaded once for twenty callers at once', async () => {
    const creator = await build({ articles: 1 })
    const gate = countingGate()
    const counted = openCatalog(gate.db)
    const snapshots = await Promise.all(Array.from({ length: 20 }, () => counted.find(creator.host)))
    counted.close()
    expect(new Set(snapshots).size).toBe(1)
    expect(gate.loads()).toBe(1)
  })

  test('that does not exist costs one query for all askers of five seconds', async () => {
    const gate = countingGate()
    const counted = openCatalog(gate.db)
    for (let n = 0; n < 5; n += 1) expect(await counted.find('nobody.localhost:8402')).toBeNull()
    counted.close()
    expect(gate.loads()).toBe(1)
  })

  test('shows no draft', async () => {
    const creator = await build({ articles: 1 })
    const draft = { title: 'Secret draft', lead: '', markdown: 'Not yet.', cutBlock: 0 }
    await saveArticle(
      { db: database.owner },
      { creatorId: creator.creatorId, resourceId: null, revision: null, ...draft },
    )
    const snapshot = await catalog.find(creator.host)
    expect(snapshot?.resources.map(({ title }) => title)).toEqual(['Article 1'])
  })
})

describe('a change', () => {
  test('of price is in every gate within two seconds; who began with the old picture keeps it', async () => {
    const creator = await build()
    const other = openCatalog(database.gate)
    const [before] = await Promise.all([catalog.find(creator.host), other.find(creator.host)])
    const resourceId = creator.articles[0]?.resourceId ?? ''
    await setPrice({ db: database.web }, { creatorId: creator.creatorId, resourceId, price: '300' })
    for (const each of [catalog, other]) {
      const offer = await until(
        'the new price is known',
        async () => {
          const found = (await each.find(creator.host))?.bySlug.get('article-1')?.offers[0].price
          return found?.version === 2 && found
        },
        { withinMs: 2_000 },
      )
      expect(offer.amountMsat).toBe(300_000n)
    }
    other.close()
    expect(before?.bySlug.get('article-1')?.offers[0].price.amountMsat).toBe(210_000n)
    expect(await catalog.find(creator.host)).not.toBe(before)
  })

  test('of one creator leaves the picture of another untouched', async () => {
    const [changed, quiet] = [await build(), await build()]
    await catalog.find(changed.host)
    const before = await catalog.find(quiet.host)
    await buildArticle(
      { db: database.owner, blobs: content.blobs },
      { creatorId: changed.creatorId, title: 'New', priceSats: 5 },
    )
    await until('the new article is known', async () => (await catalog.find(changed.host))?.bySlug.has('new'))
    expect(await catalog.find(quiet.host)).toBe(before)
  })

  test('of text comes whole: digests and counts of one publishing', async () => {
    const creator = await build({ articles: 1 })
    const article = creator.articles[0]
    const key = { creatorId: creator.creatorId, resourceId: article?.resourceId ?? '' }
    const before = (await catalog.find(creator.host))?.bySlug.get('article-1')
    const draft = {
      title: 'Article 1',
      lead: 'Now with a lead.',
      markdown: 'Free.\n\nPaid and longer than before.',
      cutBlock: 1,
    }
    const saved = await saveArticle({ db: database.web }, { ...key, revision: 1, ...draft })
    expect(saved).toMatchObject({ kind: 'saved', revision: 2 })
    await publishArticle(
      { db: database.web, blobs: content.blobs, renderer: testRenderer, clock: systemClock },
      { ...key, revision: 2 },
    )
    const after = await until('the new text is known', async () => {
      const found = (await catalog.find(creator.host))?.bySlug.get('article-1')
      return found?.lead === 'Now with a lead.' && found
    })
    expect(after.service).toBe(before?.service)
    expect(after.publishedAt).toEqual(before?.publishedAt)
    const published = after.detail as CatalogArticle
    expect(published.words).toBe(6)
    const body = await content.blobs.get(published.bodyDigest)
    expect(Buffer.from(body ?? []).toString()).toContain('Paid and longer')
    const preview = await content.blobs.get(published.previewDigest)
    expect(Buffer.from(preview ?? []).toString()).not.toContain('Paid')
  })

  test('to paused is known, and back', async () => {
    const creator = await build({ articles: 1 })
    const key = { creatorId: creator.creatorId, resourceId: creator.articles[0]?.resourceId ?? '' }
    const paused = async () => (await catalog.find(creator.host))?.bySlug.get('article-1')?.paused
    expect(await paused()).toBe(false)
    expect(await pauseResource({ db: database.web, clock: systemClock }, { ...key, paused: true })).toBe('applied')
    await until('it is paused', async () => (await paused()) === true, { withinMs: 2_000 })
    expect(await pauseResource({ db: database.web, clock: systemClock }, { ...key, paused: true })).toBe('replayed')
    await pauseResource({ db: database.web, clock: systemClock }, { ...key, paused: false })
    await until('it is on sale', async () => (await paused()) === false, { withinMs: 2_000 })
  })
})

describe('two loads at once', () => {
  test('an older picture that comes later never replaces a younger one', async () => {
    const creator = await build({ articles: 1 })
    const key = { creatorId: creator.creatorId, resourceId: creator.articles[0]?.resourceId ?? '' }
    let reads = 0
    const held = Promise.withResolvers<void>()
    /** The second load, which the poll begins, has read its rows and hands them over when the test says so. */
    const inTransaction: Db['inTransaction'] = async (work, options) => {
      reads += 1
      const isHeld = reads === 2
      const rows = await database.gate.inTransaction(work, options)
      if (isHeld) await held.promise
      return rows
    }
    const slow = openCatalog({ ...database.gate, inTransaction })
    const priceNow = async () => (await slow.find(creator.host))?.bySlug.get('article-1')?.offers[0].price.amountMsat
    await slow.find(creator.host)
    await setPrice({ db: database.web }, { ...key, price: '320' })
    await until('the poll reads', () => reads === 2)
    await setPrice({ db: database.web }, { ...key, price: '321' })
    const refreshed = slow.refresh(creator.host)
    // The younger reading of this creator begins when the older one was taken in, and not beside it.
    await new Promise(setImmediate)
    expect([reads, await priceNow()]).toEqual([2, 210_000n])
    held.resolve()
    await refreshed
    expect(await priceNow()).toBe(321_000n)
    slow.close()
  })
})

describe('without Postgres', () => {
  async function openGated(): Promise<{ gate: TcpGate; db: Db; gated: Catalog }> {
    const url = new URL(database.gateUrl)
    const gate = await openTcpGate({ host: '127.0.0.1', port: Number(url.port) })
    url.port = String(gate.port)
    const db = openDatabase({ url: url.href, log: silentLog })
    return { gate, db, gated: openCatalog(db) }
  }

  test('a creator that was served goes on being served, its age grows, and the first change after is seen', async () => {
    const creator = await build({ articles: 1 })
    const { gate, db, gated } = await openGated()
    const before = await gated.find(creator.host)
    await gate.shut()
    await until('the picture is older than two polls', () => gated.ageMs() > 2_100)
    expect(await gated.find(creator.host)).toBe(before)
    await setPrice(
      { db: database.web },
      { creatorId: creator.creatorId, resourceId: creator.articles[0]?.resourceId ?? '', price: '77' },
    )
    expect(await gated.find(creator.host)).toBe(before)
    await gate.open()
    await until(
      'the price set meanwhile is known',
      async () => (await gated.find(creator.host))?.bySlug.get('article-1')?.offers[0].price.amountMsat === 77_000n,
    )
    expect(gated.ageMs()).toBeLessThan(2_000)
    gated.close()
    await db.close()
    await gate.shut()
  })

  test('a connection that goes silent does not keep a revocation or a price from arriving over another one', async () => {
    const creator = await build({ articles: 1 })
    const { gate, db, gated } = await openGated()
    await gated.find(creator.host)
    await until('the poll is running', () => gated.ageMs() < 500)
    gate.freeze()
    await setPrice(
      { db: database.web },
      { creatorId: creator.creatorId, resourceId: creator.articles[0]?.resourceId ?? '', price: '88' },
    )
    await until(
      'the new price is known',
      async () => (await gated.find(creator.host))?.bySlug.get('article-1')?.offers[0].price.amountMsat === 88_000n,
      { withinMs: 6_000 },
    )
    gated.close()
    await gate.shut()
    await db.close()
  })

  test('a creator that was never loaded is 503 and not unknown, and is there when Postgres is', async () => {
    const creator = await build({ articles: 1 })
    const { gate, db, gated } = await openGated()
    await gate.shut()
    await expect(gated.find(creator.host)).rejects.toMatchObject({ code: 'database.unavailable' })
    await gate.open()
    expect(await gated.find(creator.host)).toMatchObject({ creatorId: creator.creatorId })
    gated.close()
    await db.close()
    await gate.shut()
  })
})
