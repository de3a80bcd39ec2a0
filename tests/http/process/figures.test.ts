/** What a gateway tells of itself: figures for its operator, on a port of their own; what is down, by name and to anybody; days for its creator. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quantileMs } from '#lib/paywall/usage/latency.ts'
import { deleteRefusals, listRefusals } from '#lib/paywall/usage/refusal-store.ts'
import { deleteUpstreams, sumUpstreams } from '#lib/paywall/usage/upstream-store.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { type ApiShop, ruleOf, type SoldApi, startApiShop } from '#tests/support/api-shop.ts'
import { askOnce, type Purchase } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'
import { giveSignsOfLife } from '#workers/signs-of-life.ts'

let upstream: TestUpstream
let shop: ApiShop
let sold: SoldApi
let bought: Purchase
let metricsPort: number
let upstreamStatus = 200
beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.writeHead(upstreamStatus).end('{}')
  })
  ;[metricsPort = 0] = await freePorts(1)
  shop = await startApiShop([upstream], { metricsPort })
  await shop.publish({ title: 'Tides', sats: 210 })
  sold = await shop.sell({ slug: 'scores', url: upstream.url, rules: [ruleOf('node', '/nodes/*', { sats: 5 })] })
  bought = await shop.buy('/scores/nodes/alice')
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
})

const read = (path = '/scores/nodes/alice') => shop.ask(path, { headers: { Authorization: bought.authorization } })
const figures = () => askOnce(metricsPort, '/metrics', { host: 'localhost' })
/** The sum of a figure over the lines that hold all of `labels`. */
async function figure(name: string, ...labels: string[]): Promise<number> {
  const lines = (await figures()).text.split('\n').filter((line) => line.startsWith(`${name}{`))
  const wanted = lines.filter((line) => labels.every((label) => line.includes(label)))
  return wanted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
const ofToday = () => ({ creatorId: shop.creatorId, resourceId: sold.resourceId, from: shop.clock.now() })

test('figures count what was judged and why, what was known, what node and upstream took; on their own port alone', async () => {
  const article = await shop.buy('/tides')
  for (let n = 0; n < 2; n++) await shop.ask('/tides', { headers: { Authorization: article.authorization } })
  const admitted = await figure('satstile_judgements_total', 'outcome="admit"')
  expect((await read()).status).toBe(200)
  expect((await read()).status).toBe(200)
  await shop.ask('/scores/nodes/alice', { headers: { Authorization: 'L402 !!:00' } })
  expect(await figure('satstile_judgements_total', 'outcome="admit"')).toBe(admitted + 2)
  expect(await figure('satstile_judgements_total', 'outcome="challenge"', 'reason="l402.malformed"')).toBe(1)
  expect(await figure('satstile_credentials_total', 'known="letters"')).toBeGreaterThan(0)
  expect(await figure('satstile_credentials_total', 'known="verified"')).toBeGreaterThan(0)
  expect(await figure('satstile_challenge_seconds_count', 'result="issued"')).toBeGreaterThan(0)
  expect(await figure('satstile_node_seconds_count', 'call="create_invoice"', 'result="answered"')).toBeGreaterThan(0)
  expect(await figure('satstile_upstream_seconds_count', 'outcome="answered"')).toBe(2)
  expect(await figure('satstile_db_connections', 'state="idle"')).toBeGreaterThan(0)
  expect((await figures()).text).toMatch(/^nodejs_eventloop_lag_p99_seconds\{process="gateway"\}/m)
  expect((await shop.ask('/metrics')).status).toBe(404)
  for (const [path, method, status] of [
    ['/', 'GET', 404],
    ['/metrics', 'POST', 405],
  ] as const)
    expect((await askOnce(metricsPort, path, { host: 'localhost', method })).status).toBe(status)
})

test('no figure carries a credential, a creator, a resource or a path', async () => {
  for (let n = 0; n < 20; n++)
    await shop.ask(`/scores/made-up-${n}`, { headers: { Authorization: `L402 secret${n}:00` } })
  const { text } = await figures()
  for (const word of ['made-up', 'secret', 'harbor', 'scores', shop.creatorId, bought.preimage, 'AgEIc2F0'])
    expect(text).not.toContain(word)
  expect(text.split('\n').filter((line) => line.startsWith('satstile_judgements_total')).length).toBeLessThan(20)
})

test('refusals are counted by day and reason for their creator, and the question about the price is none', async () => {
  await shop.ask('/scores/nodes/bob')
  await shop.ask('/scores/nodes/bob', { headers: { Authorization: bought.authorization.slice(0, -2).concat('00') } })
  await shop.deps.refusals.flush()
  const rows = await shop.database.web.asCreator(shop.creatorId, (tx) => listRefusals(tx, ofToday()))
  const reasons = rows.map(({ reason, detail }) => `${reason} ${detail}`)
  expect(reasons).toContain('l402.preimage_mismatch preimage')
  expect(reasons).toContain('l402.malformed text')
  expect(reasons).not.toContain('l402.missing none')
  const before = rows.find(({ reason }) => reason === 'l402.preimage_mismatch')?.count ?? 0
  await shop.ask('/scores/nodes/bob', { headers: { Authorization: bought.authorization.slice(0, -2).concat('00') } })
  await shop.deps.refusals.flush()
  const after = await shop.database.web.asCreator(shop.creatorId, (tx) => listRefusals(tx, ofToday()))
  expect(after.find(({ reason }) => reason === 'l402.preimage_mismatch')?.count).toBe(before + 1)
})

test('an upstream is told of by how long it took and what was not charged, and nobody else reads it', async () => {
  upstreamStatus = 503
  expect((await read()).status).toBe(503)
  upstreamStatus = 200
  await shop.deps.upstreams.flush()
  const sum = await shop.database.web.asCreator(shop.creatorId, (tx) => sumUpstreams(tx, ofToday()))
  expect(sum).toMatchObject({ calls: 3, failed: 1, unreachable: 0, timeouts: 0 })
  expect(quantileMs(sum?.slots ?? [], 0.99)).toBeGreaterThan(0)
  expect(await shop.database.web.asCreator('cre_other', (tx) => sumUpstreams(tx, ofToday()))).toBeNull()
  const old = { before: new Date(shop.clock.now().getTime() + 2 * 86_400_000), limit: 100 }
  expect(await deleteUpstreams(shop.database.jobs.client, old)).toBe(1)
  expect(await deleteRefusals(shop.database.jobs.client, old)).toBeGreaterThan(0)
})

test('health names what is down and says nothing else; what was bought opens meanwhile', async () => {
  const health = async () => (await shop.ask('/_l402/health')).json()
  const signs = giveSignsOfLife({ db: shop.database.jobs, log: shop.deps.log })
  await until('all is well', async () => String((await health()).down) === '')
  await signs()
  await until('the workers are missed', async () => String((await health()).down) === 'workers')
  await Promise.all([shop.postgres.cut(), shop.node.kill()])
  await until('database and node are missed', async () => String((await health()).down).startsWith('database,node'))
  const reply = await shop.ask('/_l402/health')
  expect(reply.status).toBe(200)
  expect(Object.keys(reply.json()).sort()).toEqual(['catalog_age_ms', 'down', 'status'])
  expect(await figure('satstile_down', 'part="node"')).toBe(1)
  expect((await read()).status).toBe(200)
})
