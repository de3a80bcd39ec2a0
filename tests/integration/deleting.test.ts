/** What goes when a creator deletes an article or throws a draft away, what stays for ever, and what is never lost unseen. */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { findArticle } from '#lib/paywall/resources/article/article-store.ts'
import { attachPicture } from '#lib/paywall/resources/article/attach-picture.ts'
import { type ConfirmedLoss, deleteArticle, readArticleLoss } from '#lib/paywall/resources/article/delete-article.ts'
import { sumPictures } from '#lib/paywall/resources/article/picture-store.ts'
import { publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { sumVersions } from '#lib/paywall/resources/article/version-store.ts'
import { collectContent } from '#lib/paywall/resources/collect-content.ts'
import { pauseResource } from '#lib/paywall/resources/pause-resource.ts'
import { countResources, findListed, listResources } from '#lib/paywall/resources/resource-list-store.ts'
import { listSales } from '#lib/paywall/settlements/sale-store.ts'
import { type BuiltCreator, buildArticle, buildCreator, createTestBlobs } from '#tests/support/builders.ts'
import { settleSale } from '#tests/support/dashboard-browser.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { silentLog } from '#tests/support/log.ts'
import { testPictures, testRenderer } from '#tests/support/renderer.ts'

const content = createTestBlobs()
let database: TestDatabase
let creator: BuiltCreator
let stranger: BuiltCreator
beforeAll(async () => {
  database = await openTestDatabase()
  creator = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 1 })
  stranger = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 1 })
})
afterAll(async () => {
  content.remove()
  await database.close()
})

const web = () => ({
  db: database.web,
  blobs: content.blobs,
  renderer: testRenderer,
  pictures: testPictures,
  clock: systemClock,
})
const keyOf = (resourceId: string) => ({ creatorId: creator.creatorId, resourceId })
const sell = (title: string) =>
  buildArticle({ db: database.owner, blobs: content.blobs }, { creatorId: creator.creatorId, title, priceSats: 210 })
const rowOf = (id: string) => database.owner.client.resource.findFirst({ where: { id } })

async function draft(title: string): Promise<{ resourceId: string; slug: string }> {
  const saved = await saveArticle(web(), {
    ...{ creatorId: creator.creatorId, resourceId: null, revision: null },
    ...{ title, lead: '', markdown: 'Free.\n\nPaid.', cutBlock: 1 },
  })
  if (saved.kind !== 'saved') throw new RangeError(JSON.stringify(saved))
  return saved
}

async function picture(resourceId: string, red: number): Promise<string> {
  const create = { width: 20, height: 9, channels: 3, background: { r: red, g: 0, b: 0 } } as const
  const bytes = await sharp({ create }).png().toBuffer()
  const attached = await attachPicture(web(), { ...keyOf(resourceId), bytes })
  if (attached.kind !== 'attached') throw new RangeError(JSON.stringify(attached))
  return attached.digest
}

async function lossOf(resourceId: string): Promise<ConfirmedLoss> {
  const loss = await readArticleLoss(web(), keyOf(resourceId))
  if (loss === null) throw new RangeError('there is no such article')
  return loss
}

const remove = async (resourceId: string) =>
  deleteArticle(web(), { ...keyOf(resourceId), confirmed: await lossOf(resourceId) })

