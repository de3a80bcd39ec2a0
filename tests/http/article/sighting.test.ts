/** The first use of a token is noted for the workers: that is how a stolen key or a leaked preimage is found. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'

let gateway: TestGateway
let service: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
})
afterAll(() => gateway.close())

async function sightings() {
  await gateway.deps.sightings.flush()
  return gateway.database.owner.client.sighting.findMany()
}

test('the first paid request leaves a sighting of what the token says of itself, and later ones no second', async () => {
  const bought = await gateway.buy('/tides')
  expect(await sightings()).toEqual([])
  for (let n = 0; n < 3; n += 1)
    expect((await gateway.ask('/tides', { headers: { Authorization: bought.authorization } })).status).toBe(200)
  const seen = await sightings()
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatchObject({ creatorId: gateway.creatorId, services: [service] })
  expect(Buffer.from(seen[0]?.tokenId ?? [])).toEqual(Buffer.from(tokenIdOf(bought.macaroon)))
})

test('a credential that opens nothing leaves none', async () => {
  const before = (await sightings()).length
  const bought = await gateway.buy('/tides')
  const macaroon = Buffer.from(bought.macaroon).toString('base64')
  for (const authorization of [`L402 ${macaroon}:`, `L402 ${macaroon}:${'22'.repeat(32)}`])
    expect((await gateway.ask('/tides', { headers: { Authorization: authorization } })).status).toBe(402)
  expect(await sightings()).toHaveLength(before)
})
