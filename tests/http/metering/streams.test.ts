/** What is sold by bytes and by time is drawn down while it leaves: cut to the unit, and it goes on after a top-up. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readChallenges } from '#lib/l402/challenge.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import type { Purchase } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const FILE = randomBytes(3_000_000)
const SOLD = 1_000_000
const LARGE = Buffer.alloc(40_000_000, 'l')
let upstream: TestUpstream
let shop: ApiShop
let filePath: string
const ticking = new Set<ServerResponse>()
const sockets = new Set<Socket>()

const SERVE: Record<string, (res: ServerResponse) => unknown> = {
  '/endless': async (res) => {
    res.writeHead(200, { 'Content-Type': 'application/octet-stream' })
    const piece = Buffer.alloc(50_000, 'x')
    async function* pieces() {
      for (;;) yield piece
    }
    await pipeline(pieces, res).catch(() => undefined)
  },
  '/known': (res) => res.writeHead(200, { 'Content-Length': '1500000' }).end(Buffer.alloc(1_500_000, 'y')),
  '/small': (res) => res.writeHead(200, { 'Content-Length': '1000' }).end(Buffer.alloc(1_000, 'z')),
  '/ticks': (res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    res.write('data: 0\n\n')
    ticking.add(res)
    const timer = setInterval(() => res.write('data: 1\n\n'), 100)
    res.once('close', () => {
      clearInterval(timer)
      ticking.delete(res)
    })
  },
  '/quiet': (res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' })
    res.write('open')
  },
}

beforeAll(async () => {
  upstream = await startUpstream(
    (req, res) => SERVE[req.url ?? '']?.(res),
    (_req, socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
      socket.on('data', (bytes) => socket.write(bytes))
    },
  )
  shop = await startApiShop([upstream], { tokenLimits: 'reads=10000/10000' })
  const at = { url: upstream.url, timeoutMs: 20_000 }
  await shop.sell({ ...at, slug: 'bytes', rules: [ruleOf('all', '/**', { sats: 3, bytes: SOLD })] })
  await shop.sell({ ...at, slug: 'time', rules: [ruleOf('all', '/**', { sats: 3, seconds: 1 })] })
  await shop.sell({
    ...at,
    slug: 'long',
    rules: [ruleOf('all', '/**', { sats: 3, seconds: 60, bytes: 10_000_000_000 })],
  })
  await shop.sell({ ...at, slug: 'socket', rules: [ruleOf('all', '/**', { sats: 3, bytes: 100_000 })] })
  const file = await shop.publishFile({ name: 'film.bin', bytes: FILE, title: 'Film', sats: 30 })
  filePath = `/${file.slug}`
  const key = { creatorId: shop.creatorId, resourceId: file.resourceId }
  await setPrice({ db: shop.database.web }, { ...key, price: '30', amounts: { bytes: SOLD, seconds: null } })
  await shop.changed()
})
afterAll(async () => {
  for (const res of ticking) res.destroy()
  for (const socket of sockets) socket.destroy()
  await shop?.close()
  await upstream?.close()
})

interface Came {
  readonly status: number
  readonly bytes: Buffer
  /** Whether the answer came to its own end. */
  readonly isWhole: boolean
  readonly ms: number
  readonly invoice: string | null
}

/** Whatever comes until the answer ends or breaks. */
async function read(path: string, authorization: string, headers: Record<string, string> = {}): Promise<Came> {
  const res = await begin(path, authorization, headers)
  const from = performance.now()
  const pieces: Buffer[] = []
  res.on('data', (piece: Buffer) => pieces.push(piece))
  await closed(res)
  const challenge = readChallenges([res.headers['www-authenticate'] ?? ''])
  return {
    ...{
      status: res.statusCode ?? 0,
      bytes: Buffer.concat(pieces),
      isWhole: res.complete,
      ms: performance.now() - from,
    },
    invoice: challenge.kind === 'fault' ? null : challenge.invoice,
  }
}

