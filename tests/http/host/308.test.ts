/** Every address has one spelling; the others lead to it, with their query, and cost nobody an invoice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findArticle } from '#lib/paywall/resources/article/article-store.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
})
afterAll(() => gateway.close())

test.each([
  ['/tides/', '/tides'],
  ['/Tides', '/tides'],
  ['/TIDES/', '/tides'],
  ['/%54ides', '/tides'],
  ['/tides//', '/tides'],
  ['/tides/?l402_offer=single', '/tides?l402_offer=single'],
  ['/llms.txt/', '/llms.txt'],
  ['/_l402/purchases/', '/_l402/purchases'],
])('%s leads to %s', async (path, location) => {
  const reply = await gateway.ask(path)
  expect(reply.status).toBe(308)
  expect(reply.header('location')).toBe(location)
  expect(reply.header('www-authenticate')).toBeUndefined()
  expect(reply.header('access-control-allow-origin')).toBe('*')
})

test('a redirect leads nowhere but to this host', async () => {
  for (const path of ['//tides/', '///evil.example/', '/\\evil.example/', '/tides/%2e%2e/', '/nothing/', '/']) {
    const reply = await gateway.ask(path)
    expect(reply.status, path).not.toBe(308)
  }
})

test('a credential that was shown at another spelling opens the one it leads to', async () => {
  const bought = await gateway.buy('/tides')
  const headers = { Authorization: bought.authorization }
  const reply = await gateway.ask('/Tides/', { headers })
  expect((await gateway.ask(reply.header('location') ?? '', { headers })).status).toBe(200)
})

/** Gives a published article another address, as its creator would. */
async function move(resourceId: string, slug: string): Promise<void> {
  const key = { creatorId: gateway.creatorId, resourceId }
  const db = gateway.database.owner
  const article = await findArticle(db, key)
  if (article === null) throw new TypeError(`no article ${resourceId}`)
  const { title, lead, markdown, cutBlock, language, revision } = article
  const saved = await saveArticle({ db }, { ...key, title, lead, markdown, cutBlock, language, revision, slug })
  expect(saved).toMatchObject({ kind: 'saved', slug })
}

test('addresses that an article had before lead to the present one, and what was bought there opens', async () => {
  const { resourceId } = await gateway.publish({ title: 'Storms', sats: 210 })
  await gateway.changed()
  const { authorization } = await gateway.buy('/storms')
  for (const slug of ['gales', 'winds']) await move(resourceId, slug)
  await until(
    'the new address is known',
    async () => (await gateway.ask('/winds', { headers: { Authorization: authorization } })).status === 200,
  )
  for (const [path, location] of [
    ['/storms', '/winds'],
    ['/Gales/', '/winds'],
    ['/storms?l402_offer=single', '/winds?l402_offer=single'],
  ] as const) {
    const reply = await gateway.ask(path)
    expect([reply.status, reply.header('location'), reply.header('www-authenticate')]).toEqual([
      308,
      location,
      undefined,
    ])
  }
  for (const path of ['/storms/nothing', '/storms/%2e%2e', '/gale'])
    expect((await gateway.ask(path)).status, path).toBe(404)
})

test('an address that is taken back is no redirect any more', async () => {
  const { resourceId } = await gateway.publish({ title: 'Fog', sats: 210 })
  for (const slug of ['mist', 'fog']) await move(resourceId, slug)
  await until('the new address is known', async () => (await gateway.ask('/mist')).header('location') === '/fog')
  expect((await gateway.ask('/fog')).status).toBe(402)
})
