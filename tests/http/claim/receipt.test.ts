/** The token of a receipt without its secret is known for the purchase that it stands for: nobody is asked to pay twice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { makeClaimSecret, payFor, postJson } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
})
afterAll(() => gateway.close())

/** Paid, and answered with a receipt because the node tells no preimage. */
async function buyReceipt() {
  const bought = await payFor(gateway, 'tides')
  await gateway.node.disturb({ withholdPreimage: true })
  const body = (await postJson(gateway, '/_l402/claim', { challenge: bought.challenge, secret: bought.secret })).json()
  await gateway.node.disturb({ withholdPreimage: false })
  expect(body.kind).toBe('receipt')
  return { secret: bought.secret, authorization: `L402 ${body.macaroon}` }
}

test('with the claim secret of its purchase it opens', async () => {
  const { secret, authorization } = await buyReceipt()
  const reply = await gateway.ask('/tides', { headers: { Authorization: authorization, 'L402-Claim': secret } })
  expect(reply.status).toBe(200)
})

test.each([
  ['no claim secret', () => ({})],
  ['another claim secret', () => ({ 'L402-Claim': makeClaimSecret().secret })],
])('with %s it opens nothing and is given no second invoice', async (_what, more) => {
  const { authorization } = await buyReceipt()
  const reply = await gateway.ask('/tides', { headers: { Authorization: authorization, ...more() } })
  expect(reply.status).toBe(402)
  expect(reply.json().state).toBe('settled')
  expect(reply.headers('www-authenticate')).toEqual([])
})
