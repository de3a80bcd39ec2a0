/** With Postgres and the node gone, what was bought is read; what cannot be sold is 503, and nobody is asked to pay. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatCookieValue } from '#lib/l402/credential-text.ts'
import {
  FREE_SENTENCE,
  PAID_SENTENCE,
  type Purchase,
  startTestGateway,
  type TestGateway,
} from '#tests/support/gateway.ts'
import { makeClaimSecret, postForm, postJson } from '#tests/support/gateway-browser.ts'
import { until } from '#tests/support/until.ts'

const BROWSER = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }

let gateway: TestGateway
let bought: Purchase
let fjord: { host: string }
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.publish({ title: 'Storms', sats: 180 })
  fjord = await gateway.addCreator('fjord')
  bought = await gateway.buy('/tides')
  await Promise.all([gateway.postgres.cut(), gateway.node.kill()])
})
afterAll(() => gateway.close())

const read = (headers: Record<string, string>, path = '/tides') => gateway.ask(path, { headers })

test('the article is read in every form, also by cookie, although it was never read before', async () => {
  for (const accept of ['*/*', 'text/html', 'application/json']) {
    const reply = await read({ Authorization: bought.authorization, Accept: accept })
    expect(reply.status).toBe(200)
    expect(reply.text).toContain(PAID_SENTENCE)
  }
  const cookie = `l402=${formatCookieValue(bought.macaroon, Buffer.from(bought.preimage, 'hex'))}`
  expect((await read({ ...BROWSER, Cookie: cookie })).text).toContain(PAID_SENTENCE)
})

test('a person sees the preview, and a program the list', async () => {
  const preview = await read(BROWSER)
  expect(preview.status).toBe(200)
  expect(preview.text).toContain(FREE_SENTENCE)
  expect((await gateway.ask('/.well-known/l402.json')).status).toBe(200)
})

test('an invoice is 503 with a time to try again, and no challenge', async () => {
  const reply = await read({})
  expect(reply.status).toBe(503)
  expect(Number(reply.header('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(reply.header('www-authenticate')).toBeUndefined()
  expect(['lightning.unavailable', 'lightning.timeout', 'database.unavailable']).toContain(reply.header('l402-reason'))
  expect(reply.json()).toMatchObject({
    message: expect.stringContaining('Nothing was charged.'),
    request_id: expect.any(String),
  })
})

test('a page gets a page that says what happened to the money', async () => {
  const reply = await read({ ...BROWSER, 'Accept-Authenticate': 'L402' })
  expect(reply.status).toBe(503)
  expect(reply.header('content-type')).toBe('text/html; charset=utf-8')
  expect(reply.text).toContain('Nothing was charged.')
})

test('a bad credential is still refused, and a good one for another article is not asked to pay', async () => {
  const wrong = bought.authorization.replace(/.{64}$/, '22'.repeat(32))
  for (const [headers, path] of [
    [{ Authorization: wrong }, '/tides'],
    [{ Authorization: bought.authorization }, '/storms'],
  ] as const) {
    const reply = await read(headers, path)
    expect(reply.status).toBe(503)
    expect(reply.text).not.toContain(PAID_SENTENCE)
  }
})

test('claims, restores by proof and creators never served before wait for Postgres', async () => {
  const claim = await postJson(gateway, '/_l402/claim', {
    challenge: bought.challenge,
    secret: makeClaimSecret().secret,
  })
  expect([claim.status, claim.header('l402-reason')]).toEqual([503, 'paywall.settlement_unknown'])
  const stranger = await gateway.ask('/', { host: fjord.host })
  expect(stranger.status).toBe(503)
  expect(stranger.header('l402-reason')).toBe('database.unavailable')
})

test('who may have paid is told not to pay again, and never that nothing was charged', async () => {
  const challenge = `/_l402/challenge/${bought.challenge}`
  const { secret } = makeClaimSecret()
  const headers = { 'L402-Claim': secret }
  const Cookie = `l402c-${bought.challenge}=${secret}`
  const bare = { Authorization: `L402 ${Buffer.from(bought.macaroon).toString('base64')}` }
  for (const reply of [
    await gateway.ask(challenge, { headers }),
    await gateway.ask(`${challenge}/events`, { headers }),
    await gateway.ask(`/_l402/pay/${bought.challenge}`, { headers: { ...BROWSER, Cookie } }),
    await read(bare),
  ]) {
    expect([reply.status, reply.header('l402-reason')]).toEqual([503, 'paywall.settlement_unknown'])
    expect(Number(reply.header('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(reply.text).toContain('Do not pay again')
    expect(reply.text).not.toContain('Nothing was charged')
  }
  const form = await postForm(gateway, '/_l402/claim', { challenge: bought.challenge }, { Cookie })
  expect([form.status, form.header('location')]).toEqual([303, `/_l402/pay/${bought.challenge}?seen=unclear`])
})

test('the log names the faults and holds nothing of the buyer', () => {
  const text = JSON.stringify(gateway.logLines)
  expect(gateway.logLines.some((line) => line.level === 'error')).toBe(true)
  expect(text).not.toContain(bought.preimage)
  expect(text).not.toContain(Buffer.from(bought.macaroon).toString('base64'))
})

test('when both are back, selling goes on by itself', async () => {
  await Promise.all([gateway.postgres.mend(), gateway.node.start()])
  await until('an invoice is made again', async () => (await gateway.ask('/tides')).status === 402, {
    withinMs: 20_000,
  })
  expect((await read({ Authorization: bought.authorization })).status).toBe(200)
})
