/** The first use of a token is noted for the workers: that is how a stolen key or a leaked preimage is found. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { until } from '#tests/support/until.ts'

let gateway: TestGateway
let service: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
})
afterAll(() => gateway.close())

const sightings = () => gateway.database.owner.client.sighting.findMany()

test('the first paid request leaves a sighting of what the token says of itself, and later ones no second', async () => {
  const bought = await gateway.buy('/tides')
  expect(await sightings()).toEqual([])
  for (let n = 0; n < 3; n += 1)
    expect((await gateway.ask('/tides', { headers: { Authorization: bought.authorization } })).status).toBe(200)
  await until('the first use is noted', async () => (await sightings()).length > 0)
  // Another token is noted behind it, so whatever else was to come is there.
  const other = await gateway.buy('/tides')
  await gateway.ask('/tides', { headers: { Authorization: other.authorization } })
  await until('the other is noted', async () => (await sightings()).length > 1)
  const seen = (await sightings()).filter(({ tokenId }) => Buffer.compare(tokenId, tokenIdOf(bought.macaroon)) === 0)
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatchObject({ creatorId: gateway.creatorId, services: [service] })
})

test('a credential that opens nothing leaves none', async () => {
  const bought = await gateway.buy('/tides')
  const macaroon = Buffer.from(bought.macaroon).toString('base64')
  for (const authorization of [`L402 ${macaroon}:`, `L402 ${macaroon}:${'22'.repeat(32)}`])
    expect((await gateway.ask('/tides', { headers: { Authorization: authorization } })).status).toBe(402)
  const good = await gateway.buy('/tides')
  await gateway.ask('/tides', { headers: { Authorization: good.authorization } })
  const has = async (id: Uint8Array) => (await sightings()).some(({ tokenId }) => Buffer.compare(tokenId, id) === 0)
  await until('what opens is noted', () => has(tokenIdOf(good.macaroon)))
  expect(await has(tokenIdOf(bought.macaroon))).toBe(false)
})
