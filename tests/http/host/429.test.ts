/** Hosts that nobody has are answered a while and then refused, so who guesses them keeps no paid read waiting. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 50 })
  gateway.clock.stop()
})
afterAll(() => gateway.close())

test('a client who guesses hosts gets 404, then 429 and the time to wait; what was bought is read', async () => {
  const bought = await gateway.buy('/tides')
  const statuses = new Map<number, number>()
  let stopped = null
  for (let n = 0; n < 400; n++) {
    const reply = await gateway.ask('/', { host: `nobody-${n}.localhost:${gateway.port}` })
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
    if (reply.status === 429) stopped = reply
  }
  expect([...statuses.keys()].toSorted()).toEqual([404, 429])
  expect(statuses.get(404)).toBeGreaterThanOrEqual(50)
  expect(statuses.get(404)).toBeLessThan(150)
  expect([stopped?.header('l402-reason'), stopped?.header('retry-after')]).toEqual(['limit.rate', '1'])
  expect((await gateway.ask('/tides', { headers: { Authorization: bought.authorization } })).status).toBe(200)
})

test('asking for creators who are there is not guessing, however many they are', async () => {
  const other = await startTestGateway()
  try {
    for (let n = 0; n < 60; n++) {
      const { host } = await other.addCreator(`shop-${n}`)
      expect((await other.ask('/', { host })).status).toBe(200)
    }
  } finally {
    await other.close()
  }
})
