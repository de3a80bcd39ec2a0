/** Hints between processes: they arrive when they can, and their loss or a lost connection harms nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openNotices } from '#lib/notices.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { openTcpProxy } from '#tests/support/tcp-proxy.ts'
import { until } from '#tests/support/until.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

/** Publishes until the listener has heard it: the connection is made in the background. */
async function hears(from: ReturnType<typeof openNotices>, heard: string[], key: string): Promise<void> {
  await until(`${key} is heard`, async () => {
    await from.publish('settled', key)
    return heard.includes(key)
  })
}

describe('notices', () => {
  it('reach every process that listens, in every zone, and only the listeners of their topic', async () => {
    const [gate, web, jobs] = [database.gateUrl, database.webUrl, database.jobsUrl].map((url) => openNotices({ url }))
    if (!gate || !web || !jobs) throw new RangeError('not open')
    const heard = { gate: [] as string[], web: [] as string[], other: [] as string[] }
    gate.subscribe('settled', (key) => heard.gate.push(key))
    web.subscribe('settled', (key) => heard.web.push(key))
    web.subscribe('changed', (key) => heard.other.push(key))
    await hears(jobs, heard.gate, 'cre_1/chl_1')
    await hears(jobs, heard.web, 'cre_1/chl_1')
    expect(heard.other).toEqual([])
    await Promise.all([gate.close(), web.close(), jobs.close()])
  })

  it('stop at the listener that has unsubscribed', async () => {
    const notices = openNotices({ url: database.gateUrl })
    const heard: string[] = []
    const kept: string[] = []
    notices.subscribe('settled', (key) => kept.push(key))
    const unsubscribe = notices.subscribe('settled', (key) => heard.push(key))
    await hears(notices, heard, 'first')
    unsubscribe()
    await hears(notices, kept, 'second')
    expect(heard).not.toContain('second')
    await notices.close()
  })

  it('come again after the connection was cut, without anybody doing anything', async () => {
    const url = new URL(database.gateUrl)
    const proxy = await openTcpProxy(url.host)
    url.host = `127.0.0.1:${proxy.port}`
    const listener = openNotices({ url: url.href })
    const sender = openNotices({ url: database.jobsUrl })
    const heard: string[] = []
    listener.subscribe('settled', (key) => heard.push(key))
    await hears(sender, heard, 'before')
    proxy.cut()
    await sender.publish('settled', 'lost')
    proxy.heal()
    await hears(sender, heard, 'after')
    expect(heard).not.toContain('lost')
    await Promise.all([listener.close(), sender.close()])
    await proxy.close()
  })

  it('never throw and never hold anybody up while the database is away', async () => {
    const notices = openNotices({ url: 'postgresql://nobody:x@127.0.0.1:9/none' })
    await Promise.all(Array.from({ length: 100 }, (_, n) => notices.publish('settled', String(n))))
    await notices.close()
  })
})