async function begin(
  path: string,
  authorization: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const req = httpRequest({
    ...{ host: '127.0.0.1', port: shop.port, path, agent: false },
    headers: { Host: shop.host, Authorization: authorization, ...headers },
  })
  req.on('error', () => undefined).end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  return res.on('error', () => undefined)
}

/** However it ended. */
const closed = (res: IncomingMessage) => new Promise<void>((resolve) => res.once('close', () => resolve()))

/** Another purchase of the same by who shows what is used up. */
const topUp = (path: string, { authorization }: Purchase) => shop.buy(path, { Authorization: authorization })

async function usedOf({ challenge }: Purchase, kind: string): Promise<bigint> {
  const { client } = shop.database.owner
  await until('what was not used is given back', async () => (await client.useLease.count()) === 0)
  const { tokenId } = await client.challenge.findFirstOrThrow({ where: { id: challenge } })
  const rows = await client.useCounter.findMany({ where: { tokenId, kind } })
  return rows[0]?.used ?? 0n
}

async function revoke({ challenge }: Purchase): Promise<Uint8Array> {
  await shop.settled(challenge)
  const { tokenId } = await shop.database.owner.client.challenge.findFirstOrThrow({ where: { id: challenge } })
  await revokeToken({ db: shop.database.web }, { creatorId: shop.creatorId, tokenId })
  return tokenId
}

describe('bytes', () => {
  test('of an answer without end leave to the last one paid for; then it breaks, and the next request is a 402', async () => {
    const bought = await shop.buy('/bytes/endless')
    const came = await read('/bytes/endless', bought.authorization)
    expect([came.status, came.isWhole, came.bytes.length]).toEqual([200, false, SOLD])
    const refused = await read('/bytes/endless', bought.authorization)
    expect([refused.status, JSON.parse(refused.bytes.toString()).detail]).toEqual([402, 'bytes'])
    expect(refused.invoice).not.toBeNull()
    const more = await topUp('/bytes/endless', bought)
    expect((await read('/bytes/endless', more.authorization)).bytes.length).toBe(SOLD)
  })

  test('that an answer did not need stay with the token', async () => {
    const bought = await shop.buy('/bytes/small')
    for (let n = 0; n < 3; n += 1) expect((await read('/bytes/small', bought.authorization)).isWhole).toBe(true)
    expect(await usedOf(bought, 'bytes')).toBe(3_000n)
    expect((await read('/bytes/endless', bought.authorization)).bytes.length).toBe(SOLD - 3_000)
  })

  test('of an answer of known length are cut too, and a client that goes pays what left', async () => {
    const bought = await shop.buy('/bytes/known')
    const res = await begin('/bytes/endless', bought.authorization)
    await once(res, 'data')
    res.destroy()
    const used = Number(await usedOf(bought, 'bytes'))
    expect(used).toBeGreaterThan(0)
    const came = await read('/bytes/known', bought.authorization)
    expect([came.isWhole, came.bytes.length]).toEqual([false, SOLD - used])
  })

  test('are shared by many answers at once, and none of them is given away', async () => {
    const bought = await shop.buy('/bytes/small')
    const all = await Promise.all(Array.from({ length: 40 }, () => read('/bytes/endless', bought.authorization)))
    const sent = all.filter(({ status }) => status === 200).reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(sent).toBeLessThanOrEqual(SOLD)
    const rest = await read('/bytes/endless', bought.authorization)
    expect(sent + (rest.status === 200 ? rest.bytes.length : 0)).toBe(SOLD)
  })

  test('of a file break off, and after each top-up the transfer goes on at the next byte', async () => {
    let bought = await shop.buy(filePath)
    let file = Buffer.alloc(0)
    for (let n = 1; n <= 3; n += 1) {
      const came = await read(filePath, bought.authorization, { Range: `bytes=${file.length}-` })
      expect([came.status, came.bytes.length]).toEqual([206, SOLD])
      file = Buffer.concat([file, came.bytes])
      if (n < 3) bought = await topUp(filePath, bought)
    }
    expect(file.equals(FILE)).toBe(true)
  })

  test('of a WebSocket end it at the last one paid for', async () => {
    const bought = await shop.buy('/socket/x')
    const req = httpRequest({
      ...{ host: '127.0.0.1', port: shop.port, path: '/socket/x', agent: false },
      headers: {
        ...{ Host: shop.host, Authorization: bought.authorization, Connection: 'Upgrade', Upgrade: 'websocket' },
        ...{ 'Sec-WebSocket-Key': 'abc', 'Sec-WebSocket-Version': '13' },
      },
    })
    req.end()
    const [, socket] = (await once(req, 'upgrade')) as [IncomingMessage, Socket]
    let received = 0
    socket.on('data', (bytes) => {
      received += bytes.length
    })
    socket.on('error', () => undefined).write(Buffer.alloc(130_000, 'w'))
    await once(socket, 'close')
    expect(received).toBe(100_000)
    expect(await usedOf(bought, 'bytes')).toBe(100_000n)
  })
})