describe('an article that is deleted', () => {
  test('has no page in the dashboard any more, and another one keeps its own', async () => {
    const [gone, kept] = [await sell('Gone from the pages'), await sell('Still in the pages')]
    expect(await findListed(database.web, keyOf(gone.resourceId))).toMatchObject({ kind: 'article' })
    await remove(gone.resourceId)
    expect(await findListed(database.web, keyOf(gone.resourceId))).toBeNull()
    expect(await findListed(database.web, keyOf(kept.resourceId))).toMatchObject({ id: kept.resourceId })
    expect(await findListed(database.web, { ...keyOf(kept.resourceId), creatorId: stranger.creatorId })).toBeNull()
  })

  test('leaves its address, service and title to nobody else, its sales and prices as they were, and nothing of its text', async () => {
    const { resourceId, slug, service } = await sell('Kept in the books')
    await settleSale({ database }, 'Kept in the books', 210_000n)
    await saveArticle(web(), {
      ...keyOf(resourceId),
      ...{ title: 'Kept in the books', lead: '', markdown: 'Free.\n\nPaid.', cutBlock: 1, revision: 1, slug: 'books' },
    })
    const books = async () => [
      await database.owner.client.settlement.findMany({ where: { resourceId } }),
      await database.owner.client.price.findMany({ where: { offer: { resourceId } } }),
      await database.owner.client.saleDay.findMany({ where: { resourceId } }),
    ]
    const before = await books()
    expect(await remove(resourceId)).toEqual({ kind: 'deleted', wasPublished: true })
    expect(await books()).toEqual(before)
    expect(await rowOf(resourceId)).toMatchObject({ service, slug: 'books', deletedAt: expect.any(Date), lead: '' })
    for (const table of ['article', 'articleDraft', 'articleVersion', 'articlePicture'] as const)
      expect(await database.owner.client[table as 'article'].count({ where: { resourceId } })).toBe(0)
    expect((await draft('Kept in the books')).slug).toBe(`${slug}-2`)
    expect((await draft('Books')).slug).toBe('books-2')
    const again = await sell('Kept in the books')
    expect(again.service).not.toBe(service)
    const { sales } = await database.web.asCreator(creator.creatorId, (tx) =>
      listSales(tx, { creatorId: creator.creatorId, before: null, limit: 5, resourceId }),
    )
    expect(sales.map(({ title, receivedMsat }) => [title, receivedMsat])).toEqual([['Kept in the books', 210_000n]])
  })

  test('is in no list, and can neither be saved, published, priced, paused nor given a picture any more', async () => {
    const { resourceId } = await sell('Nowhere')
    const count = await countResources(database.web, creator.creatorId)
    await remove(resourceId)
    expect(await countResources(database.web, creator.creatorId)).toBe(count - 1)
    const listed = await listResources(database.web, creator.creatorId, { search: 'Nowhere' })
    expect(listed).toEqual([])
    const key = keyOf(resourceId)
    const change = { title: 'Back', lead: '', markdown: 'Free.\n\nPaid.', cutBlock: 1, revision: 1 }
    const bytes = new Uint8Array(1)
    expect(await findArticle(database.web, key)).toBeNull()
    expect(await saveArticle(web(), { ...key, ...change })).toEqual({ kind: 'unknown' })
    expect(await publishArticle(web(), { ...key, revision: 1, price: '5' })).toEqual({ kind: 'unknown' })
    expect(await setPrice(web(), { ...key, price: '5' })).toEqual({ kind: 'unknown' })
    expect(await pauseResource(web(), { ...key, paused: true })).toBe('replayed')
    expect(await attachPicture(web(), { ...key, bytes })).toEqual({ kind: 'unknown' })
    const confirmed = { isPublished: true, revision: 1, buyers: 0 }
    expect(await deleteArticle(web(), { ...key, confirmed })).toEqual({ kind: 'unknown' })
  })

  test('never comes back and never changes its address, for the owner of the tables too', async () => {
    const { resourceId } = await sell('For good')
    await remove(resourceId)
    for (const change of ['deleted_at = null', "slug = 'other'", 'service = null', 'published_at = null']) {
      const attempt = database.owner.client.$executeRawUnsafe(
        `update resource set ${change} where id = '${resourceId}'`,
      )
      await expect(attempt).rejects.toThrow(/deleted for good/)
    }
    // What happens to any row of a creator, such as the marks of the catalogue, goes on.
    await database.owner.client.$executeRaw`update resource set updated_at = now() where id = ${resourceId}`
  })

  test('gives room back: pictures and versions are no longer counted, and their bytes leave the folder after a week', async () => {
    const { resourceId } = await sell('Full of pictures')
    const digest = await picture(resourceId, 77)
    const used = () =>
      database.web.asCreator(creator.creatorId, async (tx) => ({
        pictures: await sumPictures(tx, creator.creatorId),
        versions: await sumVersions(tx, creator.creatorId),
      }))
    const before = await used()
    const { sourceDigest } = await database.owner.client.article.findFirstOrThrow({ where: { resourceId } })
    const source = Buffer.from(sourceDigest).toString('hex')
    await remove(resourceId)
    const after = await used()
    expect(after.pictures.pictures).toBe(before.pictures.pictures - 1)
    expect(after.pictures.bytes).toBeLessThan(before.pictures.bytes)
    // The name that stays counts as one, so that publishing and deleting in turn has an end.
    expect(after.versions.versions).toBe(before.versions.versions)
    expect(after.versions.bytes).toBeLessThan(before.versions.bytes)
    for (const day of [0, 8]) {
      const clock = { now: () => new Date(Date.now() + day * 24 * 3600 * 1000) }
      const folder = { folder: content.path, blobs: content.blobs }
      await collectContent({ db: database.jobs, clock, log: silentLog, content: folder }, new AbortController().signal)
    }
    expect([await content.blobs.stat(digest), await content.blobs.stat(source)]).toEqual([null, null])
  })

  test('tells of it in the transaction that did it', async () => {
    const { resourceId, slug } = await sell('Told')
    const numberOf = async () =>
      (await database.owner.client.creator.findUniqueOrThrow({ where: { id: creator.creatorId } })).changeNumber
    const before = await numberOf()
    await remove(resourceId)
    expect(await numberOf()).toBe(before + 1n)
    const events = await database.owner.client.outbox.findMany({ where: { type: 'resource.deleted' } })
    expect(events.map(({ payload }) => payload)).toContainEqual({ resourceId, slug })
  })

  test('is deleted once when ten want it at once', async () => {
    const { resourceId } = await sell('Ten at once')
    const confirmed = await lossOf(resourceId)
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => deleteArticle(web(), { ...keyOf(resourceId), confirmed })),
    )
    expect(outcomes.filter(({ kind }) => kind === 'deleted')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'unknown')).toHaveLength(9)
  })
})

