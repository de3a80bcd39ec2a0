/** A page asks for an invoice when a button is pressed, and hears when it is paid. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askOnce, PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor, cookiesOf, makeClaimSecret, payFor, postForm, postJson } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.publish({ title: 'Storms', sats: 180 })
})
afterAll(() => gateway.close())

describe('asking for an invoice', () => {
  test('answers 201 with the JSON of a 402 and without the header that makes programs pay', async () => {
    const { reply } = await askFor(gateway, 'tides')
    expect(reply.status).toBe(201)
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect(reply.header('cache-control')).toBe('private, no-store')
    expect(reply.json()).toMatchObject({
      price_sats: 210,
      challenge: expect.stringMatching(/^chl_/),
      invoice: expect.stringMatching(/^lnbcrt/),
    })
  })

  test.each(['/tides', 'tides'])('finds the article by %s', async (resource) => {
    expect((await askFor(gateway, resource)).reply.json()).toMatchObject({ resource: { title: 'Tides' } })
  })

  test('twice with the header of the same claim secret gets one invoice', async () => {
    const { secret, hash } = makeClaimSecret()
    const ask = () =>
      postJson(gateway, '/_l402/challenge', { resource: 'tides', claim_hash: hash }, { 'L402-Claim': secret })
    const [first, second] = [(await ask()).json(), (await ask()).json()]
    expect(second.invoice).toBe(first.invoice)
  })

  test('with the claim secret of a paid challenge gets no second invoice, as a page or as a program', async () => {
    const asked = await askFor(gateway, 'tides')
    await gateway.node.pay(asked.invoice)
    await gateway.settled(asked.challenge)
    const header = { 'L402-Claim': asked.secret }
    const page = await postJson(gateway, '/_l402/challenge', { resource: 'tides' }, header)
    expect([page.status, page.json()]).toEqual([
      200,
      { state: 'settled', challenge: asked.challenge, resource: { id: expect.any(String), url: '/tides' } },
    ])
    const program = await gateway.ask('/tides', { headers: header })
    expect(program.status).toBe(402)
    expect(program.header('www-authenticate')).toBeUndefined()
    expect(program.json()).toMatchObject({ state: 'settled' })
    const other = await gateway.ask('/tides', { headers: { 'L402-Claim': makeClaimSecret().secret } })
    expect(other.header('www-authenticate')).toMatch(/^L402 /)
  })

  test('for something the browser holds already asks for no money', async () => {
    const bought = await payFor(gateway, 'tides')
    const claimed = await postJson(gateway, '/_l402/claim', { challenge: bought.challenge, secret: bought.secret })
    const before = await gateway.database.owner.client.challenge.count()
    const reply = await postJson(gateway, '/_l402/challenge', { resource: 'tides' }, { Cookie: cookiesOf(claimed) })
    expect(reply.status).toBe(200)
    expect(reply.json()).toMatchObject({ state: 'settled' })
    expect(await gateway.database.owner.client.challenge.count()).toBe(before)
  })

  test('with a cookie for another article gets a token for both', async () => {
    const bought = await payFor(gateway, 'tides')
    const claimed = await postJson(gateway, '/_l402/claim', { challenge: bought.challenge, secret: bought.secret })
    const reply = await postJson(gateway, '/_l402/challenge', { resource: 'storms' }, { Cookie: cookiesOf(claimed) })
    const { offers } = reply.json() as { offers: { covers: string[] }[] }
    expect(offers[0]?.covers).toHaveLength(2)
  })

  test.each([
    ['an article that is not there', { resource: 'nothing' }, 404, 'paywall.resource_unknown'],
    ['an offer that is not there', { resource: 'tides', offer: 'month' }, 422, 'input.invalid'],
    ['a claim hash of another length', { resource: 'tides', claim_hash: 'abc' }, 422, 'input.invalid'],
  ])('%s is refused', async (_what, body, status, reason) => {
    const reply = await postJson(gateway, '/_l402/challenge', body)
    expect(reply.status).toBe(status)
    expect(reply.json()).toMatchObject({ reason, request_id: expect.stringMatching(/^req_/) })
  })
})

describe('waiting', () => {
  test('the asker sees open, then settled, and a stranger with the id sees nothing', async () => {
    const { challenge, secret, invoice } = await askFor(gateway, 'tides')
    const path = `/_l402/challenge/${challenge}`
    const proof = { 'L402-Claim': secret }
    expect((await gateway.ask(path, { headers: proof })).json()).toMatchObject({
      id: challenge,
      state: 'open',
      settled_at: null,
    })
    const waiting = gateway.ask(`${path}?wait=20`, { headers: proof })
    await gateway.node.pay(invoice)
    expect((await waiting).json()).toMatchObject({ state: 'settled', settled_at: expect.any(String) })
    for (const headers of [{}, { 'L402-Claim': makeClaimSecret().secret }]) {
      const reply = await gateway.ask(path, { headers })
      expect(reply.status).toBe(403)
      expect(reply.header('l402-reason')).toBe('claim.refused')
    }
  })

  test('a program may ask with its bare token, and another token does not tell', async () => {
    const first = (await gateway.ask('/tides')).json()
    const other = (await gateway.ask('/tides')).json()
    const ask = (macaroon: unknown) =>
      gateway.ask(`/_l402/challenge/${first.challenge}`, { headers: { Authorization: `L402 ${macaroon}` } })
    expect((await ask(first.macaroon)).json()).toMatchObject({ state: 'open' })
    expect((await ask(other.macaroon)).status).toBe(403)
  })

  test('the stream tells the state at once, the payment when it comes, and then ends', async () => {
    const { challenge, secret, invoice } = await askFor(gateway, 'tides')
    const streaming = gateway.ask(`/_l402/challenge/${challenge}/events`, { headers: { 'L402-Claim': secret } })
    await gateway.node.pay(invoice)
    const reply = await streaming
    expect(reply.header('content-type')).toBe('text/event-stream; charset=utf-8')
    const states = [...reply.text.matchAll(/^event: state\ndata: (.+)$/gm)].map(
      ([, data]) => JSON.parse(data ?? '').state,
    )
    expect(states.at(-1)).toBe('settled')
    expect(['open', 'settled']).toContain(states[0])
  })
})

describe('without JavaScript', () => {
  test('the form leads to a page with the invoice, and after paying to the open article', async () => {
    const asked = await postForm(gateway, '/_l402/challenge', { resource: 'tides', offer: 'single' })
    expect(asked.status).toBe(303)
    const location = asked.header('location') ?? ''
    expect(location).toMatch(/^\/_l402\/pay\/chl_[0-9a-z]+$/)
    const cookie = asked.header('set-cookie') ?? ''
    expect(cookie).toMatch(/^l402c-chl_[0-9a-z]+=[\w-]{43}; Path=\/_l402\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/)
    const own = { Cookie: cookiesOf(asked) }

    const page = await gateway.ask(location, { headers: own })
    expect(page.status).toBe(200)
    const invoice = /lightning:(lnbcrt[0-9a-z]+)/.exec(page.text)?.[1] ?? ''
    const challenge = location.replace('/_l402/pay/', '')
    const early = await postForm(gateway, '/_l402/claim', { challenge }, own)
    expect(early.header('location')).toBe(`${location}?seen=not_yet`)
    const said = await postForm(gateway, '/_l402/claim', { challenge, said: 'paid' }, own)
    expect(said.header('location')).toBe(`${location}?seen=unclear`)

    await gateway.node.pay(invoice)
    await gateway.settled(challenge)
    const claimed = await postForm(gateway, '/_l402/claim', { challenge }, own)
    expect(claimed.status).toBe(303)
    expect(claimed.header('location')).toBe('/tides')
    const article = await gateway.ask('/tides', {
      headers: { Cookie: cookiesOf(claimed), Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' },
    })
    expect(article.text).toContain(PAID_SENTENCE)
  })

  test('the page shows its invoice to nobody else', async () => {
    const asked = await postForm(gateway, '/_l402/challenge', { resource: 'tides' })
    const reply = await gateway.ask(asked.header('location') ?? '')
    expect(reply.status).toBe(403)
    expect(reply.text).not.toContain('lnbcrt')
  })
})

describe('another site', () => {
  test.each([
    ['a foreign origin', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' }],
    ['a cross-site request', { 'Sec-Fetch-Site': 'cross-site' }],
    ['the neighbour on another host of ours', { 'Sec-Fetch-Site': 'same-site' }],
    ['an opaque origin', { Origin: 'null' }],
  ])('%s may not ask, claim or restore', async (_what, headers) => {
    for (const path of ['/_l402/challenge', '/_l402/claim', '/_l402/restore']) {
      const reply = await askOnce(gateway.port, path, {
        host: gateway.host,
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: '{"resource":"tides"}',
      })
      expect(reply.status).toBe(403)
      expect(reply.header('l402-reason')).toBe('http.origin_refused')
    }
  })

  test('a program without any of these fields may', async () => {
    const reply = await gateway.ask('/_l402/challenge', { method: 'POST', body: '{"resource":"tides"}' })
    expect(reply.status).toBe(201)
  })

  test('a body above 64 KiB, or one that is no object, is refused', async () => {
    expect((await postJson(gateway, '/_l402/challenge', { resource: 'x'.repeat(70_000) })).status).toBe(413)
    const broken = await gateway.ask('/_l402/challenge', { method: 'POST', body: '[1]' })
    expect(broken.header('l402-reason')).toBe('http.malformed')
  })
})
