/** A token without its preimage opens by our books and the claim secret together, and by nothing less; what a browser asked for it alone sees. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon } from '#lib/l402/macaroon.ts'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { cookiesOf, makeClaimSecret, payFor, postForm, postJson } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
let service: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
  await gateway.publish({ title: 'Storms', sats: 180 })
})
afterAll(() => gateway.close())

/** A paid challenge whose asker lost the preimage. */
async function payBare() {
  const { reply, secret } = await payFor(gateway, 'tides')
  return { macaroon: String(reply.json().macaroon), secret }
}
const read = (macaroon: string, secret: string | null, path = '/tides') =>
  gateway.ask(path, { headers: { Authorization: `L402 ${macaroon}:`, ...(secret && { 'L402-Claim': secret }) } })

describe('a paid token without its preimage', () => {
  test('opens with the claim secret of its challenge', async () => {
    const { macaroon, secret } = await payBare()
    const reply = await read(macaroon, secret)
    expect(reply.status).toBe(200)
    expect(reply.text).toContain(PAID_SENTENCE)
  })

  test.each<[string, (secret: string) => Promise<string | null> | string | null]>([
    ['no claim secret', () => null],
    ['a made-up one', () => makeClaimSecret().secret],
    ['one that agrees at its beginning', (secret) => `${secret.slice(0, 40)}${secret.startsWith('A') ? 'BBA' : 'AAA'}`],
    ['that of another purchase', async () => (await payBare()).secret],
  ])('stays out with %s, and nobody is asked to pay again', async (_what, change) => {
    const { macaroon, secret } = await payBare()
    const reply = await read(macaroon, await change(secret))
    expect(reply.status).toBe(402)
    expect(reply.json()).toMatchObject({ state: 'settled' })
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect(reply.text).not.toContain(PAID_SENTENCE)
  })

  test('says nothing about another article, which is sold as to anybody', async () => {
    const { macaroon, secret } = await payBare()
    const reply = await read(macaroon, secret, '/storms')
    expect(reply.status).toBe(402)
    expect(reply.headers('www-authenticate')).toHaveLength(1)
    expect(reply.json()).not.toHaveProperty('state')
  })

  test('that is used up opens no more, and can be bought anew', async () => {
    const { macaroon, secret } = await payBare()
    const decoded = decodeMacaroon(Buffer.from(macaroon, 'base64'))
    if (decoded.kind === 'refused') throw new TypeError('unreadable')
    const once = appendCaveat(gateway.deps.l402.hmac, decoded.macaroon, encodeUtf8(`${service}_uses=1`))
    const text = Buffer.from(encodeMacaroon(once)).toString('base64')
    expect((await read(text, secret)).status).toBe(200)
    const reply = await read(text, secret)
    expect([reply.status, reply.header('l402-reason')]).toEqual([402, 'l402.exhausted'])
    expect(reply.headers('www-authenticate')).toHaveLength(1)
  })
})

test('an invoice that is out is told again at its own price, and a new one at the price of today', async () => {
  const first = (await gateway.ask('/storms')).json()
  await gateway.reprice('/storms', 300)
  await gateway.changed()
  const again = (await read(String(first.macaroon), null, '/storms')).json()
  expect(again).toMatchObject({
    invoice: first.invoice,
    price_sats: 180,
    priceSats: 180,
    offers: [{ price_sats: 180 }],
  })
  expect((await gateway.ask('/storms')).json()).toMatchObject({ price_sats: 300, offers: [{ price_sats: 300 }] })
})

describe('the checkout of one browser', () => {
  const ask = async () => {
    const asked = await postForm(gateway, '/_l402/challenge', { resource: 'tides' })
    const [name = '', value = ''] = cookiesOf(asked).split('=')
    return { location: asked.header('location') ?? '', name, value }
  }

  test('shows its invoice to the cookie with its secret', async () => {
    const own = await ask()
    const page = await gateway.ask(own.location, { headers: { Cookie: `${own.name}=${own.value}` } })
    expect(page.status).toBe(200)
    expect(page.text).toContain('lnbcrt')
  })

  test('shows none to a cookie of its name with the secret of another', async () => {
    const [own, other] = [await ask(), await ask()]
    const page = await gateway.ask(own.location, { headers: { Cookie: `${own.name}=${other.value}` } })
    expect([page.status, page.header('l402-reason')]).toEqual([403, 'claim.refused'])
    expect(page.text).not.toContain('lnbcrt')
  })
})

test('a claim leaves no credential in the log', async () => {
  const { challenge, secret, preimage } = await payFor(gateway, 'tides')
  const claimed = await postJson(gateway, '/_l402/claim', { challenge, secret })
  expect(claimed.status).toBe(200)
  const { macaroon } = claimed.json() as { macaroon: string }
  const bytes = Buffer.from(macaroon, 'base64')
  await gateway.ask('/tides', { headers: { Cookie: cookiesOf(claimed) } })
  await gateway.ask('/tides', { headers: { Authorization: `L402 ${macaroon}:${preimage}` } })
  const log = JSON.stringify(gateway.logLines)
  expect(gateway.logLines.length).toBeGreaterThan(0)
  for (const part of [secret, preimage, macaroon, bytes.toString('hex'), bytes.toString('base64url')])
    expect(log).not.toContain(part)
})
