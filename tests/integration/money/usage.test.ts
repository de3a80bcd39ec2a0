/** Counting requests: nothing is counted twice or for another creator, and memory stays bounded. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '#lib/ids.ts'
import { createUsageBuffer } from '#lib/paywall/usage/usage-buffer.ts'
import { addUsage, listUsageByResource, readFunnel } from '#lib/paywall/usage/usage-store.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { createMemoryLog, silentLog } from '#tests/support/log.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

const from = new Date('2026-11-21T10:00:00Z')
const to = new Date('2026-11-21T12:00:00Z')
const clock = { now: () => new Date('2026-11-21T11:20:00Z') }
const funnelOf = (creatorId: string, resourceId?: string) =>
  readFunnel(database.gate.client, { creatorId, from, to, ...(resourceId === undefined ? {} : { resourceId }) })

describe('usage', () => {
  it('adds up what several gateways counted in one hour', async () => {
    const creatorId = newId('cre')
    const buffers = Array.from({ length: 4 }, () => createUsageBuffer({ db: database.gate, clock, log: silentLog }))
    for (const buffer of buffers) {
      for (let n = 0; n < 250; n += 1) buffer.count({ creatorId, resourceId: 'res_1', kind: 'read' })
      buffer.count({ creatorId, resourceId: 'res_1', kind: 'view' })
      buffer.count({ creatorId, resourceId: 'res_2', kind: 'unlock' })
    }
    await Promise.all(buffers.map((buffer) => buffer.close()))
    expect(await funnelOf(creatorId)).toEqual({ views: 4, unlocks: 4, challenges: 0, reads: 1000 })
    expect(await funnelOf(creatorId, 'res_2')).toEqual({ views: 0, unlocks: 4, challenges: 0, reads: 0 })
    const byResource = await listUsageByResource(database.gate.client, { creatorId, from, to })
    expect(byResource.map(({ resourceId, reads }) => [resourceId, reads])).toEqual([
      ['res_1', 1000],
      ['res_2', 0],
    ])
  })

  it('counts nothing outside the period and nothing of another creator', async () => {
    const creatorId = newId('cre')
    const count = { creatorId, resourceId: 'res_1', views: 1, unlocks: 0, challenges: 0, reads: 0 }
    await addUsage(database.gate.client, [
      { ...count, hour: to },
      { ...count, creatorId: newId('cre'), hour: from },
    ])
    expect(await funnelOf(creatorId)).toEqual({ views: 0, unlocks: 0, challenges: 0, reads: 0 })
  })

  it('survives twenty flushes at once of the same hours in different orders', async () => {
    const creatorId = newId('cre')
    const counts = ['res_1', 'res_2', 'res_3'].map((resourceId) => ({
      creatorId,
      resourceId,
      hour: from,
      views: 1,
      unlocks: 0,
      challenges: 0,
      reads: 0,
    }))
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => addUsage(database.gate.client, n % 2 === 0 ? counts : counts.toReversed())),
    )
    expect((await funnelOf(creatorId)).views).toBe(60)
  })

  it('drops what goes beyond its bound, says so, and counts what it knows', async () => {
    const creatorId = newId('cre')
    const { log, lines } = createMemoryLog()
    const buffer = createUsageBuffer({ db: database.gate, clock, log, maxKeys: 2 })
    for (const resourceId of ['res_1', 'res_2', 'res_3', 'res_1']) buffer.count({ creatorId, resourceId, kind: 'view' })
    await buffer.close()
    expect((await funnelOf(creatorId)).views).toBe(3)
    expect(lines).toMatchObject([{ level: 'warn', fields: { count: 1 } }])
  })
})
