/** What a creator withdraws stops within two seconds; everything else of the same buyer goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rotateKey } from '#lib/paywall/keys/rotate-key.ts'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { PAID_SENTENCE, type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { payFor, postJson } from '#tests/support/gateway-browser.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { until } from '#tests/support/until.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
})
afterAll(() => gateway.close())

const read = (bought: Purchase) => gateway.ask('/tides', { headers: { Authorization: bought.authorization } })

test('a revoked token is refused within two seconds, with a fresh challenge, and another buyer reads on', async () => {
  const [revoked, other] = [await gateway.buy('/tides'), await gateway.buy('/tides')]
  await gateway.settled(revoked.challenge)
  expect((await read(revoked)).status).toBe(200)
  await revokeToken(
    { db: gateway.database.owner },
    { creatorId: gateway.creatorId, tokenId: tokenIdOf(revoked.macaroon) },
  )
  await until('the token is refused', async () => (await read(revoked)).status === 402, { withinMs: 2_000 })
  const reply = await read(revoked)
  expect(reply.header('l402-reason')).toBe('l402.revoked')
  expect(reply.headers('www-authenticate')).toHaveLength(1)
  expect(reply.text).not.toContain(PAID_SENTENCE)
  expect((await read(other)).status).toBe(200)
})

test('what was withdrawn opens in no larger token that carries it, and that token goes on for the rest', async () => {
  await gateway.publish({ title: 'Storms', sats: 180 })
  await gateway.changed()
  const first = await gateway.buy('/tides')
  await gateway.settled(first.challenge)
  const both = await gateway.buy('/storms', { Authorization: first.authorization })
  await gateway.settled(both.challenge)
  const open = async (path: string) =>
    (await gateway.ask(path, { headers: { Authorization: both.authorization } })).status
  expect([await open('/tides'), await open('/storms')]).toEqual([200, 200])
  await revokeToken(
    { db: gateway.database.owner },
    { creatorId: gateway.creatorId, tokenId: tokenIdOf(first.macaroon) },
  )
  await gateway.changed()
  expect([await open('/tides'), await open('/storms')]).toEqual([402, 200])
})

test('what was withdrawn after it was paid is not handed out to its claim, and can be bought anew', async () => {
  const bought = await payFor(gateway, 'tides')
  const macaroon = Buffer.from(String(bought.reply.json().macaroon), 'base64')
  await revokeToken({ db: gateway.database.owner }, { creatorId: gateway.creatorId, tokenId: tokenIdOf(macaroon) })
  await gateway.changed()
  const { challenge, secret } = bought
  const claimed = await postJson(gateway, '/_l402/claim', { challenge, secret })
  expect([claimed.status, claimed.header('l402-reason')]).toEqual([410, 'claim.over'])
  expect(claimed.headers('set-cookie')).toEqual([])
  const again = await gateway.ask('/tides', { headers: { 'L402-Claim': secret } })
  expect(again.headers('www-authenticate')).toHaveLength(1)
})

test('holders notice nothing of a new ring key', async () => {
  const before = await gateway.buy('/tides')
  await rotateKey({ db: gateway.database.owner }, { creatorId: gateway.creatorId })
  await gateway.changed()
  const after = await gateway.buy('/tides')
  expect([(await read(before)).status, (await read(after)).status]).toEqual([200, 200])
})
