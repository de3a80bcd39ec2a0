/** Floods that cost a query or an answer each end at their part, and who has paid reads on meanwhile. */
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { pause } from '#tests/support/running-copy.ts'

let gateway: TestGateway
let authorization = ''
let flooding = ''
/** The same with and without bounds: a client that is refused quickly would otherwise only ask more. */
const FLOOD_PER_SECOND = 2_000
const agent = new Agent({ keepAlive: true, maxSockets: 32 })
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 50 })
  authorization = (await gateway.buy('/tides')).authorization
  flooding = (await gateway.buy('/tides')).authorization
})
afterAll(async () => {
  agent.destroy()
  await gateway.close()
})

function ask(host: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: gateway.port, path, agent, headers: { Host: host, ...headers } })
    asked.on('error', reject)
    asked.on('response', (message) => message.resume().once('end', () => resolve(message.statusCode ?? 0)))
    asked.end()
  })
}

/** Statuses of a flood of `count` requests at a steady rate, and how long paid reads took in its midst. */
async function during(count: number, flood: (n: number) => Promise<number>) {
  const statuses = new Map<number, number>()
  let next = 0
  let isOver = false
  const beganAt = performance.now()
  const worker = async () => {
    while (next < count) {
      next += 1
      const n = next
      await pause(Math.max(0, beganAt + (n / FLOOD_PER_SECOND) * 1000 - performance.now()))
      const status = await flood(n)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  const flooded = Promise.all(Array.from({ length: 24 }, worker)).then(() => {
    isOver = true
  })
  const times: number[] = []
  while (!isOver) {
    const startedAt = performance.now()
    expect((await gateway.ask('/tides', { headers: { Authorization: authorization } })).status).toBe(200)
    times.push(performance.now() - startedAt)
    // At the pace that its own token has.
    await pause(10)
  }
  await flooded
  const sorted = times.toSorted((a, b) => a - b)
  return { statuses, p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0, reads: times.length }
}

async function countTransactions(): Promise<number> {
  const [row] = await gateway.database.owner.client.$queryRaw<{ count: bigint }[]>`
    select xact_commit as count from pg_stat_database where datname = current_database()`
  return Number(row?.count ?? 0)
}

test('of 8,000 hosts that nobody has a client gets its part looked up, and paid reads go on', async () => {
  const before = await countTransactions()
  const { statuses, p99Ms, reads } = await during(8_000, (n) => ask(`nobody-${n}.localhost:${gateway.port}`, '/'))
  const queries = (await countTransactions()) - before
  console.info(
    `unknown hosts: ${JSON.stringify([...statuses])}, about ${queries} queries, ${reads} paid reads, p99 ${p99Ms.toFixed(1)} ms`,
  )
  expect(statuses.get(404)).toBeLessThan(400)
  expect([...statuses.keys()].toSorted()).toEqual([404, 429])
})

test('of 8,000 reads of one token it gets its part, and another buyer of the same article reads on', async () => {
  const { statuses, p99Ms, reads } = await during(8_000, () => ask(gateway.host, '/tides', { Authorization: flooding }))
  console.info(`one token: ${JSON.stringify([...statuses])}, ${reads} other paid reads, p99 ${p99Ms.toFixed(1)} ms`)
  expect(statuses.get(200)).toBeLessThan(4_000)
  expect([...statuses.keys()].toSorted()).toEqual([200, 429])
})
