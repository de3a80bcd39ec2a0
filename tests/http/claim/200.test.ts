/** Only the browser that asked gets the token, only after payment, and then as often as it likes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor, cookiesOf, makeClaimSecret, payFor, postJson } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  for (const [title, sats] of [
    ['Tides', 210],
    ['Storms', 180],
    ['Fog', 90],
    ['Ice', 60],
  ] as const) {
    await gateway.publish({ title, sats })
  }
})
afterAll(() => gateway.close())

const claim = (challenge: string, secret: string, headers = {}) =>
  postJson(gateway, '/_l402/claim', { challenge, secret }, headers)

test('after payment the secret is traded for a credential that opens, in cookie and text, the same every time', async () => {
  const { challenge, secret, preimage } = await payFor(gateway, 'tides')
  const reply = await claim(challenge, secret)
  expect(reply.status).toBe(200)
  expect(reply.header('cache-control')).toBe('private, no-store')
  const body = reply.json()
  expect(body).toMatchObject({
    state: 'settled',
    kind: 'payment',
    preimage,
    credential: `${body.macaroon}:${preimage}`,
  })
  expect(String(body.receipt_url)).toMatch(new RegExp(`^${gateway.origin}/_l402/receipt#[\\w-]+\\.${preimage}$`))
  expect(reply.header('set-cookie')).toMatch(
    /^l402=[\w-]+\.[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=34560000$/,
  )
  const byText = await gateway.ask('/tides', { headers: { Authorization: `L402 ${body.credential}` } })
  const byCookie = await gateway.ask('/tides', { headers: { Cookie: cookiesOf(reply) } })
  expect([byText.status, byCookie.status]).toEqual([200, 200])
  expect(byCookie.text).toContain(PAID_SENTENCE)
  expect((await claim(challenge, secret)).json()).toEqual(body)
})

test('before payment there is 202 and no secret of ours', async () => {
  const { challenge, secret } = await askFor(gateway, 'tides')
  const reply = await claim(challenge, secret)
  expect(reply.status).toBe(202)
  expect(reply.json()).toEqual({ state: 'open' })
  expect(reply.header('retry-after')).toBe('2')
  expect(reply.headers('set-cookie')).toEqual([])
})

describe('nobody else gets the token', () => {
  test.each([
    ['another secret', () => makeClaimSecret().secret],
    ['no secret', () => ''],
    ['the hash in place of the secret', (_: string, hash: string) => hash],
    ['a secret cut short', (secret: string) => secret.slice(0, 42)],
  ])('%s', async (_what, change) => {
    const { challenge, secret, hash, preimage } = await payFor(gateway, 'tides')
    const reply = await claim(challenge, change(secret, hash))
    expect(reply.status).toBe(403)
    expect(reply.header('l402-reason')).toBe('claim.refused')
    expect(reply.text).not.toContain(preimage)
    expect(reply.headers('set-cookie')).toEqual([])
  })

  test('the claim secret of another challenge does not claim', async () => {
    const [mine, other] = [await payFor(gateway, 'tides'), await payFor(gateway, 'storms')]
    expect((await claim(mine.challenge, other.secret)).status).toBe(403)
  })

  test('neither does the right one on another creator’s host', async () => {
    const { challenge, secret } = await payFor(gateway, 'tides')
    const { host } = await gateway.addCreator('fjord')
    const headers = { 'Content-Type': 'application/json' }
    const reply = await gateway.ask('/_l402/claim', {
      host,
      method: 'POST',
      headers,
      body: JSON.stringify({ challenge, secret }),
    })
    expect(reply.status).toBe(403)
  })
})

test('an id that was never given out is refused like a wrong secret', async () => {
  const reply = await claim('chl_01k00000000000000000000000', makeClaimSecret().secret)
  expect(reply.status).toBe(403)
})

test('a claim more than thirty days after payment is over, and the receipt still opens', async () => {
  const { challenge, secret } = await payFor(gateway, 'tides')
  const { credential } = (await claim(challenge, secret)).json()
  gateway.clock.move(31 * 86_400_000)
  try {
    const late = await claim(challenge, secret)
    expect(late.status).toBe(410)
    expect(late.header('l402-reason')).toBe('claim.over')
    expect((await gateway.ask('/tides', { headers: { Authorization: `L402 ${credential}` } })).status).toBe(200)
  } finally {
    gateway.clock.move(-31 * 86_400_000)
  }
})

test('a browser keeps at most three credentials; what a new one covers it replaces, otherwise the oldest drops out', async () => {
  let jar = ''
  const buy = async (resource: string, held: string) => {
    const asked = await payFor(gateway, resource)
    const reply = await claim(asked.challenge, asked.secret, held === '' ? {} : { Cookie: held })
    const kept = new Map(
      held
        .split('; ')
        .filter(Boolean)
        .map((pair) => [pair.split('=')[0] ?? '', pair] as const),
    )
    for (const line of reply.headers('set-cookie')) {
      const pair = line.split(';')[0] ?? ''
      kept.set(pair.split('=')[0] ?? '', pair)
    }
    return [...kept.values()].join('; ')
  }
  for (const resource of ['tides', 'storms', 'fog', 'ice']) jar = await buy(resource, jar)
  expect(jar.split('; ')).toHaveLength(3)
  const opens = async (path: string) => (await gateway.ask(path, { headers: { Cookie: jar } })).status === 200
  expect([await opens('/tides'), await opens('/storms'), await opens('/fog'), await opens('/ice')]).toEqual([
    false,
    true,
    true,
    true,
  ])
  expect((await buy('ice', jar)).split('; ')).toHaveLength(3)
})

test('a withheld preimage leads to a receipt that opens the same', async () => {
  const { challenge, secret } = await payFor(gateway, 'tides')
  await gateway.node.disturb({ withholdPreimage: true })
  try {
    const body = (await claim(challenge, secret)).json()
    expect(body.kind).toBe('receipt')
    expect((await gateway.ask('/tides', { headers: { Authorization: `L402 ${body.credential}` } })).status).toBe(200)
  } finally {
    await gateway.node.disturb({ withholdPreimage: false })
  }
})
