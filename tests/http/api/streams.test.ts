/** Bodies pass as they come, in both directions, no faster than they are read; either end can stop at any time. */
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { exchange } from '#tests/support/exchange.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  sent: number
  received: number
}

const MB = 1024 * 1024
const PIECE = Buffer.alloc(MB, 'x')
let upstream: TestUpstream
let shop: ApiShop
let authorization: string
/** A door that waits for no body longer than a third of a second. */
let patient: ApiShop
/** What the upstream has under way, by path. */
const open = new Map<string, Exchange>()

const SERVE: Record<string, (exchange: Exchange) => unknown> = {
  '/down': async (exchange) => {
    exchange.res.writeHead(200, { 'Content-Length': String(100 * MB) })
    await sendMegabytes(exchange, 100)
  },
  '/endless': (exchange) => sendMegabytes(exchange, Number.POSITIVE_INFINITY),
  '/up': async (exchange) => {
    for await (const piece of exchange.req) exchange.received += (piece as Buffer).length
    exchange.res.end(String(exchange.received))
  },
  '/refuse-early': ({ res }) => res.writeHead(413).end('too much'),
  '/read-nothing': () => undefined,
  '/events': ({ res }) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    res.write('data: one\n\n')
  },
  '/echo': async ({ req, res }) => {
    for await (const piece of req) res.write(piece)
    res.end()
  },
  '/trailers': ({ res }) => {
    res.writeHead(200, { Trailer: 'X-Sum, Set-Cookie, Content-Length' })
    res.write('text')
    res.addTrailers({ 'X-Sum': '42', 'Set-Cookie': 'l402=x', 'X-Unannounced': '1' })
    res.end()
  },
  '/packed': ({ res }) => res.writeHead(200, { 'Content-Encoding': 'br' }).end(Buffer.from([1, 2, 3])),
}

async function sendMegabytes(exchange: Exchange, count: number): Promise<void> {
  const { res } = exchange
  async function* pieces() {
    for (; exchange.sent < count * MB; exchange.sent += MB) yield PIECE
  }
  await pipeline(pieces, res).catch(() => undefined)
}

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    const exchange = { req, res, sent: 0, received: 0 }
    open.set(req.url ?? '', exchange)
    return SERVE[req.url ?? '']?.(exchange)
  })
  shop = await startApiShop([upstream])
  await shop.sell({ slug: 's', url: upstream.url, rules: [ruleOf('all', '/**', { sats: 3 })], timeoutMs: 20_000 })
  await shop.sell({ slug: 'short', url: upstream.url, rules: [ruleOf('all', '/**', { sats: 3, lastsSeconds: 60 })] })
  patient = await startApiShop([upstream], { door: { bodyMs: 300 } })
  await patient.sell({ slug: 's', url: upstream.url, rules: [ruleOf('all', '/**', { sats: 3 })] })
  authorization = (await shop.buy('/s/x')).authorization
})
afterAll(async () => {
  await Promise.all([shop?.close(), patient?.close()])
  await upstream?.close()
})

function begin(
  path: string,
  options: { method?: string; headers?: Record<string, string>; place?: string; door?: ApiShop } = {},
): ClientRequest {
  const { method = 'GET', headers = {}, place = '/s', door = shop } = options
  const fields = { Host: door.host, Authorization: authorization, ...headers }
  const req = httpRequest({
    host: '127.0.0.1',
    port: door.port,
    path: `${place}${path}`,
    method,
    agent: false,
    headers: fields,
  })
  return req.on('error', () => undefined)
}

