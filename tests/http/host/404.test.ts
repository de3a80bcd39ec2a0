/** What is not there, not on sale, or asked in the wrong way: a page for people, JSON for programs, never an invoice. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { pauseResource } from '#lib/paywall/resources/pause-resource.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

const BROWSER = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }

let gateway: TestGateway
let resourceId: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ resourceId } = await gateway.publish({ title: 'Tides', sats: 210 }))
})
afterAll(() => gateway.close())

describe('what is not there', () => {
  test.each([
    '/nothing',
    '//tides',
    '/tides;x',
    '/tides/x',
    '/x/%2e%2e/tides',
    '/tides%2f',
    '/%zz',
    '/_l402/nothing',
    '/_l402/challenge/chl_1/x',
    `/tides/${'0'.repeat(64)}.gif`,
  ])('%s is 404 without a challenge', async (path) => {
    const reply = await gateway.ask(path)
    expect(reply.status).toBe(404)
    expect(reply.header('l402-reason')).toBe('paywall.resource_unknown')
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect(reply.json()).toMatchObject({
      error: 'not_found',
      reason: 'paywall.resource_unknown',
      message: expect.stringMatching(/^There is nothing here\.( The nearest address is \/tides\.)?$/),
    })
  })

  test.each([
    ['/tidse', '/tides'],
    ['/tide', '/tides'],
    ['/tides.html', '/tides'],
    ['/tides/more', '/tides'],
  ])('%s is told the nearest address, to programs and to people', async (path, nearest) => {
    const reply = await gateway.ask(path)
    expect(reply.json().message).toBe(`There is nothing here. The nearest address is ${nearest}.`)
    const page = await gateway.ask(path, { headers: BROWSER })
    expect(page.status).toBe(404)
    expect(page.text).toContain(`href="${nearest}">Tides</a>`)
  })

  test('what resembles no address is told none, and so is what is not on a host of a creator', async () => {
    for (const path of ['/nothing', '/x', '/_l402/tides']) {
      expect((await gateway.ask(path)).json().message).toBe('There is nothing here.')
    }
    const nobody = await gateway.ask('/tidse', { host: `nobody.localhost:${gateway.port}` })
    expect(nobody.json().message).toBe('There is nothing here.')
  })

  test('an escaped letter is the same letter', async () => {
    expect((await gateway.ask('/%74ides')).status).toBe(402)
  })

  test('a host without a creator is 404, in the form that was asked for', async () => {
    for (const host of [
      'nobody.localhost:1',
      `nobody.localhost:${gateway.port}`,
      `localhost:${gateway.port}`,
      'evil.example',
    ]) {
      const reply = await gateway.ask('/tides', { host })
      expect(reply.status).toBe(404)
      expect(reply.header('access-control-allow-origin')).toBe('*')
    }
    const page = await gateway.ask('/', { host: `nobody.localhost:${gateway.port}`, headers: BROWSER })
    expect(page.header('content-type')).toBe('text/html; charset=utf-8')
    expect(page.text).toContain('There is nothing here')
    expect(page.text).toContain('No creator is at this address.')
    expect(page.text).toContain(`href="${gateway.deps.config.APP_URL}"`)
  })

  test('a host that is named for one creator is that creator, whose one address stays the other', async () => {
    const host = `127.0.0.1:${gateway.port}`
    expect((await gateway.ask('/tides', { host })).json().resource).toMatchObject({ url: `http://${host}/tides` })
    const page = await gateway.ask('/tides', { host, headers: BROWSER })
    expect(page.text).toContain(`<link rel="canonical" href="${gateway.origin}/tides"/>`)
    const bought = await gateway.buy('/tides')
    const headers = { Authorization: bought.authorization }
    expect((await gateway.ask('/tides', { host, headers })).status).toBe(200)
  })

  test('a host in capitals and with a trailing dot is the same host', async () => {
    expect((await gateway.ask('/tides', { host: `HARBOR.localhost.:${gateway.port}` })).status).toBe(402)
  })

  test('a credential of one creator opens nothing on the host of another', async () => {
    const bought = await gateway.buy('/tides')
    const fjord = await gateway.addCreator('fjord')
    await gateway.publish({ title: 'Tides', sats: 210, creatorId: fjord.creatorId })
    const reply = await gateway.ask('/tides', { host: fjord.host, headers: { Authorization: bought.authorization } })
    expect(reply.status).toBe(402)
    expect(reply.json()).toMatchObject({ reason: 'l402.wrong_service', detail: 'creator' })
  })
})

describe('methods', () => {
  test('OPTIONS is free, names what may be sent, and mints nothing', async () => {
    const before = await gateway.database.owner.client.challenge.count()
    for (const path of ['/tides', '/nothing', '/_l402/claim']) {
      const reply = await gateway.ask(path, { method: 'OPTIONS' })
      expect(reply.status).toBe(204)
      expect(reply.header('access-control-max-age')).toBe('7200')
      expect(reply.header('access-control-allow-headers')).toContain('L402-Claim')
      expect(reply.header('access-control-allow-credentials')).toBeUndefined()
    }
    expect(await gateway.database.owner.client.challenge.count()).toBe(before)
  })

  test('a page elsewhere may send every well-formed field that it asks for', async () => {
    const asked = 'x-requested-with,traceparent, sentry-trace , X-Own-Field, authorization'
    const reply = await gateway.ask('/tides', {
      method: 'OPTIONS',
      headers: { Origin: 'https://app.example', 'Access-Control-Request-Headers': asked },
    })
    expect(reply.status).toBe(204)
    const allowed = (reply.header('access-control-allow-headers') ?? '').toLowerCase().split(', ')
    expect(allowed).toEqual(
      expect.arrayContaining(['x-requested-with', 'traceparent', 'sentry-trace', 'x-own-field', 'l402-claim']),
    )
    expect(new Set(allowed).size).toBe(allowed.length)
    expect(reply.header('vary')).toBe('Access-Control-Request-Headers')
    expect(reply.header('access-control-allow-origin')).toBe('*')
    expect(reply.header('access-control-allow-credentials')).toBeUndefined()
  })

  test.each([
    ['a name that is none', 'x y'],
    ['more names than any page sends', Array.from({ length: 41 }, (_, n) => `x-${n}`).join(',')],
    ['more text than any page sends', `x-${'a'.repeat(1_030)}`],
    ['one very long name', `x-${'b'.repeat(200)}`],
  ])('%s is not echoed, and the fields that are always allowed stay', async (_what, asked) => {
    const reply = await gateway.ask('/tides', {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Headers': asked },
    })
    expect(reply.status).toBe(204)
    const allowed = reply.header('access-control-allow-headers') ?? ''
    expect(allowed).toMatch(/^Authorization, .*X-Grpc-Web$/)
  })

  test('a method that does nothing is 405 with those that do', async () => {
    const post = await gateway.ask('/tides', { method: 'POST' })
    expect([post.status, post.header('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const get = await gateway.ask('/_l402/claim')
    expect([get.status, get.header('allow')]).toEqual([405, 'POST, OPTIONS'])
  })
})

describe('a paused article', () => {
  test('is sold to nobody, and read by those who bought it', async () => {
    const bought = await gateway.buy('/tides')
    await pauseResource(
      { db: gateway.database.owner, clock: systemClock },
      { creatorId: gateway.creatorId, resourceId, paused: true },
    )
    await gateway.changed()
    const reply = await gateway.ask('/tides')
    expect(reply.status).toBe(403)
    expect(reply.json()).toMatchObject({
      reason: 'paywall.resource_paused',
      message: 'Not on sale at the moment. Nothing was charged.',
    })
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect((await gateway.ask('/tides', { headers: { Authorization: bought.authorization } })).status).toBe(200)
    const asked = await gateway.ask('/_l402/challenge', { method: 'POST', body: '{"resource":"tides"}' })
    expect(asked.status).toBe(403)
    expect((await gateway.ask('/.well-known/l402.json')).json().services).toEqual([])
    await pauseResource(
      { db: gateway.database.owner, clock: systemClock },
      { creatorId: gateway.creatorId, resourceId, paused: false },
    )
    await gateway.changed()
    expect((await gateway.ask('/tides')).status).toBe(402)
  })
})
