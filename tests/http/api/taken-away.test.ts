/** What programs meet when a seller takes an API away, or signs with another key. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import { deleteApi } from '#lib/paywall/resources/api/delete-api.ts'
import { rotateSigning } from '#lib/paywall/resources/api/rotate-signing.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { TEST_OPEN_KEY } from '#tests/support/gateway.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

let upstream: TestUpstream
let shop: ApiShop
beforeAll(async () => {
  upstream = await startUpstream((_req, res) => res.end('answer'))
  shop = await startApiShop([upstream])
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
})
const deps = () => ({ db: shop.database.web, clock: systemClock, sealKey: sealKeyOf(TEST_OPEN_KEY) })

test('one that was deleted is gone at each of its paths, for who bought it too, and reaches no server', async () => {
  const sold = await shop.sell({
    slug: 'gone',
    url: upstream.url,
    rules: [ruleOf('a', '/a', { sats: 1 }), ruleOf('b', '/b')],
  })
  const { authorization, challenge } = await shop.buy('/gone/a')
  await shop.settled(challenge)
  const key = { creatorId: shop.creatorId, resourceId: sold.resourceId }
  const confirmed = { isPublished: true, routes: 2, buyers: 1 }
  expect(await deleteApi(deps(), { ...key, confirmed })).toMatchObject({ kind: 'deleted' })
  await shop.changed()
  const before = upstream.arrived.length
  for (const path of ['/gone', '/gone/a', '/gone/b']) {
    const reply = await shop.ask(path, { headers: { Authorization: authorization } })
    expect([reply.status, reply.json().reason]).toEqual([410, 'paywall.resource_deleted'])
    expect(reply.json().detail).toBe('bought')
    expect((await shop.ask(path)).json().detail).not.toBe('bought')
  }
  expect(upstream.arrived).toHaveLength(before)
})

test('a new signing secret signs the next request, and the one before does not', async () => {
  const sold = await shop.sell({
    slug: 'signed',
    url: upstream.url,
    rules: [ruleOf('a', '/a'), ruleOf('b', '/b', { sats: 1 })],
  })
  const rotated = await rotateSigning(deps(), { creatorId: shop.creatorId, resourceId: sold.resourceId })
  if (rotated.kind !== 'rotated') throw new TypeError('not rotated')
  await shop.changed()
  await shop.ask('/signed/a')
  const signature = upstream.arrived.at(-1)?.header('x-l402-signature') ?? ''
  const [, seconds = '', mac = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  const sign = (secret: string) =>
    createHmac('sha256', Buffer.from(secret, 'hex')).update([seconds, 'GET', '/a', '', '', ''].join('\n')).digest('hex')
  expect(mac).toBe(sign(rotated.signingSecret))
  expect(mac).not.toBe(sign(sold.signingSecret))
})
