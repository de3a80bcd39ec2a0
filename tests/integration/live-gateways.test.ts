/** Gateways count one another: who lives has a part of the budget, who is gone has none, and silence gives nobody more. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Db, openDatabase } from '#lib/db.ts'
import { followLiveGateways, type LiveGateways } from '#lib/paywall/challenges/live-gateways.ts'
import { type CuttablePort, openCuttablePort } from '#tests/support/cuttable-port.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { createMemoryLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'

const BEAT_MS = 20
let database: TestDatabase
let ends: (() => Promise<unknown>)[]
beforeEach(async () => {
  database = await openTestDatabase()
  ends = []
})
afterEach(async () => {
  for (const end of ends.toReversed()) await end()
  await database.close()
})

interface Gateway {
  readonly followed: LiveGateways
  /** What it was told, in order. */
  readonly counts: number[]
  readonly lines: ReturnType<typeof createMemoryLog>['lines']
}

function begin(db: Db = database.gate, goneMs = 60_000): Gateway {
  const counts: number[] = []
  const { log, lines } = createMemoryLog()
  const followed = followLiveGateways({ db, log, beatMs: BEAT_MS, goneMs, onCount: (count) => counts.push(count) })
  ends.push(() => followed.close())
  return { followed, counts, lines }
}

/** Its connection to Postgres can be cut, which to all others is as if it were killed. */
async function beginBehindPort(goneMs?: number): Promise<Gateway & { readonly port: CuttablePort }> {
  const url = new URL(database.gateUrl)
  const port = await openCuttablePort(Number(url.port))
  url.port = String(port.port)
  const db = openDatabase({ url: url.href, log: createMemoryLog().log })
  ends.push(
    () => port.close(),
    () => db.close(),
  )
  return { ...begin(db, goneMs), port }
}

const rows = () => database.owner.client.liveGateway.count()
const last = ({ counts }: Gateway) => counts.at(-1)

describe('gateways', () => {
  test('know how many they are as soon as they begin, and a moment after another comes or goes', async () => {
    const first = begin()
    await first.followed.begun
    expect(first.counts).toEqual([1])
    const second = begin()
    await second.followed.begun
    expect(last(second)).toBe(2)
    await until('the first counts the second', () => last(first) === 2)
    await second.followed.close()
    await until('the first is alone again', () => last(first) === 1)
    expect(await rows()).toBe(1)
    const told = first.lines.filter(({ message }) => message === 'gateways share the challenge budget')
    expect(told.map(({ fields }) => fields.count)).toEqual([1, 2, 1])
  })

  test('that begin at the same moment do not all find themselves alone: one of twenty at most', async () => {
    const twenty = Array.from({ length: 20 }, () => begin())
    await Promise.all(twenty.map(({ followed }) => followed.begun))
    expect(twenty.filter(({ counts }) => counts[0] === 1).length).toBeLessThanOrEqual(1)
    await until('all count all', () => twenty.every((gateway) => last(gateway) === 20))
  })
})

describe('a gateway that was killed', () => {
  test('is counted until its time is over and not after it, and its row goes', async () => {
    const killed = await beginBehindPort()
    await killed.followed.begun
    const survivor = begin()
    await until('both count both', () => last(killed) === 2 && last(survivor) === 2)
    await killed.port.cut()
    const age = (seconds: number) =>
      database.owner.client.$executeRaw`
        update live_gateway set seen_at = clock_timestamp() - ${seconds}::int * interval '1 second'
        where id = (select id from live_gateway order by seen_at limit 1)`
    await until('its signs have ended', async () => {
      const [oldest] = await database.owner.client.liveGateway.findMany({ orderBy: { seenAt: 'asc' } })
      return Date.now() - Number(oldest?.seenAt) > 10 * BEAT_MS
    })
    await age(50)
    const before = survivor.counts.length
    await until('the survivor has counted again', () => survivor.counts.length > before + 2)
    expect(last(survivor)).toBe(2)
    await age(61)
    await until('the survivor is alone', () => last(survivor) === 1)
    await until('only its row is left', async () => (await rows()) === 1)
  })
})

describe('with Postgres silent', () => {
  test('a gateway is told nothing, says so once, and is counted again afterwards', async () => {
    const gateway = await beginBehindPort()
    const other = begin()
    await until('both count both', () => last(gateway) === 2 && last(other) === 2)
    await gateway.port.cut()
    await until('it says that nobody is counted', () => gateway.lines.some(({ level }) => level === 'warn'))
    const before = gateway.counts.length
    const third = begin()
    await until('the others count on', () => last(other) === 3 && last(third) === 3)
    expect(gateway.counts.slice(before)).toEqual([])
    expect(last(gateway)).toBe(2)
    await gateway.port.mend()
    await until('it counts the third', () => last(gateway) === 3)
    expect(gateway.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  test('a gateway that begins is told nothing until it was counted', async () => {
    const port = await openCuttablePort(Number(new URL(database.gateUrl).port))
    await port.cut()
    const url = Object.assign(new URL(database.gateUrl), { port: String(port.port) })
    const db = openDatabase({ url: url.href, log: createMemoryLog().log })
    ends.push(
      () => port.close(),
      () => db.close(),
    )
    const gateway = begin(db)
    await gateway.followed.begun
    expect(gateway.counts).toEqual([])
    await port.mend()
    await until('it is counted', () => last(gateway) === 1)
  })
})