describe('nothing is lost that was not confirmed', () => {
  test('a sale, a save and a publishing since then are told with the new numbers, and nothing is deleted', async () => {
    const { resourceId } = await sell('Bought meanwhile')
    const confirmed = await lossOf(resourceId)
    expect(confirmed).toMatchObject({ isPublished: true, buyers: 0, versions: 1, pictures: 0, openInvoices: 0 })
    await settleSale({ database }, 'Bought meanwhile', 210_000n)
    expect(await deleteArticle(web(), { ...keyOf(resourceId), confirmed })).toMatchObject({
      kind: 'changed',
      loss: { buyers: 1 },
    })
    const { resourceId: id } = await draft('Saved meanwhile')
    const seen = await lossOf(id)
    const text = { title: 'Saved meanwhile', lead: '', markdown: 'Free.\n\nMore.', cutBlock: 1 }
    await saveArticle(web(), { ...keyOf(id), ...text, revision: 1 })
    expect((await deleteArticle(web(), { ...keyOf(id), confirmed: seen })).kind).toBe('changed')
    const saved = await lossOf(id)
    await publishArticle(web(), { ...keyOf(id), revision: 2, price: '5' })
    expect((await deleteArticle(web(), { ...keyOf(id), confirmed: saved })).kind).toBe('changed')
    expect(await rowOf(id)).toMatchObject({ deletedAt: null, publishedAt: expect.any(Date) })
  })

  test('another creator’s article is unknown and stays', async () => {
    const { resourceId } = await sell('Not yours')
    const theirs = { creatorId: stranger.creatorId, resourceId }
    expect(await readArticleLoss(web(), theirs)).toBeNull()
    const confirmed = await lossOf(resourceId)
    expect(await deleteArticle(web(), { ...theirs, confirmed })).toEqual({ kind: 'unknown' })
    expect((await rowOf(resourceId))?.deletedAt).toBeNull()
  })
})