async function head(req: ClientRequest): Promise<IncomingMessage> {
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  return res.on('error', () => undefined)
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Megabytes held since `before`: gateway, client and upstream are one process here, and would hold 200 if nothing flowed off. */
async function heldMegabytes(before = 0): Promise<number> {
  collect()
  // Freed bytes are counted out beside the collection.
  await pause(20)
  return process.memoryUsage().arrayBuffers / MB - before
}

test('a hundred megabytes come down in a memory that stays flat', async () => {
  const before = await heldMegabytes()
  const res = await head(begin('/down').end())
  expect(res.headers['content-length']).toBe(String(100 * MB))
  let length = 0
  let next = 0
  for await (const piece of res) {
    length += (piece as Buffer).length
    if (length < next) continue
    next += 20 * MB
    expect(await heldMegabytes(before)).toBeLessThan(64)
  }
  expect(length).toBe(100 * MB)
})

test('a hundred megabytes go up in a memory that stays flat', async () => {
  const before = await heldMegabytes()
  const req = begin('/up', { method: 'POST' })
  const answered = head(req)
  for (let n = 0; n < 100; n += 1) {
    if (!req.write(PIECE)) await once(req, 'drain')
    if (n % 20 === 0) expect(await heldMegabytes(before)).toBeLessThan(64)
  }
  req.end()
  const res = await answered
  expect(String(await read(res))).toBe(String(100 * MB))
})

test('an upstream waits for a client that does not read, and a client for an upstream that does not', async () => {
  const res = await head(begin('/endless').end())
  await until('the upstream stands still', async () => stands(() => open.get('/endless')?.sent ?? 0))
  expect(open.get('/endless')?.sent).toBeLessThan(100 * MB)
  res.destroy()
  const req = begin('/read-nothing', { method: 'POST' })
  let sent = 0
  const more = () => {
    for (let isRoom = true; isRoom && sent < 200 * MB; sent += MB) isRoom = req.write(PIECE)
  }
  req.on('drain', more)
  more()
  await until('the client stands still', async () => stands(() => sent))
  expect(sent).toBeLessThan(100 * MB)
  req.destroy()
})

/** Whether a number has been the same for a fifth of a second. */
async function stands(count: () => number): Promise<boolean> {
  const before = count()
  await pause(200)
  return before > 0 && count() === before
}

test('an event is there when it was sent, and the end of either side is the end of the other within a second', async () => {
  const res = await head(begin('/events').end())
  expect(res.headers['content-type']).toBe('text/event-stream')
  expect(String((await once(res, 'data'))[0])).toBe('data: one\n\n')
  const exchange = open.get('/events')
  exchange?.res.write('data: two\n\n')
  expect(String((await once(res, 'data'))[0])).toBe('data: two\n\n')
  const goneAt = performance.now()
  res.destroy()
  if (exchange && !exchange.res.destroyed) await once(exchange.res, 'close')
  expect(performance.now() - goneAt).toBeLessThan(1_000)
  const another = await head(begin('/events').end())
  const brokenAt = performance.now()
  open.get('/events')?.res.destroy()
  await new Promise((resolve) => another.once('close', resolve))
  expect(another.complete).toBe(false)
  expect(performance.now() - brokenAt).toBeLessThan(1_000)
})

test('a body that was paid for may take its time, and no other', async () => {
  const trickle = async (headers: Record<string, string>) => {
    const req = begin('/up', { method: 'POST', headers, door: patient })
    let isOpen = true
    const answered = head(req).finally(() => {
      isOpen = false
    })
    req.on('close', () => {
      isOpen = false
    })
    for (let n = 0; n < 10 && isOpen; n += 1) {
      req.write('x')
      await pause(100)
    }
    req.end()
    return (await answered).statusCode
  }
  const paid = { Authorization: (await patient.buy('/s/x')).authorization }
  expect(await trickle(paid)).toBe(200)
  expect(await trickle({ Authorization: 'L402 none' })).toBe(402)
  expect(await statusOfSlowForm()).toMatch(/^HTTP\/1\.1 408 /)
})

/** A form of ours whose body never ends. */
function statusOfSlowForm(): Promise<string> {
  return exchange(
    patient.port,
    `POST /_l402/challenge HTTP/1.1\r\nHost: ${patient.host}\r\nContent-Length: 50\r\n\r\nresource=`,
  )
}

describe('an open stream ends within two seconds', () => {
  const untilCut = async (res: IncomingMessage) => {
    res.resume()
    const from = performance.now()
    await new Promise((resolve) => res.once('close', resolve))
    expect(res.complete).toBe(false)
    expect(performance.now() - from).toBeLessThan(2_500)
  }

  test('when its token is withdrawn, and those of others go on', async () => {
    const bought = await shop.buy('/s/x')
    await shop.settled(bought.challenge)
    const [own, others] = [
      await head(begin('/events', { headers: { Authorization: bought.authorization } }).end()),
      await head(begin('/events').end()),
    ]
    const { tokenId } = await shop.database.owner.client.challenge.findFirstOrThrow({ where: { id: bought.challenge } })
    await revokeToken({ db: shop.database.web }, { creatorId: shop.creatorId, tokenId })
    await untilCut(own)
    expect(others.destroyed).toBe(false)
    others.destroy()
  })

  test('when its time is over', async () => {
    const { authorization: short } = await shop.buy('/short/events')
    const res = await head(begin('/events', { place: '/short', headers: { Authorization: short } }).end())
    expect(String((await once(res, 'data'))[0])).toBe('data: one\n\n')
    shop.clock.move(3_600_000)
    await untilCut(res)
  })
})

test('what goes up comes down while it goes on', async () => {
  const req = begin('/echo', { method: 'POST' })
  const answered = head(req)
  req.write('first')
  const res = await answered
  expect(String((await once(res, 'data'))[0])).toBe('first')
  req.write('second')
  expect(String((await once(res, 'data'))[0])).toBe('second')
  req.end()
  res.resume()
  await once(res, 'end')
})

test('an answer that comes before the request is whole arrives, and the next request is its own', async () => {
  const req = begin('/refuse-early', { method: 'POST', headers: { 'Content-Length': String(3 * MB) } })
  const answered = head(req)
  req.write(PIECE)
  const res = await answered
  expect([res.statusCode, String(await read(res))]).toEqual([413, 'too much'])
  req.destroy()
  expect((await head(begin('/packed').end())).statusCode).toBe(200)
})

test('trailers that were announced follow, and none that would act in our name', async () => {
  const res = await head(begin('/trailers', { headers: { TE: 'trailers' } }).end())
  expect(res.headers.trailer).toBe('X-Sum')
  expect(String(await read(res))).toBe('text')
  expect(res.rawTrailers).toEqual(['X-Sum', '42'])
})

test('a packed body passes as it is', async () => {
  const res = await head(begin('/packed').end())
  expect([res.headers['content-encoding'], await read(res)]).toEqual(['br', Buffer.from([1, 2, 3])])
})

test('HEAD has the fields of the answer and no body', async () => {
  const res = await head(begin('/down', { method: 'HEAD' }).end())
  expect([res.statusCode, res.headers['content-length'], (await read(res)).length]).toEqual([200, String(100 * MB), 0])
})

async function read(res: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of res) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
