/** A token under a key that another gateway made a moment ago opens here at once, although this one has not heard of the key. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomBytes } from '#lib/crypto.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { composeTokenId } from '#lib/l402/identifier.ts'
import { asPreimage } from '#lib/l402/preimage.ts'
import { mintToken } from '#lib/paywall/challenges/mint-token.ts'
import { ensureActiveKey } from '#lib/paywall/keys/ensure-active-key.ts'
import { rotateKey } from '#lib/paywall/keys/rotate-key.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
let service: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
  await gateway.buy('/tides')
})
afterAll(() => gateway.close())

/** A credential under `key`, as a gateway beside this one would have sold it. */
function mintWith(key: { keyId: Uint8Array; key: Uint8Array }): string {
  const preimage = asPreimage(randomBytes(32))
  const { l402 } = gateway.deps
  const facts = {
    paymentHash: l402.sha256(preimage),
    tokenId: composeTokenId(key.keyId, randomBytes(28)),
    caveats: [`services=${service}:0`, `${service}_capabilities=read`],
  }
  const macaroon = mintToken(l402, { find: () => ({ ...key, state: 'active' }) }, facts)
  if (macaroon === null) throw new TypeError('not minted')
  return `L402 ${formatCredential(macaroon, preimage)}`
}
const read = async (authorization: string) => {
  const reply = await gateway.ask('/tides', { headers: { Authorization: authorization } })
  return [reply.status, reply.header('l402-reason')]
}

test('a key that is younger than this gateway’s picture is looked for, and one that nobody made stays unknown', async () => {
  expect(await read(mintWith({ keyId: randomBytes(4), key: randomBytes(32) }))).toEqual([402, 'l402.signature_invalid'])
  await rotateKey({ db: gateway.database.owner }, { creatorId: gateway.creatorId })
  const young = await ensureActiveKey({ db: gateway.database.gate, ring: gateway.deps.ring }, gateway.creatorId)
  expect(await read(mintWith(young))).toEqual([200, undefined])
})
