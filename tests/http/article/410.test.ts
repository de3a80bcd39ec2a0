/** What its creator deleted is gone for good: told to everybody, sold to nobody, and never found under its name again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { findArticle } from '#lib/paywall/resources/article/article-store.ts'
import { deleteArticle, readArticleLoss } from '#lib/paywall/resources/article/delete-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor, cookiesOf, payFor, postForm, postJson } from '#tests/support/gateway-browser.ts'
import { until } from '#tests/support/until.ts'

const BROWSER = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.close())

const sell = async (title: string) => {
  const sold = await gateway.publish({ title, sats: 210 })
  await gateway.changed()
  return sold
}

async function remove(resourceId: string): Promise<void> {
  const deps = { db: gateway.database.owner, clock: systemClock }
  const key = { creatorId: gateway.creatorId, resourceId }
  const confirmed = await readArticleLoss(deps, key)
  if (confirmed === null) throw new RangeError('there is no such article')
  expect(await deleteArticle(deps, { ...key, confirmed })).toEqual({ kind: 'deleted', wasPublished: true })
}

describe('a deleted article', () => {
  test('is gone within two seconds, for who bought it too, and says so to each of them; what else they bought reads on', async () => {
    const { resourceId } = await sell('Tides')
    await sell('Storms')
    const first = await gateway.buy('/tides')
    await gateway.settled(first.challenge)
    const both = await gateway.buy('/storms', { Authorization: first.authorization })
    await gateway.settled(both.challenge)
    const headers = { Authorization: both.authorization }
    expect((await gateway.ask('/tides', { headers })).status).toBe(200)
    const unpaid = String((await gateway.ask('/tides')).json().macaroon)
    await remove(resourceId)
    await until('it is gone', async () => (await gateway.ask('/tides', { headers })).status === 410, {
      withinMs: 2_000,
    })
    const bought = await gateway.ask('/tides', { headers })
    expect(bought.header('l402-reason')).toBe('paywall.resource_deleted')
    expect(bought.json()).toMatchObject({
      error: 'gone',
      detail: 'bought',
      message: expect.stringMatching(/^Nothing was charged now\. You bought this/),
    })
    expect(bought.header('cache-control')).toBe('private, no-store')
    expect(bought.text).not.toContain(PAID_SENTENCE)
    expect((await gateway.ask('/storms', { headers })).status).toBe(200)
    const stranger = await gateway.ask('/tides')
    expect(stranger.status).toBe(410)
    expect(stranger.headers('www-authenticate')).toEqual([])
    expect(stranger.json()).toEqual({
      error: 'gone',
      reason: 'paywall.resource_deleted',
      message: 'Nothing was charged. The creator has deleted this for good.',
      request_id: expect.any(String),
    })
    const asker = await gateway.ask('/tides', { headers: { Authorization: `L402 ${unpaid}` } })
    expect([asker.status, asker.json().detail]).toEqual([410, undefined])
    const page = await gateway.ask('/tides', { headers: BROWSER })
    expect([page.status, page.header('content-type')]).toEqual([410, 'text/html; charset=utf-8'])
    expect(page.text).toContain('Deleted by its creator')
    expect(page.text).toContain('noindex')
    const preview = await gateway.ask('/tides', { headers: { 'User-Agent': 'Twitterbot/1.0' } })
    expect(preview.status).toBe(410)
  })

  test('is told at every address that it had, in every spelling, by every method, and is in no list', async () => {
    const { resourceId } = await sell('Moved twice')
    const key = { creatorId: gateway.creatorId, resourceId }
    const article = await findArticle(gateway.database.owner, key)
    if (article === null) throw new RangeError('not there')
    const { title, lead, markdown, cutBlock, revision } = article
    const draft = { title, lead, markdown, cutBlock, revision, slug: 'new-home' }
    await saveArticle({ db: gateway.database.owner }, { ...key, ...draft })
    await gateway.changed()
    expect((await gateway.ask('/moved-twice')).status).toBe(308)
    await remove(resourceId)
    await gateway.changed()
    const paths = ['/new-home', '/moved-twice', '/New-Home/', '/new%2Dhome', `/new-home/${'0'.repeat(64)}.png`]
    for (const path of paths) expect([path, (await gateway.ask(path)).status]).toEqual([path, 410])
    for (const method of ['HEAD', 'POST', 'DELETE'])
      expect((await gateway.ask('/new-home', { method })).status).toBe(410)
    expect((await gateway.ask('/new-homes')).json().message).not.toContain('nearest')
    for (const path of ['/', '/feed.xml', '/sitemap.xml', '/llms.txt', '/.well-known/l402.json'])
      expect((await gateway.ask(path)).text).not.toMatch(/new-home|Moved twice/)
    const opened = await gateway.ask('/_l402/open/new-home')
    expect(opened.header('l402-reason')).toBe('paywall.resource_deleted')
  })

  test('lends its name to no other: a new article of that title has another address and service, and an old token opens neither', async () => {
    const { resourceId, service } = await sell('Same name')
    const bought = await gateway.buy('/same-name')
    await gateway.settled(bought.challenge)
    await remove(resourceId)
    const next = await sell('Same name')
    expect(next.service).not.toBe(service)
    const headers = { Authorization: bought.authorization }
    expect((await gateway.ask('/same-name', { headers })).status).toBe(410)
    const other = await gateway.ask('/same-name-2', { headers })
    expect([other.status, other.header('l402-reason')]).toEqual([402, 'l402.wrong_service'])
    // What is gone is not carried on into what is bought next.
    const both = await gateway.buy('/same-name-2', headers)
    const read = await gateway.ask('/same-name-2', { headers: { Authorization: both.authorization } })
    expect(read.header('l402-covers')).toBe(next.service)
  })
})

describe('an invoice for what was deleted', () => {
  test('is made no more, by name, by address or by the page that was open', async () => {
    const { resourceId } = await sell('No invoice')
    await remove(resourceId)
    await gateway.changed()
    for (const resource of ['no-invoice', '/no-invoice', resourceId]) {
      const { reply } = await askFor(gateway, resource)
      expect([reply.status, reply.header('l402-reason')]).toEqual([410, 'paywall.resource_deleted'])
    }
    expect((await askFor(gateway, 'never-there')).reply.status).toBe(404)
  })

  test('that was open is not to be paid, and says so to the reader without script', async () => {
    const { resourceId } = await sell('Open invoice')
    const asked = await postForm(gateway, '/_l402/challenge', { resource: 'open-invoice', offer: 'single' })
    const pay = asked.header('location') ?? ''
    const headers = { ...BROWSER, Cookie: cookiesOf(asked) }
    expect((await gateway.ask(pay, { headers })).status).toBe(200)
    await remove(resourceId)
    await gateway.changed()
    const page = await gateway.ask(pay, { headers })
    expect(page.status).toBe(410)
    expect(page.text).toContain('Do not pay this invoice')
    expect((await gateway.ask(pay, { headers: BROWSER })).status).toBe(403)
  })

  test('that was paid is credited all the same, its buyer gets the token, and their page says what became of it', async () => {
    const { resourceId, service } = await sell('Paid late')
    const { challenge, secret } = await payFor(gateway, 'paid-late')
    await remove(resourceId)
    await gateway.changed()
    await gateway.settled(challenge)
    const settlement = await gateway.database.owner.client.settlement.findFirstOrThrow({
      where: { challengeId: challenge },
    })
    expect(settlement).toMatchObject({ resourceId, receivedMsat: 210_000n })
    const claimed = await postJson(gateway, '/_l402/claim', { challenge, secret })
    expect(claimed.status).toBe(200)
    const headers = { ...BROWSER, Cookie: cookiesOf(claimed) }
    const page = await gateway.ask('/paid-late', { headers })
    expect(page.status).toBe(410)
    expect(page.text).toContain('You bought this')
    const purchases = await gateway.ask('/_l402/purchases', { headers })
    expect(purchases.text).toContain('Paid late')
    expect(purchases.text).toContain('Deleted by its creator')
    const restored = await postJson(gateway, '/_l402/restore', { credential: String(claimed.json().credential) })
    expect(restored.json()).toMatchObject({ covers: [service], resources: [] })
  })
})
