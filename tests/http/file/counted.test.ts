/** Where uses are counted: one use brings the whole body once, in as many parts and after as many breaks as it takes. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon } from '#lib/l402/macaroon.ts'
import { type DownloadOptions, download } from '#tests/support/files.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'

const MB = 1024 * 1024
const BYTES = randomBytes(48 * MB)

let gateway: TestGateway
let path: string
let service: string
beforeAll(async () => {
  gateway = await startTestGateway()
  const published = await gateway.publishFile({ name: 'film.bin', bytes: BYTES, title: 'Film', sats: 30 })
  path = `/${published.slug}`
  service = published.service
})
afterAll(() => gateway.close())

/** A new purchase that its holder narrowed to `uses`. */
async function buy(uses: number): Promise<string> {
  const purchase = await gateway.buy(path)
  const read = decodeMacaroon(purchase.macaroon)
  if (read.kind === 'refused') throw new TypeError('unreadable')
  const macaroon = appendCaveat(gateway.deps.l402.hmac, read.macaroon, encodeUtf8(`${service}_uses=${uses}`))
  return `L402 ${Buffer.from(encodeMacaroon(macaroon)).toString('base64')}:${purchase.preimage}`
}

const get = (authorization: string, headers: Record<string, string> = {}, more: Partial<DownloadOptions> = {}) =>
  download({
    ...{ host: gateway.host, port: gateway.port, path },
    headers: { Authorization: authorization, ...headers },
    ...more,
  })

/** Resolves when the gateway has noticed that a transfer broke: less is granted than was promised. */
async function noticed(): Promise<void> {
  await until('the broken transfer is noted', async () => {
    const rows = await gateway.database.owner.client.delivery.findMany({ orderBy: { movedAt: 'desc' }, take: 1 })
    return rows[0] !== undefined && rows[0].granted < BigInt(BYTES.length)
  })
}

/** Resolves when the gateway has noted that a transfer came to the last byte, and that all before arrived if `whole`. */
async function arrived({ whole }: { whole: boolean }): Promise<void> {
  await until('the end is noted', async () => {
    const [row] = await gateway.database.owner.client.delivery.findMany({ orderBy: { movedAt: 'desc' }, take: 1 })
    return row?.sent.at(-1) === BigInt(BYTES.length) && (!whole || row.sent.length === 2)
  })
}

describe('a token for one use', () => {
  test('brings the file once, and asks to pay for a second time', async () => {
    const authorization = await buy(1)
    const first = await get(authorization)
    expect([first.status, first.headers['l402-uses-remaining'], first.bytes.equals(BYTES)]).toEqual([200, '0', true])
    const second = await get(authorization)
    expect([second.status, second.headers['l402-reason']]).toEqual([402, 'l402.exhausted'])
    expect((await get(authorization, { Range: 'bytes=0-1' })).status).toBe(402)
  })

  test('goes on after a break, with the same use, to the last byte', async () => {
    const authorization = await buy(1)
    const first = await get(authorization, {}, { breakAfter: 20 * MB })
    await noticed()
    const etag = String(first.headers.etag)
    const rest = await get(authorization, { Range: `bytes=${first.received}-`, 'If-Range': etag })
    expect([rest.status, rest.headers['l402-uses-remaining']]).toEqual([206, '0'])
    expect(Buffer.concat([first.bytes, rest.bytes]).equals(BYTES)).toBe(true)
    await arrived({ whole: false })
    expect((await get(authorization, { Range: `bytes=${first.received}-` })).status).toBe(402)
  })

  test('goes on before we know of the break, as after a network that fell silent', async () => {
    const authorization = await buy(1)
    const open = get(authorization, {}, { breakAfter: 20 * MB })
    const { received } = await open
    const rest = await get(authorization, { Range: `bytes=${received}-` })
    expect(rest.status).toBe(206)
    expect(rest.bytes.equals(BYTES.subarray(received))).toBe(true)
  })

  test('begins anew with another use only', async () => {
    const authorization = await buy(2)
    await get(authorization, {}, { breakAfter: 20 * MB })
    await noticed()
    const again = await get(authorization, {}, { breakAfter: 20 * MB })
    expect([again.status, again.headers['l402-uses-remaining']]).toEqual([200, '0'])
    await noticed()
    expect((await get(authorization)).status).toBe(402)
  })

  test('does not go on a quarter of an hour later', async () => {
    const authorization = await buy(1)
    const first = await get(authorization, {}, { breakAfter: 20 * MB })
    await noticed()
    gateway.clock.move(16 * 60_000)
    const late = await get(authorization, { Range: `bytes=${first.received}-` })
    expect([late.status, late.headers['l402-reason']]).toEqual([402, 'l402.exhausted'])
  })

  test('brings parts in any order, from several connections at once, and none of them twice', async () => {
    const authorization = await buy(1)
    const quarter = BYTES.length / 4
    const parts = await Promise.all(
      [2, 0, 3, 1].map((n) => get(authorization, { Range: `bytes=${n * quarter}-${(n + 1) * quarter - 1}` })),
    )
    expect(parts.map(({ status }) => status)).toEqual([206, 206, 206, 206])
    const [third, first, fourth, second] = parts.map(({ bytes }) => bytes)
    expect(Buffer.concat([first, second, third, fourth].flatMap((part) => part ?? [])).equals(BYTES)).toBe(true)
    await arrived({ whole: true })
    for (let n = 0; n < 4; n += 1)
      expect((await get(authorization, { Range: `bytes=${n * quarter}-${n * quarter}` })).status).toBe(402)
  })

  test('is asked for nothing by HEAD, by what the client has, by a part behind the end and by the page', async () => {
    const authorization = await buy(1)
    const { headers } = await gateway
      .ask(path, { method: 'HEAD', headers: { Authorization: authorization } })
      .then((reply) => ({ headers: { 'If-None-Match': reply.header('etag') ?? '' } }))
    expect((await get(authorization, headers)).status).toBe(304)
    expect((await get(authorization, { Range: `bytes=${BYTES.length}-` })).status).toBe(416)
    expect((await get(authorization, { Accept: 'text/html' })).status).toBe(200)
    const whole = await get(authorization, {}, { keep: 0 })
    expect([whole.status, whole.received]).toEqual([200, BYTES.length])
  })
})

test('twenty who begin at once with a token for three uses get three files', async () => {
  const authorization = await buy(3)
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => get(authorization, {}, { breakAfter: 1, keep: 0 })),
  )
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(3)
  expect(replies.filter(({ status }) => status === 402)).toHaveLength(17)
})

test('while the store does not answer, what is counted is not given away', async () => {
  const authorization = await buy(2)
  expect((await get(authorization, { Range: 'bytes=0-1' })).status).toBe(206)
  await gateway.postgres.cut()
  try {
    expect((await get(authorization, { Range: 'bytes=2-3' })).status).toBe(503)
  } finally {
    await gateway.postgres.mend()
  }
})
