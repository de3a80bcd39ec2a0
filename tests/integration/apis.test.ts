/** What the dashboard's verbs of an API do to its rows, and what the verbs of other kinds do to them: nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { deleteApi, readApiLoss } from '#lib/paywall/resources/api/delete-api.ts'
import { findEditedApi } from '#lib/paywall/resources/api/edited-api-store.ts'
import { rotateSigning } from '#lib/paywall/resources/api/rotate-signing.ts'
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'
import { type SetApi, setApi } from '#lib/paywall/resources/api/set-api.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'
import { askPictures } from '#lib/paywall/resources/article/ask-pictures.ts'
import { attachPicture } from '#lib/paywall/resources/article/attach-picture.ts'
import { deleteArticle, readArticleLoss } from '#lib/paywall/resources/article/delete-article.ts'
import { publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { describeFile } from '#lib/paywall/resources/file/describe-file.ts'
import { replaceFile } from '#lib/paywall/resources/file/replace-file.ts'
import { findListed, listResources } from '#lib/paywall/resources/resource-list-store.ts'
import { ruleOf } from '#tests/support/api-shop.ts'
import { type BuiltCreator, buildCreator, createTestBlobs } from '#tests/support/builders.ts'
import { PIXEL, settleSale } from '#tests/support/dashboard-browser.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { publishFileSeed } from '#tests/support/files.ts'
import { TEST_OPEN_KEY } from '#tests/support/gateway.ts'
import { testPictures, testRenderer } from '#tests/support/renderer.ts'

const content = createTestBlobs()
let database: TestDatabase
let creator: BuiltCreator
beforeAll(async () => {
  database = await openTestDatabase()
  creator = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 1 })
})
afterAll(async () => {
  content.remove()
  await database.close()
})

const deps = () => ({
  ...{ db: database.web, clock: systemClock, sealKey: sealKeyOf(TEST_OPEN_KEY) },
  ...{ blobs: content.blobs, renderer: testRenderer, pictures: testPictures },
})
const keyOf = (resourceId: string) => ({ creatorId: creator.creatorId, resourceId })

async function make(slug: string, rules: readonly RuleInput[] = [], more: Partial<SetApi> = {}): Promise<string> {
  const input = { slug, title: slug, url: 'https://api.example.com/v1', timeoutMs: 5_000, headers: {} }
  const made = await setApi(deps(), { creatorId: creator.creatorId, resourceId: null, ...input, ...more })
  if (made.kind !== 'saved') throw new TypeError(JSON.stringify(made))
  if (rules.length > 0)
    expect(await setRules(deps(), { ...keyOf(made.resourceId), rules })).toMatchObject({ kind: 'saved' })
  return made.resourceId
}

/** Everything of a creator that a verb could have changed. */
async function rowsOf() {
  const { client } = database.owner
  const { creatorId } = creator
  const where = { where: { creatorId }, orderBy: { id: 'asc' } } as const
  const resources = await client.resource.findMany({ ...where, omit: { changedIn: true } })
  const ordered = { where: { creatorId }, orderBy: { resourceId: 'asc' } } as const
  return {
    resources,
    offers: await client.offer.findMany(where),
    prices: await client.price.findMany({ where: { creatorId }, orderBy: { offerId: 'asc' } }),
    upstreams: await client.upstream.findMany(ordered),
    rules: await client.rule.findMany(ordered),
    drafts: await client.articleDraft.findMany(ordered),
    files: await client.fileVersion.findMany(ordered),
  }
}

