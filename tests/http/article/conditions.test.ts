/** Conditions that a holder adds: they narrow, they are counted, and a good token that hits a limit is not asked to pay. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon } from '#lib/l402/macaroon.ts'
import { type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
let service: string
let bought: Purchase
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
  bought = await gateway.buy('/tides')
})
afterAll(() => gateway.close())

/** A copy of a purchase with these conditions added behind its own. */
function narrow(purchase: Purchase, ...caveats: string[]): string {
  const read = decodeMacaroon(purchase.macaroon)
  if (read.kind === 'refused') throw new TypeError('unreadable')
  let { macaroon } = read
  for (const caveat of caveats) macaroon = appendCaveat(gateway.deps.l402.hmac, macaroon, encodeUtf8(caveat))
  return `L402 ${Buffer.from(encodeMacaroon(macaroon)).toString('base64')}:${purchase.preimage}`
}
const read = (authorization: string, more = {}) =>
  gateway.ask('/tides', { headers: { Authorization: authorization, ...more } })

test('what the client has, in any form of If-None-Match, is not sent again, and something else is', async () => {
  const etag = (await read(bought.authorization)).header('etag') ?? ''
  for (const value of [etag, `W/${etag}`, `"x", ${etag}`, '*'])
    expect((await read(bought.authorization, { 'If-None-Match': value })).status).toBe(304)
  expect((await read(bought.authorization, { 'If-None-Match': '"x"' })).status).toBe(200)
})

describe('a narrowed copy', () => {
  const soon = () => Math.floor(gateway.clock.now().getTime() / 1000) + 60
  test.each<[string, () => string, number, string | undefined]>([
    ['that ends later opens', () => `${service}_valid_until=${soon()}`, 200, undefined],
    ['that has ended is refused', () => `${service}_valid_until=1700000000`, 402, 'l402.expired'],
    [
      'in milliseconds, as lsat-js writes it, is refused at its end',
      () => 'expiration=1700000000000',
      402,
      'l402.expired',
    ],
    ['for this path opens', () => `${service}_path=/tides`, 200, undefined],
    ['for another path is refused', () => `${service}_path=/storms`, 402, 'l402.caveat_refused'],
    ['for this address opens', () => `${service}_address=127.0.0.0/8`, 200, undefined],
    ['for another address is refused', () => `${service}_address=203.0.113.0/24`, 402, 'l402.caveat_refused'],
    ['without the right to read is refused', () => `${service}_capabilities=`, 402, 'l402.caveat_refused'],
    ['with an unknown condition of ours is refused', () => `${service}_colour=red`, 402, 'l402.caveat_refused'],
    ['with a foreign condition opens', () => 'colour=red', 200, undefined],
    ['that would widen is refused', () => `services=${service}:1`, 402, 'l402.caveat_refused'],
  ])('%s', async (_what, caveat, status, reason) => {
    const reply = await read(narrow(bought, caveat()))
    expect(reply.status).toBe(status)
    expect(reply.header('l402-reason')).toBe(reason)
  })

  test('says until when it opens', async () => {
    const until = soon()
    expect((await read(narrow(bought, `${service}_valid_until=${until}`))).header('l402-valid-until')).toBe(
      String(until),
    )
  })

  test('ends at the second that it names', async () => {
    const text = narrow(bought, `${service}_valid_until=${soon()}`)
    expect((await read(text)).status).toBe(200)
    gateway.clock.move(61_000)
    try {
      expect((await read(text)).header('l402-reason')).toBe('l402.expired')
    } finally {
      gateway.clock.move(-61_000)
    }
  })
})

describe('counted uses', () => {
  test('of three, fired twenty at once, three are served', async () => {
    const purchase = await gateway.buy('/tides')
    const three = narrow(purchase, `${service}_uses=3`)
    const replies = await Promise.all(Array.from({ length: 20 }, () => read(three)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(3)
    const left = replies.filter(({ status }) => status === 200).map((reply) => reply.header('l402-uses-remaining'))
    expect(left.sort()).toEqual(['0', '1', '2'])
    const refused = replies.find(({ status }) => status !== 200)
    expect(refused?.status).toBe(402)
    expect(refused?.header('l402-reason')).toBe('l402.exhausted')
  })

  test('HEAD and an unchanged article cost none, and the copy without the condition goes on', async () => {
    const purchase = await gateway.buy('/tides')
    const one = narrow(purchase, `${service}_uses=1`)
    const etag = (await read(purchase.authorization)).header('etag') ?? ''
    expect((await gateway.ask('/tides', { method: 'HEAD', headers: { Authorization: one } })).status).toBe(200)
    expect((await read(one, { 'If-None-Match': etag })).status).toBe(304)
    expect((await read(one)).header('l402-uses-remaining')).toBe('0')
    expect((await read(one)).header('l402-reason')).toBe('l402.exhausted')
    expect((await read(purchase.authorization)).status).toBe(200)
  })

  test('bytes are counted by what the answer holds', async () => {
    const purchase = await gateway.buy('/tides')
    const length = Number((await read(purchase.authorization)).header('content-length'))
    const text = narrow(purchase, `${service}_bytes=${2 * length + 1}`)
    const statuses = [(await read(text)).status, (await read(text)).status, (await read(text)).status]
    expect(statuses).toEqual([200, 200, 402])
  })
})

describe('limits of a good token', () => {
  test('too many requests are 429 with the time to wait, and never an invoice', async () => {
    const text = narrow(await gateway.buy('/tides'), `${service}_rate=1/3600`)
    expect((await read(text)).status).toBe(200)
    const reply = await read(text)
    expect(reply.status).toBe(429)
    expect(reply.header('l402-reason')).toBe('limit.rate')
    expect(Number(reply.header('retry-after'))).toBeGreaterThan(3_000)
    expect(reply.header('www-authenticate')).toBeUndefined()
  })
})