describe('a draft that is thrown away', () => {
  test('leaves nothing, and its address is free again', async () => {
    const { resourceId, slug } = await draft('Thrown away')
    const digest = await picture(resourceId, 88)
    expect(await remove(resourceId)).toEqual({ kind: 'deleted', wasPublished: false })
    expect(await rowOf(resourceId)).toBeNull()
    expect(await database.owner.client.articlePicture.count({ where: { digest: Buffer.from(digest, 'hex') } })).toBe(0)
    expect((await draft('Thrown away')).slug).toBe(slug)
  })

  test('with a price keeps the price, which is never deleted, and gives its address back all the same', async () => {
    const { resourceId, slug } = await draft('Priced')
    await setPrice(web(), { ...keyOf(resourceId), price: '5' })
    await remove(resourceId)
    expect(await database.owner.client.price.count({ where: { offer: { resourceId } } })).toBe(1)
    expect((await draft('Priced')).slug).toBe(slug)
    expect(await listResources(database.web, creator.creatorId, { search: 'gone--' })).toEqual([])
  })

  test('makes room for another: drafts have a number that eight at once do not pass', async () => {
    const count = () =>
      database.owner.client.resource.count({ where: { ...whose, publishedAt: null, deletedAt: null } })
    const whose = { creatorId: stranger.creatorId }
    const begin = (maxDrafts: number) =>
      saveArticle(
        { db: database.web, maxDrafts },
        { ...whose, resourceId: null, revision: null, title: 'One more', lead: '', markdown: '', cutBlock: 0 },
      )
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => begin(3)))
    expect(outcomes.filter(({ kind }) => kind === 'saved')).toHaveLength(3)
    expect(outcomes.find(({ kind }) => kind === 'invalid')).toMatchObject({
      fields: { article: expect.stringMatching(/^You have 3 drafts .* throw one away\.$/) },
    })
    const [first] = outcomes.flatMap((outcome) => (outcome.kind === 'saved' ? [outcome.resourceId] : []))
    const key = { ...whose, resourceId: first ?? '' }
    // One that is there already can be written on.
    const more = { title: 'One more', lead: '', markdown: 'More.', cutBlock: 0, revision: 1 }
    expect((await saveArticle({ db: database.web, maxDrafts: 3 }, { ...key, ...more })).kind).toBe('saved')
    const confirmed = { isPublished: false, revision: 2, buyers: 0 }
    expect((await deleteArticle(web(), { ...key, confirmed })).kind).toBe('deleted')
    expect((await begin(3)).kind).toBe('saved')
    expect(await count()).toBe(3)
  })
})

describe('a price in the publish step', () => {
  test('is set by the same act that publishes', async () => {
    const { resourceId } = await draft('One act')
    expect(await publishArticle(web(), { ...keyOf(resourceId), revision: 1, price: '250' })).toMatchObject({
      kind: 'published',
    })
    expect(await findArticle(database.web, keyOf(resourceId))).toMatchObject({
      amountMsat: 250_000n,
      publishedAt: expect.any(Date),
    })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 1, price: '300' })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 1, price: '300' })
    await publishArticle(web(), { ...keyOf(resourceId), revision: 1 })
    const prices = await database.owner.client.price.findMany({ where: { offer: { resourceId } } })
    expect(prices.map(({ amountMsat }) => amountMsat).toSorted()).toEqual([250_000n, 300_000n])
  })

  test('that is none, or of an article that cannot be published, is not set', async () => {
    const { resourceId } = await draft('')
    const publish = (price?: string) =>
      publishArticle(web(), { ...keyOf(resourceId), revision: 1, ...(price === undefined ? {} : { price }) })
    expect(await publish('1,000')).toEqual({
      kind: 'invalid',
      fields: { title: expect.any(String), price: expect.stringContaining('1200, not 1,200') },
    })
    expect(await publish()).toMatchObject({ fields: { price: 'Set a price first.' } })
    expect(await publish('250')).toEqual({ kind: 'invalid', fields: { title: expect.any(String) } })
    expect(await findArticle(database.web, keyOf(resourceId))).toMatchObject({ amountMsat: null, publishedAt: null })
  })
})
