/** Feeds, sitemap, card and icon: everything that is free to know about what is sold, and nothing of it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { pauseResource } from '#lib/paywall/resources/pause-resource.ts'
import { insertResources } from '#tests/support/fill.ts'
import { FREE_SENTENCE, PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
let pausedId: string
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.publish({ title: 'Salt & <Wind> "so"', sats: 1_234 })
  ;({ resourceId: pausedId } = await gateway.publish({ title: 'Paused', sats: 5 }))
  const where = { creatorId: gateway.creatorId, resourceId: pausedId, paused: true }
  await pauseResource({ db: gateway.database.owner, clock: systemClock }, where)
})
afterAll(() => gateway.close())

test('the feed names every article on sale with its facts, price and free part, and not one paid word', async () => {
  const reply = await gateway.ask('/feed.xml')
  expect(reply.status).toBe(200)
  expect(reply.header('content-type')).toBe('application/atom+xml; charset=utf-8')
  expect(reply.header('cache-control')).toBe('public, max-age=300')
  expect(reply.text).toContain('<feed xmlns="http://www.w3.org/2005/Atom">')
  expect(reply.text.match(/<entry>/g)).toHaveLength(2)
  expect(reply.text).toContain(`<id>${gateway.origin}/tides</id>`)
  expect(reply.text).toContain('<title>Salt &#38; &#60;Wind&#62; &#34;')
  expect(reply.text).toContain(FREE_SENTENCE)
  expect(reply.text).toContain('1,234 sats')
  expect(reply.text).not.toContain(PAID_SENTENCE)
  expect(reply.text).not.toContain('Paused')
})

test('whoever has the feed is not sent it again', async () => {
  const etag = (await gateway.ask('/feed.xml')).header('etag') ?? ''
  expect((await gateway.ask('/feed.xml', { headers: { 'If-None-Match': etag } })).status).toBe(304)
  await gateway.publish({ title: 'Newer', sats: 5 })
  await gateway.changed()
  const fresh = await gateway.ask('/feed.xml', { headers: { 'If-None-Match': etag } })
  expect(fresh.status).toBe(200)
  expect(fresh.text).toContain('/newer')
})

test('the sitemap lists the address of every article on sale, and robots are told of it', async () => {
  const reply = await gateway.ask('/sitemap.xml')
  expect(reply.header('content-type')).toBe('application/xml; charset=utf-8')
  expect(reply.text).toContain(`<loc>${gateway.origin}/tides</loc>`)
  expect(reply.text).not.toContain('paused')
  expect((await gateway.ask('/robots.txt')).text).toContain(`Sitemap: ${gateway.origin}/sitemap.xml\n`)
})

test('a sitemap of more than a thousand articles is a list of parts, which name each of them once', async () => {
  const { creatorId, host } = await gateway.addCreator('plenty')
  await insertResources(gateway.database.owner, { creatorId, count: 1_001 })
  const index = await gateway.ask('/sitemap.xml', { host })
  const parts = [...index.text.matchAll(/<loc>http:\/\/[^/]+(\/[^<]+)<\/loc>/g)].map(([, path]) => path ?? '')
  expect(parts).toEqual(['/sitemap.xml?part=1', '/sitemap.xml?part=2'])
  const texts = await Promise.all(parts.map(async (path) => (await gateway.ask(path, { host })).text))
  const listed = texts.flatMap((text) => [...text.matchAll(/\/article-(\d+)</g)].map(([, n]) => Number(n)))
  expect(listed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_001 }, (_, n) => n + 1))
  for (const part of ['0', '3', 'x', '1e0']) {
    expect((await gateway.ask(`/sitemap.xml?part=${part}`, { host })).status).toBe(404)
  }
})

test('each article has a drawn card, which robots may fetch, and an address without one has none', async () => {
  const page = await gateway.ask('/tides', { headers: { Accept: 'text/html' } })
  const card = /<meta property="og:image" content="([^"]+)"/.exec(page.text)?.[1] ?? ''
  expect(card).toBe(`${gateway.origin}/_l402/card/tides.png`)
  const reply = await gateway.ask(new URL(card).pathname)
  expect([reply.status, reply.header('content-type')]).toEqual([200, 'image/png'])
  expect(Number(reply.header('content-length'))).toBeGreaterThan(2_000)
  expect((await gateway.ask('/robots.txt')).text).toContain('Allow: /_l402/card/\n')
  expect((await gateway.ask('/_l402/card/nothing.png')).status).toBe(404)
})

test('there is an icon also for those who read no page', async () => {
  const reply = await gateway.ask('/favicon.ico')
  expect([reply.status, reply.header('content-type')]).toEqual([200, 'image/svg+xml'])
})
