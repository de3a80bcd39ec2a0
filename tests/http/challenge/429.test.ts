/** Floods stop at the budget before they reach the node, and a client whose proof never arrives whole is not let pay for ever. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readChallenges } from '#lib/l402/challenge.ts'
import { publishSeed } from '#tests/support/articles.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor, postJson } from '#tests/support/gateway-browser.ts'

describe('a flood of unpaid requests', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startTestGateway({ limits: 'client=1/10,network=5/50,resource=20/100,creator=25%,global=50/200' })
    await gateway.publish({ title: 'Tides', sats: 210 })
    gateway.clock.stop()
  })
  afterAll(() => gateway.close())

  test('gets ten invoices and then 429 with the time to wait, while the buyer reads on', async () => {
    const bought = await gateway.buy('/tides')
    const replies = await Promise.all(Array.from({ length: 40 }, () => gateway.ask('/tides')))
    expect(replies.filter(({ status }) => status === 402).length).toBeLessThanOrEqual(11)
    const stopped = replies.find(({ status }) => status === 429)
    expect(stopped?.header('l402-reason')).toBe('limit.challenge_budget')
    expect(stopped?.json()).toMatchObject({ detail: 'client', message: 'Too many unpaid requests.' })
    expect(Number(stopped?.header('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(stopped?.header('www-authenticate')).toBeUndefined()
    expect((await gateway.ask('/tides', { headers: { Authorization: bought.authorization } })).status).toBe(200)
    expect(await gateway.database.owner.client.challenge.count()).toBeLessThanOrEqual(12)
  })

  test('of bad credentials pays from the same budget', async () => {
    const headers = { Authorization: `L402 ${Buffer.alloc(90).toString('base64')}:${'11'.repeat(32)}` }
    const replies = await Promise.all(Array.from({ length: 20 }, () => gateway.ask('/tides', { headers })))
    expect(replies.at(-1)?.status).toBe(429)
  })
})

describe('the budget of all gateways', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startTestGateway({ limits: 'client=10/100,network=10/100,resource=10/100,creator=100%,global=1/2' })
    await gateway.publish({ title: 'Tides', sats: 210 })
    gateway.clock.stop()
  })
  afterAll(() => gateway.close())

  test('is our trouble and no client’s: 503', async () => {
    const replies = await Promise.all(Array.from({ length: 5 }, () => gateway.ask('/tides')))
    const stopped = replies.find(({ status }) => status !== 402)
    expect(['creator', 'global']).toContain(stopped?.json().detail)
    expect(stopped?.status).toBe(stopped?.json().detail === 'global' ? 503 : 429)
  })
})

describe('the budget of all gateways, used up', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    const own = 'client=10/100,network=10/100,resource=10/100'
    gateway = await startTestGateway({ limits: `${own},creator=100%,global=0.01/2` })
    await gateway.publish({ title: 'Tides', sats: 210 })
    gateway.clock.stop()
  })
  afterAll(() => gateway.close())

  test('by one creator’s readers is 429 for them, and 503 for those of another, who had nothing of it', async () => {
    const { creatorId, host } = await gateway.addCreator('fjord')
    await publishSeed(gateway.database, { creatorId, contentFolder: gateway.contentFolder, title: 'Fogs', sats: 210 })
    const replies = await Promise.all(Array.from({ length: 3 }, () => gateway.ask('/tides')))
    expect(replies.map(({ status }) => status).toSorted()).toEqual([402, 402, 429])
    const other = await gateway.ask('/fogs', { host })
    expect([other.status, other.json().detail]).toEqual([503, 'global'])
    expect(other.header('l402-reason')).toBe('limit.challenge_budget')
    expect(Number(other.header('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(other.header('www-authenticate')).toBeUndefined()
  })
})

describe('a proof that proves nothing', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startTestGateway()
    await gateway.publish({ title: 'Tides', sats: 210 })
    gateway.clock.stop()
  })
  afterAll(() => gateway.close())

  test.each([
    ['with another preimage', (text: string) => text.replace(/.{64}$/, '22'.repeat(32))],
    ['without its end, as behind a proxy that cuts long fields', (text: string) => text.slice(0, 150)],
  ])(
    'mangled, %s: four payments in a row at most, then the client is told to stop; others go on buying',
    async (_what, mangle) => {
      let headers: Record<string, string> = {}
      for (let n = 0; n < 4; n++) {
        const bought = await gateway.buy('/tides', headers)
        await gateway.settled(bought.challenge)
        headers = { Authorization: mangle(bought.authorization) }
      }
      const reply = await gateway.ask('/tides', { headers })
      expect(reply.status).toBe(429)
      expect(reply.header('l402-reason')).toBe('limit.paying_again')
      expect(reply.json()).toMatchObject({ detail: 'chain', message: expect.stringContaining('No new invoice') })
      expect(reply.header('www-authenticate')).toBeUndefined()
      expect((await gateway.ask('/tides')).status).toBe(402)
    },
  )

  // Faster than the books: each payment is presented before it stands in them.
  test('from a client that pays without end and waits for nothing costs a handful of payments', async () => {
    let headers: Record<string, string> = {}
    let paid = 0
    const payOnce = async (): Promise<number> => {
      const reply = await gateway.ask('/tides', { headers })
      const challenge = readChallenges(reply.headers('www-authenticate'))
      if (challenge.kind === 'fault') return reply.status
      const { preimage } = await gateway.node.pay(challenge.invoice)
      paid += 1
      headers = { Authorization: `L402 ${reply.json().macaroon}:${preimage.replace(/./g, 'e')}` }
      return reply.status
    }
    let status = 402
    while (status === 402 && paid < 40) status = await payOnce()
    expect([status, paid]).toEqual([429, 4])
  })

  test('from a client that never paid is answered with an invoice however often it comes', async () => {
    let headers: Record<string, string> = {}
    for (let n = 0; n < 8; n++) {
      const reply = await gateway.ask('/tides', { headers })
      expect(reply.status).toBe(402)
      headers = { Authorization: `L402 ${reply.json().macaroon}:${'e'.repeat(64)}` }
    }
  })
})

describe('look-ups by the hundred', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    const others = 'network=100/1000,resource=100/1000,creator=100%,global=1000/10000'
    gateway = await startTestGateway({ limits: `client=1/10,${others}` })
    await gateway.publish({ title: 'Tides', sats: 210 })
    gateway.clock.stop()
  })
  afterAll(() => gateway.close())

  test('of challenges that nobody made are stopped, and who paid claims a moment later', async () => {
    const asked = await askFor(gateway, 'tides')
    await gateway.node.pay(asked.invoice)
    await gateway.settled(asked.challenge)
    const made = () => `/_l402/challenge/chl_${randomBytes(13).toString('hex')}`
    const replies = await Promise.all(Array.from({ length: 130 }, () => gateway.ask(made())))
    expect(replies.filter(({ status }) => status === 403).length).toBeLessThan(110)
    const stopped = replies.filter(({ status }) => status !== 403)
    for (const reply of stopped)
      expect([reply.status, reply.header('l402-reason'), Number(reply.header('retry-after')) > 0]).toEqual([
        429,
        'limit.challenge_budget',
        true,
      ])
    gateway.clock.move(2_000)
    const claimed = await postJson(gateway, '/_l402/claim', { challenge: asked.challenge, secret: asked.secret })
    expect(claimed.status).toBe(200)
  })

  test('made up by the hundred is stopped before the database; who holds an open challenge gets the same one again a moment later', async () => {
    const secret = Buffer.alloc(32, 3).toString('base64url')
    const mine = { 'L402-Claim': secret }
    const first = await gateway.ask('/tides', { headers: mine })
    const made = () => ({ 'L402-Claim': randomBytes(32).toString('base64url') })
    const replies = await Promise.all(Array.from({ length: 130 }, () => gateway.ask('/tides', { headers: made() })))
    expect(replies.some(({ status }) => status === 429)).toBe(true)
    expect(replies.every(({ status }) => status === 402 || status === 429)).toBe(true)
    const stopped = replies.find(({ status }) => status === 429)
    expect(stopped?.json()).toMatchObject({ reason: 'limit.challenge_budget', detail: 'client' })
    gateway.clock.move(2_000)
    const again = await gateway.ask('/tides', { headers: mine })
    expect([again.status, again.json().challenge]).toEqual([402, first.json().challenge])
  })
})