describe('the editor of an API', () => {
  test('is shown what was kept, prices and terms too, and no value of a secret field', async () => {
    const rules = [
      ruleOf('best', '/best', {
        sats: 9,
        uses: 2,
        lastsSeconds: 60,
        rate: '1/2',
        capability: 'best',
        tier: 3,
        host: 'a.example',
      }),
      ruleOf('rest', '/**', { methods: ['GET'] }),
      ruleOf('metered', '/chat', {
        ...{ sats: 50, volume: 1_000, freeMonthly: 3 },
        meter: { unit: 'token', told: { from: 'header' }, estimate: { units: 10, asked: null } },
        pack: { price: '400', lastsSeconds: null, uses: null, rate: null, bytes: null, seconds: null, volume: 9_000 },
      }),
      ruleOf('moving', '/moving', {
        sats: 5,
        pricing: { endpoint: null, surge: { above: 60, ceilingPercent: 300 } },
      }),
    ]
    const id = await make('edited', rules, { headers: { 'x-key': 'the value' } })
    const api = await findEditedApi(database.web, keyOf(id))
    expect(api).toMatchObject({ url: 'https://api.example.com/v1', timeoutMs: 5_000, headerNames: ['x-key'] })
    expect(api?.rules).toMatchObject([
      { ...rules[0], service: expect.stringMatching(/-edited-best$/) },
      { ...rules[1], service: null },
      { ...rules[2], service: expect.stringMatching(/-edited-metered$/) },
      { ...rules[3], service: expect.stringMatching(/-edited-moving$/) },
    ])
    expect(JSON.stringify(api)).not.toContain('the value')
    // Sent back as it came, it changes nothing.
    expect(await setRules(deps(), { ...keyOf(id), rules: api?.rules ?? [] })).toMatchObject({ kind: 'saved' })
    expect((await findEditedApi(database.web, keyOf(id)))?.rules).toEqual(api?.rules)
  })

  test('keeps what its server speaks when it is saved without a word about that', async () => {
    const id = await make('called', [], { protocol: 'grpc' })
    const change = { ...keyOf(id), slug: '', title: '', url: 'https://other.example', timeoutMs: 9_000, headers: {} }
    expect(await setApi(deps(), change)).toMatchObject({ kind: 'saved' })
    expect(await findEditedApi(database.web, keyOf(id))).toMatchObject({ protocol: 'grpc', timeoutMs: 9_000 })
    expect(await findEditedApi(database.web, keyOf(await make('asked')))).toMatchObject({ protocol: 'http' })
  })

  test('of another creator finds nothing', async () => {
    const id = await make('private')
    const stranger = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 0 })
    const key = { creatorId: stranger.creatorId, resourceId: id }
    expect(await findEditedApi(database.web, key)).toBeNull()
    expect(await readApiLoss(deps(), key)).toBeNull()
    expect(await rotateSigning(deps(), key)).toEqual({ kind: 'unknown' })
  })

  test('is told the lowest of several prices in the list', async () => {
    await make('several', [ruleOf('a', '/a', { sats: 20 }), ruleOf('b', '/b', { sats: 5 })])
    const [row] = await listResources(database.web, creator.creatorId, { search: 'several' })
    expect(row).toMatchObject({ kind: 'api', amountMsat: 5_000n, hasPrices: true })
  })
})

describe('a verb of one kind', () => {
  test('changes nothing of a resource of another kind', async () => {
    const api = keyOf(await make('other-kind', [ruleOf('a', '/a', { sats: 2 })]))
    const article = keyOf(creator.articles[0]?.resourceId ?? '')
    const given = { creatorId: creator.creatorId, name: 'a.bin', title: 'A file', sats: 5, bytes: Buffer.from('bytes') }
    const file = keyOf((await publishFileSeed({ db: database.owner, blobs: content.blobs }, given)).resourceId)
    const before = await rowsOf()

    const writing = { title: 'Mine', lead: '', markdown: 'Text.', cutBlock: 0, revision: 1 }
    const lost = { isPublished: true, revision: 1, routes: 1, buyers: 0 }
    const upstream = { slug: '', title: '', url: 'https://b.example', timeoutMs: 5_000, headers: {} }
    for (const other of [api, file]) {
      expect((await saveArticle(deps(), { ...other, ...writing })).kind).toBe('unknown')
      expect((await publishArticle(deps(), { ...other, revision: 1, price: '1' })).kind).toBe('unknown')
      expect((await attachPicture(deps(), { ...other, bytes: PIXEL })).kind).toBe('unknown')
      expect((await askPictures(deps(), { ...other, urls: ['https://a.example/a.png'] })).kind).toBe('unknown')
      expect(await readArticleLoss(deps(), other)).toBeNull()
      expect((await deleteArticle(deps(), { ...other, confirmed: lost })).kind).toBe('unknown')
    }
    for (const other of [api, article]) {
      expect((await describeFile(deps(), { ...other, title: 'Mine', lead: '' })).kind).toBe('unknown')
      expect((await replaceFile(deps(), { ...other, by: { version: 1 } })).kind).toBe('unknown')
    }
    for (const other of [article, file]) {
      expect((await setApi(deps(), { ...other, ...upstream })).kind).toBe('unknown')
      expect((await setRules(deps(), { ...other, rules: [ruleOf('a', '/a', { sats: 1 })] })).kind).toBe('unknown')
      expect((await rotateSigning(deps(), other)).kind).toBe('unknown')
      expect(await readApiLoss(deps(), other)).toBeNull()
      expect((await deleteApi(deps(), { ...other, confirmed: lost })).kind).toBe('unknown')
    }
    expect((await setPrice(deps(), { ...api, price: '1' })).kind).toBe('unknown')
    expect(await rowsOf()).toEqual(before)
  })
})

