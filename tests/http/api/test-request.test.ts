/** A seller tries a request at their own API as a stranger, as a payer and as one whose access has ended; nobody else gains by it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { openNotices } from '#lib/notices.ts'
import { askTest } from '#lib/paywall/resources/api/ask-test.ts'
import type { TestRequest, TestResult } from '#lib/paywall/resources/api/test-request.ts'
import { readResult } from '#lib/paywall/resources/api/test-request-store.ts'
import { mintTestCredential } from '#lib/paywall/tokens/mint-test-credential.ts'
import { type ApiShop, ruleOf, type SoldApi, startApiShop } from '#tests/support/api-shop.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const SECRET = 'a key that only the upstream knows'
let upstream: TestUpstream
let shop: ApiShop
let sold: SoldApi
let notices: ReturnType<typeof openNotices>

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    if (req.url === '/broken') return void res.writeHead(500).end('no')
    if (req.url === '/endless') return void res.write('a beginning')
    res.writeHead(200, { 'Content-Type': 'application/json', 'X-Echo': req.headers['x-key'] ?? '' })
    res.end(JSON.stringify({ path: req.url, key: req.headers['x-key'] }))
  })
  shop = await startApiShop([upstream])
  notices = openNotices({ url: shop.database.webUrl })
  const rules = [ruleOf('free', '/free'), ruleOf('all', '/**', { sats: 7, uses: 3, rate: '1/60', methods: ['GET'] })]
  sold = await shop.sell({ slug: 'tried', url: upstream.url, headers: { 'x-key': SECRET }, rules })
})
afterAll(async () => {
  await notices?.close()
  await shop?.close()
  await upstream?.close()
})

const ask = (test: Partial<TestRequest>, { resourceId, creatorId }: { resourceId?: string; creatorId?: string } = {}) =>
  askTest(
    { db: shop.database.web, clock: systemClock, notices },
    {
      ...{ creatorId: creatorId ?? shop.creatorId, resourceId: resourceId ?? sold.resourceId },
      ...{ role: 'payer', method: 'GET', path: '/nodes/alice?full=1', ...test },
    },
  )

async function tryOut(test: Partial<TestRequest>, resourceId?: string): Promise<TestResult> {
  const asked = await ask(test, { ...(resourceId !== undefined && { resourceId }) })
  if (asked.kind !== 'asked') throw new TypeError(JSON.stringify(asked))
  const { creatorId } = shop
  let result: TestResult | string = 'waiting'
  await until('the test is tried', async () => {
    result = await shop.database.web.asCreator(creatorId, (tx) => readResult(tx, { creatorId, testId: asked.testId }))
    return result !== 'waiting'
  })
  return result as unknown as TestResult
}

const namesOf = ({ messages }: TestResult) => messages.map(({ of }) => of)

async function countRows() {
  const { client } = shop.database.owner
  return {
    settlements: await client.settlement.count(),
    entitlements: await client.entitlement.count(),
    counters: await client.useCounter.count(),
    leases: await client.useLease.count(),
    entries: await client.ledgerEntry.count(),
    sightings: await client.$queryRaw`select count(*)::int as n from sighting`,
  }
}

describe('a test', () => {
  test('as a payer shows the four messages in order with their times, no secret in them, and leaves no row of a sale', async () => {
    const before = await countRows()
    const result = await tryOut({})
    expect(result).toMatchObject({ verdict: 'passed', text: 'Who paid is let in; your server answered 200.' })
    expect(namesOf(result)).toEqual(['in', 'upstream', 'back', 'out'])
    const [asked, sent, back, out] = result.messages
    expect(asked?.head).toMatch(/^GET \/tried\/nodes\/alice\?full=1 HTTP\/1\.1\n/)
    expect(sent?.head).toMatch(/^GET \/nodes\/alice\?full=1 HTTP\/1\.1\n/)
    expect(sent?.head).toMatch(/\nX-L402-Service: .*-tried-all\n/i)
    expect(back?.head).toMatch(/^HTTP\/1\.1 200 OK\n/)
    expect(out?.head).toMatch(/^HTTP\/1\.1 200 OK\n/)
    expect(out?.body).toContain('"path":"/nodes/alice?full=1"')
    const times = result.messages.map(({ atMs }) => atMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const shown = JSON.stringify(result)
    expect(shown).not.toContain(SECRET)
    expect(shown).not.toMatch(/L402 [A-Za-z0-9]/)
    expect(shown).not.toMatch(/v1=[0-9a-f]/)
    expect(await countRows()).toEqual(before)
    // Neither counter nor pace: it can be tried again at once.
    expect((await tryOut({})).verdict).toBe('passed')
    expect(await countRows()).toEqual(before)
  })

  test.each([
    ['stranger', 'l402.missing'],
    ['expired', 'l402.expired'],
  ] as const)('as %s is refused with 402 and %s, and the server is not asked', async (role, reason) => {
    const arrived = upstream.arrived.length
    const result = await tryOut({ role })
    expect(result.verdict).toBe('refused')
    expect(namesOf(result)).toEqual(['in', 'out'])
    expect(result.messages[1]?.head).toMatch(/^HTTP\/1\.1 402 Payment Required\n/)
    expect(result.messages[1]?.body).toContain(reason)
    expect(JSON.stringify(result)).not.toMatch(/lnbcrt\w{60}/)
    expect(upstream.arrived).toHaveLength(arrived)
  })

  test('of a free route needs no token from anybody', async () => {
    const result = await tryOut({ role: 'stranger', path: '/free' })
    expect(result).toMatchObject({ verdict: 'passed', text: 'This route is free; your server answered 200.' })
    expect((await tryOut({ method: 'POST', path: '/nodes/alice' })).text).toContain('405')
  })

  test('tells what is wrong with a server: its status, that nothing listens, which rule keeps it closed', async () => {
    expect(await tryOut({ path: '/broken' })).toMatchObject({
      verdict: 'failed',
      text: expect.stringContaining('Your server answered 500. A payer is told'),
    })
    const rules = [ruleOf('all', '/**', { sats: 1 })]
    const closed = await shop.sell({ slug: 'closed', url: 'http://127.0.0.1:8081', rules })
    const result = await tryOut({ path: '/a' }, closed.resourceId)
    expect(result.verdict).toBe('failed')
    expect(result.text).toContain('loopback')
    expect(namesOf(result)).toEqual(['in', 'out'])
  })

  test('of an answer without end shows its beginning within seconds', async () => {
    const result = await tryOut({ path: '/endless' })
    expect(result.verdict).toBe('passed')
    expect(result.messages.at(-1)?.body).toMatch(/^a beginning/)
  })

  test('of an API that is not on sale, or at a place that no rule means, says so', async () => {
    const draft = await shop
      .sell({ slug: 'unpriced', url: upstream.url, rules: [ruleOf('free', '/**')] })
      .then(({ resourceId }) => resourceId)
    expect((await tryOut({}, draft)).text).toContain('not on sale yet')
    const narrow = await shop.sell({ slug: 'narrow', url: upstream.url, rules: [ruleOf('a', '/a', { sats: 1 })] })
    expect((await tryOut({ path: '/b' }, narrow.resourceId)).text).toContain('No rule means this path')
  })

  test('is asked for an API of one\u2019s own alone, in words that can be one, and not without end', async () => {
    const { creatorId } = await shop.addCreator('stranger')
    expect(await ask({}, { creatorId })).toEqual({ kind: 'unknown' })
    for (const bad of [{ method: 'TRACE' }, { path: 'a' }, { path: '/a/../b' }, { path: '/a b' }, { path: '/a#b' }])
      expect(await ask(bad)).toMatchObject({
        kind: 'invalid',
        fields: { [Object.keys(bad)[0] ?? '']: expect.any(String) },
      })
    const kinds = (await Promise.all(Array.from({ length: 25 }, () => ask({ path: '/free' })))).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'asked').length).toBeLessThanOrEqual(20)
    expect(kinds).toContain('invalid')
  })
})

describe('the credential of a test', () => {
  const mint = async (seconds: number) => {
    const creator = await shop.deps.catalog.find(shop.host)
    const offer = creator?.resources.find(({ id }) => id === sold.resourceId)?.offers[0]
    if (!creator || offer === undefined) throw new TypeError('nothing is on sale')
    const now = shop.clock.now()
    return mintTestCredential(shop.deps, { creator, offer, now, endsAt: new Date(now.getTime() + seconds * 1000) })
  }

  test('opens its route for a minute and then never again; a longer one is not made', async () => {
    const authorization = await mint(60)
    const get = () => shop.ask('/tried/nodes/bob', { headers: { Authorization: authorization } })
    expect((await get()).status).toBe(200)
    shop.clock.move(61_000)
    const after = await get()
    expect([after.status, after.json().reason]).toEqual([402, 'l402.expired'])
    await expect(mint(61)).rejects.toThrow('a minute at most')
  })

  test('opens no other resource', async () => {
    await shop.sell({ slug: 'beside', url: upstream.url, rules: [ruleOf('a', '/a', { sats: 1 })] })
    const reply = await shop.ask('/beside/a', { headers: { Authorization: await mint(60) } })
    expect([reply.status, reply.json().reason]).toEqual([402, 'l402.wrong_service'])
  })
})
