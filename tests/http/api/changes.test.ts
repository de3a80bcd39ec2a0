/** A seller changes an API while it is sold: what was bought stays what it was, and opens nothing that came later. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'
import { type SetApi, setApi } from '#lib/paywall/resources/api/set-api.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'
import { type ApiShop, ruleOf, type SoldApi, startApiShop } from '#tests/support/api-shop.ts'
import { type Purchase, TEST_OPEN_KEY } from '#tests/support/gateway.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

let upstream: TestUpstream
let shop: ApiShop
const deps = () => ({ db: shop.database.web, sealKey: sealKeyOf(TEST_OPEN_KEY), clock: systemClock })

beforeAll(async () => {
  upstream = await startUpstream((_req, res) => res.end('answer'))
  shop = await startApiShop([upstream])
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
})

const get = (path: string, { authorization }: Purchase) => shop.ask(path, { headers: { Authorization: authorization } })

async function setRulesOf({ resourceId }: SoldApi, rules: readonly RuleInput[]) {
  const set = await setRules(deps(), { creatorId: shop.creatorId, resourceId, rules })
  await shop.changed()
  return set
}

const change = ({ resourceId }: SoldApi, more: Partial<SetApi> = {}) =>
  setApi(deps(), {
    creatorId: shop.creatorId,
    resourceId,
    slug: '',
    title: '',
    url: upstream.url,
    timeoutMs: 5_000,
    headers: {},
    ...more,
  })

describe('rules', () => {
  test('one that is kept keeps its buyers, at a new price for those who come', async () => {
    const sold = await shop.sell({ slug: 'kept', url: upstream.url, rules: [ruleOf('a', '/a', { sats: 5 })] })
    const bought = await shop.buy('/kept/a')
    const set = await setRulesOf(sold, [ruleOf('renamed', '/a', { sats: 8, service: sold.services.a ?? null })])
    expect(set).toMatchObject({ kind: 'saved', rules: [{ service: sold.services.a, name: 'renamed' }] })
    expect((await get('/kept/a', bought)).status).toBe(200)
    expect((await shop.ask('/kept/a')).json()).toMatchObject({ price_sats: 8 })
  })

  test('one that goes takes its service along: whatever has its name later is not opened by what was sold of it', async () => {
    const sold = await shop.sell({
      slug: 'gone',
      url: upstream.url,
      rules: [ruleOf('a', '/a', { sats: 1 }), ruleOf('b', '/b', { sats: 2 })],
    })
    const bought = await shop.buy('/gone/a')
    const set = await setRulesOf(sold, [
      ruleOf('b', '/b', { sats: 2, service: sold.services.b ?? null }),
      ruleOf('a', '/a', { sats: 900 }),
    ])
    if (set.kind !== 'saved') throw new TypeError('not saved')
    expect(set.rules[0]?.service).toBe(sold.services.b)
    expect(set.rules[1]?.service).not.toBe(sold.services.a)
    expect((await get('/gone/a', bought)).json()).toMatchObject({ reason: 'l402.wrong_service', price_sats: 900 })
    const services = (await shop.ask('/.well-known/l402.json')).text
    expect(services).not.toContain(`"${sold.services.a}"`)
  })

  test('one that becomes free is free, and one that becomes priced is not', async () => {
    const sold = await shop.sell({
      slug: 'turned',
      url: upstream.url,
      rules: [ruleOf('a', '/a', { sats: 1 }), ruleOf('b', '/b')],
    })
    expect((await shop.ask('/turned/b')).status).toBe(200)
    await setRulesOf(sold, [ruleOf('a', '/a'), ruleOf('b', '/b', { sats: 3 })])
    expect((await shop.ask('/turned/a')).status).toBe(200)
    expect((await shop.ask('/turned/b')).status).toBe(402)
  })

  test('a service of another API or another rule is not taken over', async () => {
    const one = await shop.sell({ slug: 'one', url: upstream.url, rules: [ruleOf('a', '/a', { sats: 1 })] })
    const two = await shop.sell({ slug: 'two', url: upstream.url, rules: [ruleOf('a', '/a', { sats: 1 })] })
    const service = one.services.a ?? null
    expect(await setRulesOf(two, [ruleOf('x', '/x', { sats: 1, service })])).toMatchObject({
      kind: 'invalid',
      fields: { 'rules.0.service': expect.any(String) },
    })
    const twice = [ruleOf('x', '/x', { sats: 1, service }), ruleOf('y', '/y', { sats: 9, service })]
    expect(await setRulesOf(one, twice)).toMatchObject({
      kind: 'invalid',
      fields: { 'rules.1.service': expect.any(String) },
    })
    expect(await setRulesOf(one, [ruleOf('x', '/x/..', { sats: 0 })])).toMatchObject({
      fields: { 'rules.0.path': expect.any(String), 'rules.0.price': 'A price is at least 1 sat.' },
    })
  })

  test('conditions of an offer stand in its token', async () => {
    await shop.sell({
      slug: 'paced',
      url: upstream.url,
      rules: [ruleOf('a', '/a', { sats: 1, rate: '2/60', lastsSeconds: 60, capability: 'best' })],
    })
    const bought = await shop.buy('/paced/a')
    const replies = [await get('/paced/a', bought), await get('/paced/a', bought), await get('/paced/a', bought)]
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(replies[0]?.header('l402-valid-until')).toMatch(/^\d+$/)
    expect(upstream.arrived.at(-1)?.header('x-l402-capabilities')).toBe('best')
  })
})

describe('an upstream', () => {
  test('has a field until it is taken away, and moves at once', async () => {
    const sold = await shop.sell({
      slug: 'moved',
      url: `${upstream.url}/v1`,
      headers: { 'x-key': 'one', 'x-other': 'two' },
      rules: [ruleOf('a', '/a')].concat(ruleOf('b', '/b', { sats: 1 })),
    })
    expect(
      await change(sold, { url: `${upstream.url}/v2`, headers: { 'x-key': 'three', 'x-other': null } }),
    ).toMatchObject({ kind: 'saved', signingSecret: null })
    await shop.changed()
    await shop.ask('/moved/a')
    const seen = upstream.arrived.at(-1)
    expect([seen?.url, seen?.header('x-key'), seen?.header('x-other')]).toEqual(['/v2/a', 'three', undefined])
  })

  test('of another creator is unknown, and what cannot be one is told by field', async () => {
    const sold = await shop.sell({ slug: 'mine', url: upstream.url, rules: [ruleOf('a', '/a', { sats: 1 })] })
    const { creatorId } = await shop.addCreator('stranger')
    expect(await change(sold, { creatorId })).toEqual({ kind: 'unknown' })
    expect(
      await setRules(deps(), { creatorId, resourceId: sold.resourceId, rules: [ruleOf('a', '/a', { sats: 1 })] }),
    ).toEqual({ kind: 'unknown' })
    const bad = await change(sold, { resourceId: null, slug: 'mine', title: 'Mine' })
    expect(bad).toMatchObject({ kind: 'invalid', fields: { slug: expect.any(String) } })
    const worse = await change(sold, { url: 'ftp://x', timeoutMs: 1, headers: { host: 'x' } })
    expect(worse).toMatchObject({
      kind: 'invalid',
      fields: { url: expect.any(String), timeoutMs: expect.any(String), 'headers.host': expect.any(String) },
    })
  })

  test("the dashboard's role writes what is sealed and cannot read it", async () => {
    const read = (column: string, table: string) =>
      shop.database.web.asCreator(shop.creatorId, (tx) => tx.$queryRawUnsafe(`select ${column} from ${table}`))
    await expect(read('sealed', 'upstream_header')).rejects.toThrow('permission denied')
    await expect(read('signing_sealed', 'upstream')).rejects.toThrow('permission denied')
    expect(await read('name', 'upstream_header')).not.toEqual([])
    const rows = await shop.database.owner.client.upstreamHeader.findMany()
    expect(rows.every(({ sealed }) => !Buffer.from(sealed).includes('three'))).toBe(true)
  })

  test('whose secrets open with no key of ours is not on sale, and nothing else is hurt', async () => {
    const sold = await shop.sell({
      slug: 'lost',
      url: upstream.url,
      headers: { 'x-key': 'one' },
      rules: [ruleOf('a', '/a', { sats: 1 })],
    })
    const other = { ...deps(), sealKey: sealKeyOf(new Uint8Array(32).fill(77)) }
    const { creatorId } = shop
    await setApi(other, {
      creatorId,
      resourceId: sold.resourceId,
      slug: '',
      title: '',
      url: upstream.url,
      timeoutMs: 5_000,
      headers: { 'x-key': 'two' },
    })
    await shop.changed()
    expect((await shop.ask('/lost/a')).status).toBe(404)
    expect((await shop.ask('/kept/a')).status).toBe(402)
    expect(shop.logLines.filter(({ message }) => message === 'an upstream cannot be opened')).not.toEqual([])
  })

  test('that may not be opened from here answers as one that is down', async () => {
    await shop.sell({
      slug: 'inner',
      url: 'http://127.0.0.1:8081',
      rules: [ruleOf('a', '/a'), ruleOf('b', '/b', { sats: 1 })],
    })
    const reply = await shop.ask('/inner/a')
    expect([reply.status, reply.json().reason]).toEqual([502, 'upstream.unreachable'])
    expect(reply.text).not.toMatch(/127\.0\.0\.1|loopback/)
  })
})
