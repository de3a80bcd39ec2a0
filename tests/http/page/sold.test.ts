/** A part of a creator's own site is sold like everything else, and its tree is given to the sites that may show it alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { deletePage, readPageLoss } from '#lib/paywall/resources/page/delete-page.ts'
import { publishPage } from '#lib/paywall/resources/page/publish-page.ts'
import { type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { changePageSeed, pageDeps, publishPageSeed } from '#tests/support/pages.ts'

const SITE = 'https://notes.example'
const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'User-Agent': 'Mozilla/5.0' }
const MARKDOWN = 'The *secret* anchorage.\n\n<script>alert(1)</script>'

let gateway: TestGateway
let bought: Purchase
let resourceId: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ resourceId } = await publishPageSeed(gateway, {
    title: 'Anchorage',
    origins: `${SITE} https://www.notes.example`,
    markdown: MARKDOWN,
    price: '40',
  }))
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.changed()
  bought = await gateway.buy('/anchorage')
})
afterAll(() => gateway.close())

const ask = (headers: Record<string, string> = {}, path = '/anchorage') => gateway.ask(path, { headers })
const paid = (headers: Record<string, string> = {}) => ask({ Authorization: bought.authorization, ...headers })

describe('who did not pay', () => {
  test('is asked to, and sees nothing of the text', async () => {
    const reply = await ask()
    expect(reply.status).toBe(402)
    expect(reply.json()).toMatchObject({
      message: '40 sats opens this page.',
      price_sats: 40,
      resource: { kind: 'page', title: 'Anchorage', words: 3 },
    })
    expect(reply.text).not.toContain('secret')
  })

  test('gets a page to pay on in a browser, without the text', async () => {
    const reply = await ask(BROWSER)
    expect(reply.status).toBe(402)
    expect(reply.text).toContain('Anchorage')
    expect(reply.text).not.toContain('secret')
  })

  test('is not let in by the token of something else, nor is a page a key to it', async () => {
    const other = await gateway.buy('/tides')
    expect((await ask({ Authorization: other.authorization })).json()).toMatchObject({ reason: 'l402.wrong_service' })
    expect((await ask({ Authorization: bought.authorization }, '/tides')).status).toBe(402)
  })
})

describe('who paid', () => {
  test('gets the tree, with no script in it', async () => {
    const reply = await paid()
    expect([reply.status, reply.header('content-type')]).toEqual([200, 'application/json'])
    expect(reply.header('cache-control')).toBe('private, no-store')
    expect(reply.json()).toEqual({
      title: 'Anchorage',
      language: 'en',
      tree: [
        {
          tag: 'p',
          attributes: {},
          children: ['The ', { tag: 'em', attributes: {}, children: ['secret'] }, ' anchorage.'],
        },
      ],
    })
  })

  test('reads it as a page on our host in a browser', async () => {
    const reply = await paid(BROWSER)
    expect(reply.status).toBe(200)
    expect(reply.text).toContain('<em>secret</em> anchorage.')
  })

  test('is not sent again what it has', async () => {
    const etag = (await paid()).header('etag') ?? ''
    expect((await paid({ 'If-None-Match': etag })).status).toBe(304)
    expect((await paid({ 'If-None-Match': '"other"' })).status).toBe(200)
  })
})

describe('a script', () => {
  test.each([SITE, 'https://www.notes.example'])('of %s, which may show it, is served', async (origin) => {
    expect((await paid({ Origin: origin })).status).toBe(200)
    expect((await ask({ Origin: origin })).status).toBe(402)
  })

  test('of our own host is served', async () => {
    expect((await paid({ Origin: gateway.origin })).status).toBe(200)
  })

  test.each(['https://other.example', 'http://notes.example', 'https://notes.example:8443', 'null'])(
    'of %s is refused, paid or not, and no invoice is made',
    async (origin) => {
      for (const reply of [await paid({ Origin: origin }), await ask({ Origin: origin })]) {
        expect([reply.status, reply.json().reason]).toEqual([403, 'http.origin_refused'])
        expect(reply.headers('www-authenticate')).toEqual([])
        expect(reply.text).not.toContain('secret')
      }
    },
  )
})

test('nothing else is done at its address, and nothing is below it', async () => {
  const reply = await gateway.ask('/anchorage', { method: 'POST' })
  expect([reply.status, reply.header('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  expect((await paid({})).status).toBe(200)
  expect((await ask({}, '/anchorage/below')).status).toBe(404)
})

test('what cannot be sold is refused by field, and nothing is made', async () => {
  const wrong = {
    creatorId: gateway.creatorId,
    lead: '',
    title: '',
    origins: 'notes.example',
    markdown: ' ',
    price: '0',
  }
  const refused = await publishPage(pageDeps(gateway), wrong)
  expect(refused.kind === 'invalid' && Object.keys(refused.fields).sort()).toEqual([
    'markdown',
    'origins',
    'price',
    'title',
  ])
  const good = { ...wrong, title: 'Anchorage', origins: '', markdown: 'Text.', price: '5' }
  expect(await publishPage(pageDeps(gateway), { ...good, slug: 'anchorage' })).toMatchObject({
    kind: 'invalid',
    fields: { slug: 'Another resource of yours has this address.' },
  })
})

test('a change is read by who bought it before, and one made from an older text changes nothing', async () => {
  const page = { resourceId, title: 'Anchorage', origins: SITE, markdown: 'The **new** anchorage.' }
  expect(await changePageSeed(gateway, { ...page, revision: 1 })).toMatchObject({ kind: 'changed', revision: 2 })
  await gateway.changed()
  expect((await paid()).text).toContain('"new"')
  expect((await paid({ Origin: 'https://www.notes.example' })).status).toBe(403)
  expect(await changePageSeed(gateway, { ...page, markdown: 'Late.', revision: 1 })).toEqual({ kind: 'conflict' })
  expect((await paid()).text).not.toContain('Late')
})

test('a page that its creator deleted is 410 for everybody', async () => {
  const { creatorId, database } = gateway
  const gone = await publishPageSeed(gateway, { title: 'Gone', origins: '', markdown: 'Soon gone.', price: '5' })
  const key = { creatorId, resourceId: gone.resourceId }
  const web = { db: database.owner, clock: systemClock }
  await gateway.changed()
  expect((await ask({}, '/gone')).status).toBe(402)
  expect(await readPageLoss(web, key)).toMatchObject({ pageRevision: 1, buyers: 0 })
  expect(await deletePage(web, { ...key, confirmed: { pageRevision: 2, buyers: 0 } })).toMatchObject({
    kind: 'changed',
  })
  expect(await deletePage(web, { ...key, confirmed: { pageRevision: 1, buyers: 0 } })).toMatchObject({
    kind: 'deleted',
  })
  await gateway.changed()
  expect((await ask({}, '/gone')).status).toBe(410)
})
