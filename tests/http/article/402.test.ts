/** The 402 to a program: one exact challenge line, the same in JSON, and nothing that opens anything. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
let tides: { resourceId: string; service: string }
beforeAll(async () => {
  gateway = await startTestGateway()
  tides = await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.publish({ title: 'Storms', sats: 180 })
})
afterAll(() => gateway.close())

describe('a program without a credential', () => {
  test('gets one challenge line in the one exact form', async () => {
    const reply = await gateway.ask('/tides')
    expect(reply.status).toBe(402)
    const lines = reply.headers('www-authenticate')
    expect(lines).toHaveLength(1)
    const line =
      /^L402 macaroon="([A-Za-z0-9+/]+={0,2})", invoice="(lnbcrt2100n1[a-z0-9]+)", version="0", token="([^"]+)"$/.exec(
        lines[0] ?? '',
      )
    expect(line?.[1]).toBe(line?.[3])
    expect(reply.json()).toMatchObject({ macaroon: line?.[1], invoice: line?.[2] })
  })

  test('gets every field of the reference, and no other client may keep it', async () => {
    const reply = await gateway.ask('/tides')
    expect(reply.header('content-type')).toBe('application/json')
    expect(reply.header('cache-control')).toBe('private, no-store')
    expect(reply.header('vary')).toBe('Accept, Authorization, Cookie')
    expect(reply.header('l402-reason')).toBe('l402.missing')
    expect(reply.header('x-content-type-options')).toBe('nosniff')
    expect(reply.header('access-control-allow-origin')).toBe('*')
    expect(reply.header('access-control-expose-headers')).toContain('WWW-Authenticate')
    expect(reply.header('access-control-allow-headers')).toContain('Authorization')
    expect(reply.header('link')).toBe(
      '</.well-known/l402.json>; rel="describedby l402-manifest", </llms.txt>; rel="help"',
    )
    const bytes = reply.fields.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0)
    expect(bytes).toBeLessThan(4_096)
  })

  test('reads price, resource and end of the invoice in the body', async () => {
    const body = (await gateway.ask('/tides')).json()
    expect(body).toMatchObject({
      error: 'payment_required',
      reason: 'l402.missing',
      detail: 'none',
      message: '210 sats opens this article.',
      priceSats: 210,
      price_sats: 210,
      payment_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      paymentRequest: body.invoice,
      challenge: expect.stringMatching(/^chl_/),
      request_id: expect.stringMatching(/^req_/),
      resource: {
        id: tides.resourceId,
        service: tides.service,
        kind: 'article',
        title: 'Tides',
        url: `${gateway.origin}/tides`,
        words: expect.any(Number),
        preview_words: expect.any(Number),
      },
      offers: [{ id: 'single', price_sats: 210, covers: [tides.service], lasts: 'forever', url: '/tides' }],
    })
    expect(Date.parse(String(body.expires_at)) - Date.now()).toBeGreaterThan(800_000)
  })

  test('gets no paid byte and no secret', async () => {
    const reply = await gateway.ask('/tides')
    const { preimage } = await gateway.node.pay(String(reply.json().invoice))
    expect(reply.text).not.toContain(PAID_SENTENCE)
    expect(reply.text).not.toContain(preimage)
    expect(reply.headers('set-cookie')).toEqual([])
  })

  test('gets an invoice of its own, since no two clients share a payment hash', async () => {
    const [one, other] = await Promise.all([gateway.ask('/tides'), gateway.ask('/tides')])
    expect(one.json().payment_hash).not.toBe(other.json().payment_hash)
  })
})

describe('an unpaid token', () => {
  test('opens nothing, and gets the same invoice again', async () => {
    const first = (await gateway.ask('/tides')).json()
    const again = await gateway.ask('/tides', { headers: { Authorization: `L402 ${first.macaroon}:` } })
    expect(again.status).toBe(402)
    expect(again.json()).toMatchObject({ reason: 'l402.missing', detail: 'preimage', invoice: first.invoice })
    expect(again.text).not.toContain(PAID_SENTENCE)
  })

  test('that was paid meanwhile is told so, and gets no second invoice', async () => {
    const bought = await gateway.buy('/tides')
    await gateway.settled(bought.challenge)
    const macaroon = Buffer.from(bought.macaroon).toString('base64')
    const reply = await gateway.ask('/tides', { headers: { Authorization: `LSAT ${macaroon}` } })
    expect(reply.status).toBe(402)
    expect(reply.json()).toMatchObject({ reason: 'l402.missing', detail: 'preimage', state: 'settled' })
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect(reply.text).not.toContain('invoice')
  })

  test('with a claim secret gets the same invoice again, and another secret does not', async () => {
    const secret = Buffer.alloc(32, 3).toString('base64url')
    const first = (await gateway.ask('/tides', { headers: { 'L402-Claim': secret } })).json()
    const again = (await gateway.ask('/tides', { headers: { 'L402-Claim': secret } })).json()
    expect(again.invoice).toBe(first.invoice)
    const other = Buffer.alloc(32, 4).toString('base64url')
    expect((await gateway.ask('/tides', { headers: { 'L402-Claim': other } })).json().invoice).not.toBe(first.invoice)
  })
})

describe('a credential that is not sufficient', () => {
  test('for another article is told so, and the new token covers both', async () => {
    const bought = await gateway.buy('/tides')
    const reply = await gateway.ask('/storms', { headers: { Authorization: bought.authorization } })
    expect(reply.status).toBe(402)
    const body = reply.json() as {
      reason: string
      detail: string
      price_sats: number
      offers: { covers: string[] }[]
      invoice: string
      macaroon: string
    }
    expect(body).toMatchObject({ reason: 'l402.wrong_service', detail: 'service', price_sats: 180 })
    expect(body.offers[0]?.covers).toEqual([tides.service, expect.stringContaining('storms')])
    const { preimage } = await gateway.node.pay(body.invoice)
    const both = { Authorization: `L402 ${body.macaroon}:${preimage}` }
    expect((await gateway.ask('/tides', { headers: both })).status).toBe(200)
    expect((await gateway.ask('/storms', { headers: both })).status).toBe(200)
  })

  test.each([
    [
      'an altered byte of the macaroon',
      'l402.signature_invalid',
      (m: Buffer, p: string) => [flip(m, m.length - 1), p] as const,
    ],
    ['an altered byte of a caveat', 'l402.signature_invalid', (m: Buffer, p: string) => [flip(m, 100), p] as const],
    ['the preimage of another payment', 'l402.preimage_mismatch', (m: Buffer) => [m, '22'.repeat(32)] as const],
    ['half a macaroon', 'l402.malformed', (m: Buffer, p: string) => [m.subarray(0, 90), p] as const],
    ['half a preimage', 'l402.malformed', (m: Buffer, p: string) => [m, p.slice(2)] as const],
    ['a macaroon of zeros', 'l402.malformed', (_m: Buffer, p: string) => [Buffer.alloc(100), p] as const],
  ])('%s: refused with %s and a fresh challenge', async (_what, reason, change) => {
    const bought = await gateway.buy('/tides')
    const [macaroon, preimage] = change(Buffer.from(bought.macaroon), bought.preimage)
    const authorization = `L402 ${macaroon.toString('base64')}:${preimage}`
    const reply = await gateway.ask('/tides', { headers: { Authorization: authorization } })
    expect(reply.status).toBe(402)
    expect(reply.header('l402-reason')).toBe(reason)
    expect(reply.headers('www-authenticate')).toHaveLength(1)
    expect(reply.text).not.toContain(PAID_SENTENCE)
    expect(reply.text).not.toContain(bought.preimage)
    expect((await gateway.ask('/tides', { headers: { Authorization: bought.authorization } })).status).toBe(200)
  })

  test('a payment hash, a preimage or an invoice alone open nothing', async () => {
    const first = (await gateway.ask('/tides')).json()
    const { preimage } = await gateway.node.pay(String(first.invoice))
    for (const value of [preimage, first.payment_hash, first.invoice, `${first.payment_hash}:${preimage}`]) {
      const reply = await gateway.ask('/tides', { headers: { Authorization: `L402 ${value}` } })
      expect(reply.status).toBe(402)
      expect(reply.text).not.toContain(PAID_SENTENCE)
    }
  })
})

test('HEAD without access says 402, and mints nothing', async () => {
  const before = await gateway.database.owner.client.challenge.count()
  const reply = await gateway.ask('/tides', { method: 'HEAD' })
  expect(reply.status).toBe(402)
  expect(reply.text).toBe('')
  expect(reply.header('www-authenticate')).toBeUndefined()
  expect(reply.header('l402-reason')).toBe('l402.missing')
  expect(await gateway.database.owner.client.challenge.count()).toBe(before)
})

function flip(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeUInt8((changed[at] ?? 0) ^ 1, at)
  return changed
}
