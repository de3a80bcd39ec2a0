/** Parts of a file: one range as asked, conditions on it, and a transfer that broke goes on where it stopped. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DownloadOptions, download } from '#tests/support/files.ts'
import { type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'

const MB = 1024 * 1024
const BYTES = randomBytes(40 * MB + 7)

let gateway: TestGateway
let bought: Purchase
let path: string
beforeAll(async () => {
  gateway = await startTestGateway()
  const { slug } = await gateway.publishFile({ name: 'film.bin', bytes: BYTES, title: 'Film', sats: 300 })
  path = `/${slug}`
  bought = await gateway.buy(path)
})
afterAll(() => gateway.close())

const get = (headers: Record<string, string> = {}, more: Partial<DownloadOptions> = {}) =>
  download({
    ...{ host: gateway.host, port: gateway.port, path },
    headers: { Authorization: bought.authorization, ...headers },
    ...more,
  })

describe('one range', () => {
  test.each<[range: string, start: number, end: number]>([
    ['bytes=0-1', 0, 2],
    ['bytes=5-5', 5, 6],
    ['bytes=1000000-1999999', 1_000_000, 2_000_000],
    [`bytes=${BYTES.length - 3}-`, BYTES.length - 3, BYTES.length],
    ['bytes=-7', BYTES.length - 7, BYTES.length],
    [`bytes=10-${BYTES.length + 99}`, 10, BYTES.length],
    ['Bytes= 3 - 4', 3, 5],
  ])('%s is sent as asked', async (range, start, end) => {
    const reply = await get({ Range: range })
    expect(reply.status).toBe(206)
    expect(reply.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${BYTES.length}`)
    expect(reply.headers['content-length']).toBe(String(end - start))
    expect(reply.bytes.equals(BYTES.subarray(start, end))).toBe(true)
  })

  test.each([`bytes=${BYTES.length}-`, 'bytes=99999999999-', 'bytes=-0'])('%s lies behind the end', async (range) => {
    const reply = await get({ Range: range })
    expect([reply.status, reply.headers['content-range'], reply.received]).toEqual([416, `bytes */${BYTES.length}`, 0])
  })

  test.each(['bytes=0-1,5-6', 'bytes=2-1', 'lines=0-1', 'bytes=', 'bytes=-', 'bytes=a-b'])(
    '%s is passed over and all of it is sent',
    async (range) => {
      const reply = await get({ Range: range }, { breakAfter: 1 })
      expect([reply.status, reply.headers['content-range']]).toEqual([200, undefined])
      expect(reply.headers['content-length']).toBe(String(BYTES.length))
    },
  )

  test('is sent while its client has these bytes, and else all of it', async () => {
    const etag = String((await get({ Range: 'bytes=0-1' })).headers.etag)
    const held = await get({ Range: 'bytes=0-1', 'If-Range': etag })
    expect([held.status, held.received]).toEqual([206, 2])
    for (const other of ['"other"', `W/${etag}`, 'Wed, 21 Oct 2026 07:28:00 GMT']) {
      const reply = await get({ Range: 'bytes=0-1', 'If-Range': other }, { breakAfter: 1 })
      expect([other, reply.status]).toEqual([other, 200])
    }
    expect((await get({ Range: 'bytes=0-1', 'If-None-Match': etag })).status).toBe(304)
  })
})

test('a transfer that breaks again and again ends with the same bytes, by the same token', async () => {
  const etag = String((await get({ Range: 'bytes=0-1' })).headers.etag)
  const parts: Buffer[] = []
  let length = 0
  let answers = 0
  while (length < BYTES.length) {
    const resume = length === 0 ? {} : { Range: `bytes=${length}-`, 'If-Range': etag }
    const reply = await get(resume, { breakAfter: 9 * MB })
    expect(reply.status).toBe(length === 0 ? 200 : 206)
    parts.push(reply.bytes)
    length += reply.received
    answers += 1
  }
  expect(answers).toBeGreaterThan(3)
  expect(Buffer.concat(parts).equals(BYTES)).toBe(true)
})

test('a whole answer is a reading, as one range too, and a part of it is none', async () => {
  const { resourceId, slug } = await gateway.publishFile({
    name: 'a',
    bytes: Buffer.from('abc'),
    title: 'Read',
    sats: 5,
  })
  await gateway.changed()
  const { authorization } = await gateway.buy(`/${slug}`)
  const read = (headers: Record<string, string>) =>
    gateway.ask(`/${slug}`, { headers: { Authorization: authorization, ...headers } })
  const reads = async () => {
    const rows = await gateway.database.owner.client.usage.findMany({ where: { resourceId } })
    return rows.reduce((sum, row) => sum + Number(row.reads), 0)
  }
  await read({ Range: 'bytes=0-1' })
  await read({ Accept: 'text/html' })
  await read({ Range: 'bytes=1-' })
  await read({ Range: 'bytes=0-' })
  await read({})
  await until('both readings are counted', async () => (await reads()) >= 2)
  expect(await reads()).toBe(2)
})
