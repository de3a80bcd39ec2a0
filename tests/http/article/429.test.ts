/** A paid token that is asked for faster than anybody reads is slowed down, and nobody else is. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ tokenLimits: 'reads=0.5/20' })
  await gateway.publish({ title: 'Tides', sats: 50 })
  gateway.clock.stop()
})
afterAll(() => gateway.close())

test('its burst is answered, then 429 says when to ask again, and the same article opens for another buyer', async () => {
  const [one, other] = [await gateway.buy('/tides'), await gateway.buy('/tides')]
  const headers = { Authorization: one.authorization }
  const replies = await Promise.all(Array.from({ length: 40 }, () => gateway.ask('/tides', { headers })))
  const statuses = replies.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(20)
  expect(statuses.filter((status) => status === 200).length).toBeLessThan(30)
  const stopped = replies.find(({ status }) => status === 429)
  expect([stopped?.header('l402-reason'), stopped?.json().detail, Number(stopped?.header('retry-after'))]).toEqual([
    'limit.rate',
    'token',
    expect.toSatisfy((seconds: number) => seconds === 1 || seconds === 2),
  ])
  expect(stopped?.header('www-authenticate')).toBeUndefined()
  expect((await gateway.ask('/tides', { headers: { Authorization: other.authorization } })).status).toBe(200)
})

test('a refused credential is not counted against the token that it names', async () => {
  const bought = await gateway.buy('/tides')
  const wrong = { Authorization: bought.authorization.replace(/.{64}$/, '0'.repeat(64)) }
  for (let n = 0; n < 30; n++) expect((await gateway.ask('/tides', { headers: wrong })).status).toBe(402)
  expect((await gateway.ask('/tides', { headers: { Authorization: bought.authorization } })).status).toBe(200)
})
