/** What is on sale is told to everybody for nothing, and it is true: prices are those of the next 402. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
let service: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
})
afterAll(() => gateway.close())

test('the manifest lists each article with the price of its next 402, and every condition we enforce', async () => {
  const reply = await gateway.ask('/.well-known/l402.json')
  expect(reply.status).toBe(200)
  expect(reply.header('content-type')).toBe('application/json')
  expect(reply.header('cache-control')).toBe('public, max-age=300')
  expect(reply.header('access-control-allow-origin')).toBe('*')
  const manifest = reply.json()
  expect(manifest).toMatchObject({
    version: '1.0',
    provider: { name: 'harbor Notes' },
    currencies: ['msat'],
    macaroon_versions: [0],
    payment_methods: ['bolt11'],
    services: [
      {
        name: service,
        title: 'Tides',
        tiers: [0],
        capabilities: ['read'],
        resources: [
          { path: '/tides', method: 'GET', pricing: { model: 'fixed', price_msat: 210_000 }, constraints: {} },
        ],
      },
    ],
    satstile: { schemes: ['L402'], unknown_caveats: 'skipped', own_namespace: 'refused' },
  })
  expect(Object.keys(manifest.caveats as object)).toEqual(
    expect.arrayContaining(['services', '<service>_valid_until', 'expiration', 'preimage']),
  )
  expect((await gateway.ask('/tides')).json().price_sats).toBe(210)
})

test('llms.txt says in one sentence how to buy, and names each article with its price', async () => {
  const reply = await gateway.ask('/llms.txt')
  expect(reply.status).toBe(200)
  expect(reply.header('content-type')).toBe('text/plain; charset=utf-8')
  expect(reply.text).toContain('Authorization: L402 <macaroon>:<preimage>')
  expect(reply.text).toContain(`[Tides](${gateway.origin}/tides)`)
  expect(reply.text).toContain('210 sats')
  expect(reply.text).not.toContain(PAID_SENTENCE)
})

test('robots may see previews and nothing under our own prefix', async () => {
  expect((await gateway.ask('/robots.txt')).text).toContain('User-agent: *\nDisallow: /_l402/\n')
})

test('the front page lists the articles with their prices, and its files come from this host for ever', async () => {
  const reply = await gateway.ask('/')
  expect(reply.status).toBe(200)
  expect(reply.header('content-type')).toBe('text/html; charset=utf-8')
  expect(reply.text).toContain('href="/tides"')
  expect(reply.text).toContain('210')
  expect(reply.text).not.toContain(PAID_SENTENCE)
  const asset = /href="(\/_l402\/assets\/reader\.[0-9a-f]{12}\.css)"/.exec(reply.text)?.[1] ?? ''
  const file = await gateway.ask(asset)
  expect(file.status).toBe(200)
  expect(file.header('content-type')).toBe('text/css; charset=utf-8')
  expect(file.header('cache-control')).toBe('public, max-age=31536000, immutable')
  expect((await gateway.ask('/_l402/assets/reader.000000000000.css')).status).toBe(404)
  expect((await gateway.ask('/_l402/assets/..%2fmanifest.json')).status).toBe(404)
})

test('no page loads anything from another host', async () => {
  const policy = (await gateway.ask('/')).header('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  // In development the page may also ask the demo wallet, and only that.
  expect(policy.replace(gateway.node.walletUrl, '')).not.toMatch(/https?:|unsafe|\*/)
})
