/** What networks and gateways share: newcomers come before a flood, and several gateways make no more challenges than one may. */
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Reply, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'

/** A request from a client of its own in this network (the first three bytes of its address). */
function askFrom(gateway: TestGateway, network: string, client = 1): Promise<Reply> {
  return gateway.ask('/tides', {
    headers: { 'X-Forwarded-For': `${network}.${client}`, 'X-Forwarded-Proto': 'https' },
  })
}

describe('36 newcomers beside thirty busy networks', () => {
  let gateway: TestGateway
  let isFlooding = true
  let flooding: Promise<unknown>
  const refusals: Reply[] = []
  let sold = 0
  beforeAll(async () => {
    gateway = await startTestGateway({
      trustedProxies: '127.0.0.1',
      limits: 'client=1/10,network=5/50,resource=20/100,creator=25%,global=50/200',
    })
    await gateway.publish({ title: 'Tides', sats: 210 })
    const flood = async (network: string) => {
      for (let n = 0; isFlooding; n += 1) {
        const reply = await askFrom(gateway, network, n % 250)
        if (reply.status === 402) sold += 1
        else refusals.push(reply)
        await turn()
      }
    }
    flooding = Promise.all(Array.from({ length: 30 }, (_, n) => flood(`10.0.${n}`)))
    await until('the flood is past what its own buckets hold at once', () => refusals.length > 1_000)
  })
  afterAll(async () => {
    isFlooding = false
    await flooding
    await gateway.close()
  })

  test('all get their invoice while the busy ones are refused', async () => {
    const before = refusals.length
    const replies = await Promise.all(Array.from({ length: 36 }, (_, n) => askFrom(gateway, `203.0.${n}`)))
    expect(replies.map(({ status }) => status)).toEqual(Array(36).fill(402))
    expect(replies.every((reply) => reply.header('www-authenticate')?.startsWith('L402 '))).toBe(true)
    await until('the flood goes on', () => refusals.length > before + 100)
  })

  test('the busy ones are told how long they wait, and that it is the flood and not they alone', async () => {
    expect(refusals.every(({ status }) => status === 429 || status === 503)).toBe(true)
    for (const reply of refusals.slice(-100)) {
      expect(reply.header('l402-reason')).toBe('limit.challenge_budget')
      expect(Number(reply.header('retry-after'))).toBeGreaterThanOrEqual(1)
      expect(reply.header('www-authenticate')).toBeUndefined()
    }
    expect(refusals.some((reply) => ['creator', 'resource'].includes(String(reply.json().detail)))).toBe(true)
  })

  test('the busy ones still get what newcomers leave', async () => {
    const before = sold
    await until('the flood gets an invoice again', () => sold > before + 5)
  })
})

describe('two gateways on one database', () => {
  /** All gateways together: 40 at once, 20 a second. */
  const GLOBAL = { ratePerSecond: 20, burst: 40 }
  const limits = 'client=100/100,network=100/100,resource=1000/1000,creator=100%,global=20/40'
  let first: TestGateway
  let second: TestGateway
  let networks = 0
  beforeAll(async () => {
    first = await startTestGateway({ trustedProxies: '127.0.0.1', limits })
    await first.publish({ title: 'Tides', sats: 210 })
    second = await startTestGateway({ trustedProxies: '127.0.0.1', limits, beside: first })
  })
  afterAll(async () => {
    await second.close()
    await first.close()
  })

  const counts = (gateway: TestGateway) =>
    gateway.logLines
      .filter(({ message }) => message === 'gateways share the challenge budget')
      .map(({ fields }) => fields.count)
  const knows = (gateway: TestGateway, count: number) =>
    until(`it knows that they are ${count}`, () => counts(gateway).at(-1) === count, { withinMs: 5_000 })
  /** Everyone a network of its own; how many got an invoice. */
  const askMany = async (gateway: TestGateway, times: number) => {
    const asks = Array.from({ length: times }, () => {
      networks += 1
      return askFrom(gateway, `10.${networks >> 8}.${networks & 255}`)
    })
    const replies = await Promise.all(asks)
    for (const { status } of replies) expect([402, 429, 503]).toContain(status)
    return replies.filter(({ status }) => status === 402).length
  }
  const askBoth = async (times: number) => {
    const [one, other] = await Promise.all([askMany(first, times), askMany(second, times)])
    return one + other
  }
  const move = (ms: number) => {
    for (const { clock } of [first, second]) clock.move(ms)
  }

  test('make together what one may, each its half, and refuse the rest', async () => {
    await knows(first, 2)
    expect(counts(second)).toEqual([2])
    move(60_000)
    const beganAt = first.clock.now().getTime()
    let made = 0
    for (let step = 0; step < 4; step += 1) {
      made += await askBoth(40)
      move(500)
    }
    const seconds = (first.clock.now().getTime() - beganAt) / 1000
    expect(made).toBeLessThanOrEqual(GLOBAL.burst + GLOBAL.ratePerSecond * seconds)
    expect(made).toBeGreaterThanOrEqual(GLOBAL.burst + GLOBAL.ratePerSecond * 1.5 - 4)
  })

  test('keep to their last shares while Postgres is silent: no more invoices are made than at other times', async () => {
    const cursor = async () => {
      const reply = await askFrom(first, '203.0.113')
      const row = await first.database.owner.client.challenge.findFirstOrThrow({
        where: { id: String(reply.json().challenge) },
      })
      return Number(row.listCursor)
    }
    move(60_000)
    const before = await cursor()
    await Promise.all([first.postgres.cut(), second.postgres.cut()])
    const beganAt = first.clock.now().getTime()
    for (let step = 0; step < 4; step += 1) {
      expect(await askBoth(40)).toBe(0)
      move(1_000)
    }
    const seconds = (first.clock.now().getTime() - beganAt) / 1000
    await Promise.all([first.postgres.mend(), second.postgres.mend()])
    const after = await until('a challenge is made again', cursor)
    expect(after - before).toBeLessThanOrEqual(GLOBAL.burst + GLOBAL.ratePerSecond * seconds + 1)
  })

  test('leave all to the one that lives, some time after the other was killed and not before', async () => {
    await until('both give signs again', async () => {
      const rows = await first.database.owner.client.liveGateway.findMany()
      return rows.length === 2 && rows.every(({ seenAt }) => Date.now() - seenAt.getTime() < 1_500)
    })
    move(60_000)
    await second.postgres.cut()
    const beganAt = first.clock.now().getTime()
    const made = await askMany(first, 60)
    const seconds = (first.clock.now().getTime() - beganAt) / 1000
    expect(made).toBeLessThanOrEqual((GLOBAL.burst + GLOBAL.ratePerSecond * seconds) / 2)
    // Ids sort by time, so this is the row of the second.
    await first.database.owner.client.$executeRaw`
      update live_gateway set seen_at = seen_at - interval '10 seconds'
      where id = (select max(id) from live_gateway)`
    await knows(first, 1)
    first.clock.move(60_000)
    expect(await askMany(first, 60)).toBeGreaterThanOrEqual(GLOBAL.burst)
  })
})