describe('time', () => {
  test('ends a stream of events with a challenge, to the second, and the topped-up token goes on', async () => {
    const bought = await shop.buy('/time/ticks')
    const came = await read('/time/ticks', bought.authorization)
    expect([came.status, came.isWhole]).toEqual([200, true])
    expect(came.ms).toBeGreaterThan(900)
    expect(came.ms).toBeLessThan(2_000)
    expect(await usedOf(bought, 'seconds')).toBe(1_000n)
    const [name, data] = came.bytes.toString().trimEnd().split('\n').slice(-2)
    expect(name).toBe('event: l402-payment-required')
    const told = JSON.parse((data ?? '').slice('data: '.length))
    expect(told).toMatchObject({ reason: 'l402.exhausted', detail: 'seconds' })
    const { preimage } = await shop.node.pay(told.invoice)
    const credential = formatCredential(Buffer.from(told.macaroon, 'base64'), Buffer.from(preimage, 'hex'))
    const res = await begin('/time/ticks', `L402 ${credential}`)
    expect([res.statusCode, String((await once(res, 'data'))[0])]).toEqual([200, 'data: 0\n\n'])
    res.destroy()
  })

  test('breaks off what says nothing, and counts only what was open', async () => {
    const bought = await shop.buy('/time/quiet')
    const first = await begin('/time/quiet', bought.authorization)
    await once(first, 'data')
    first.destroy()
    const used = Number(await usedOf(bought, 'seconds'))
    const came = await read('/time/quiet', bought.authorization)
    expect([came.isWhole, came.bytes.toString()]).toEqual([false, 'open'])
    expect(came.ms + used).toBeGreaterThan(900)
    expect(came.ms + used).toBeLessThan(2_000)
  })
})

describe('the end of the right ends a metered stream within two seconds', () => {
  test('and leaves the others open', async () => {
    const [bought, other] = [await shop.buy('/long/ticks'), await shop.buy('/long/ticks')]
    const [stream, standing] = [
      await begin('/long/ticks', bought.authorization),
      await begin('/long/ticks', other.authorization),
    ]
    await once(stream.resume(), 'data')
    standing.resume()
    await revoke(bought)
    const from = performance.now()
    if (!stream.destroyed) await closed(stream)
    expect(performance.now() - from).toBeLessThan(2_000)
    expect(standing.destroyed).toBe(false)
    standing.destroy()
    await until('both are settled', async () => (await shop.database.owner.client.useLease.count()) === 0)
  })

  test('and a file, whatever it is sold by, gets no byte further than its reader’s buffers', async () => {
    const { slug } = await shop.publishFile({ name: 'large.bin', bytes: LARGE, title: 'Large', sats: 30 })
    await shop.changed()
    const bought = await shop.buy(`/${slug}`)
    const res = await begin(`/${slug}`, bought.authorization)
    let received = 0
    res.on('data', (piece: Buffer) => {
      received += piece.length
    })
    await once(res, 'data')
    res.pause()
    const tokenId = await revoke(bought)
    await until('the gateway knows', async () => shop.deps.catalog.peek(shop.host)?.denied.hasToken(tokenId) ?? false)
    res.resume()
    await closed(res)
    expect([res.complete, received < LARGE.length]).toEqual([false, true])
  })
})