describe('an API that is deleted', () => {
  const remove = async (id: string) => {
    const { openInvoices: _, ...confirmed } = (await readApiLoss(deps(), keyOf(id))) ?? { openInvoices: 0 }
    return deleteApi(deps(), { ...keyOf(id), confirmed: confirmed as Parameters<typeof deleteApi>[1]['confirmed'] })
  }

  test('leaves its address and its services to nobody else, its sales as they were, and nothing of its server', async () => {
    const id = await make('gone', [ruleOf('a', '/a', { sats: 2 })], { headers: { 'x-key': 'one' } })
    await settleSale({ database }, 'gone', 2_000n)
    const service = (await findEditedApi(database.web, keyOf(id)))?.rules[0]?.service
    expect(await readApiLoss(deps(), keyOf(id))).toEqual({ isPublished: true, routes: 1, buyers: 1, openInvoices: 0 })
    expect(await remove(id)).toEqual({ kind: 'deleted', wasPublished: true })
    expect(await findListed(database.web, keyOf(id))).toBeNull()
    expect(await findEditedApi(database.web, keyOf(id))).toBeNull()
    const { client } = database.owner
    const where = { resourceId: id }
    expect([await client.upstream.count({ where }), await client.upstreamHeader.count({ where })]).toEqual([0, 0])
    expect(await client.rule.count({ where })).toBe(0)
    expect(await client.settlement.count({ where })).toBe(1)
    expect(await client.offer.findFirst({ where })).toMatchObject({ service, withdrawnAt: expect.any(Date) })
    const again = { ...{ slug: 'gone', title: 'gone', url: 'https://a.example', timeoutMs: 5_000 }, headers: {} }
    const taken = await setApi(deps(), { creatorId: creator.creatorId, resourceId: null, ...again })
    expect(taken).toMatchObject({ kind: 'invalid', fields: { slug: expect.any(String) } })
    const next = await make('gone-2', [ruleOf('a', '/a', { sats: 2 })])
    expect((await findEditedApi(database.web, keyOf(next)))?.rules[0]?.service).not.toBe(service)
  })

  test('is not when it was bought or changed since somebody was told what is lost', async () => {
    const id = await make('bought-since', [ruleOf('a', '/a', { sats: 2 })])
    const confirmed = { isPublished: true, routes: 1, buyers: 0 }
    await settleSale({ database }, 'bought-since', 2_000n)
    const answer = await deleteApi(deps(), { ...keyOf(id), confirmed })
    expect(answer).toMatchObject({ kind: 'changed', loss: { buyers: 1 } })
    expect(await findListed(database.web, keyOf(id))).not.toBeNull()
  })

  test('before it was on sale leaves nothing, and its address is free', async () => {
    const id = await make('draft-api', [], { headers: { 'x-key': 'one' } })
    expect(await remove(id)).toEqual({ kind: 'deleted', wasPublished: false })
    expect(await database.owner.client.resource.count({ where: { id } })).toBe(0)
    await make('draft-api')
  })
})
