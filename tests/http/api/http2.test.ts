/** An upstream that speaks HTTP/2 over TLS is spoken to in it, with nothing lost on the way. */
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTlsIdentity } from '#devnode/certificate.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'

const MB = 1024 * 1024
const PIECE = Buffer.alloc(MB, 'x')
const identity = createTlsIdentity(['localhost'], { now: new Date(), years: 1 })
const usual = getCACertificates('default')
let server: Http2SecureServer
let shop: ApiShop
let authorization: string
const seen: Http2ServerRequest[] = []
const closed: string[] = []
/** Each resets an answer that has begun. */
const cuts: (() => void)[] = []

async function serve(req: Http2ServerRequest, res: Http2ServerResponse): Promise<void> {
  seen.push(req)
  res.stream.once('close', () => closed.push(req.url))
  if (req.url === '/down') {
    async function* pieces() {
      for (let n = 0; n < 20; n += 1) yield PIECE
    }
    return pipeline(pieces, res).catch(() => undefined)
  }
  if (req.url === '/up') {
    let length = 0
    for await (const piece of req) length += (piece as Buffer).length
    return void res.end(String(length))
  }
  if (req.url === '/events') return void res.write('data: one\n\n')
  if (req.url === '/reset') return void res.stream.close(2)
  if (req.url?.startsWith('/cut/')) {
    const [, , code, length] = req.url.split('/')
    if (length !== undefined) res.setHeader('content-length', length)
    cuts.push(() => res.stream.close(Number(code)))
    return void res.write('half of it')
  }
  res.setHeader('x-version', req.httpVersion)
  res.setHeader('connection-like', 'kept')
  res.end('answer')
}

beforeAll(async () => {
  setDefaultCACertificates([...usual, identity.certPem])
  server = createSecureServer(
    { key: identity.keyPem, cert: identity.certPem, allowHTTP1: true },
    (req, res) => void serve(req, res),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${port}`
  shop = await startApiShop([{ port, url, arrived: [], close: async () => undefined }])
  await shop.sell({ slug: 'h2', url, rules: [ruleOf('all', '/**', { sats: 3, uses: 50 })] })
  authorization = (await shop.buy('/h2/x')).authorization
})
afterAll(async () => {
  await shop?.close()
  setDefaultCACertificates(usual)
  server?.close()
})

function begin(path: string, method = 'GET'): ClientRequest {
  const headers = { Host: shop.host, Authorization: authorization, Cookie: 'a=1', Connection: 'close', 'X-Kept': 'yes' }
  const options = { host: '127.0.0.1', port: shop.port, path: `/h2${path}`, method, agent: false, headers }
  return httpRequest(options).on('error', () => undefined)
}

async function head(req: ClientRequest): Promise<IncomingMessage> {
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  return res.on('error', () => undefined)
}

async function read(res: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of res) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}

test('it is asked in HTTP/2, without credentials and fields of the connection', async () => {
  const res = await head(begin('/x').end())
  expect([res.statusCode, await read(res), res.headers['x-version'], res.headers['connection-like']]).toEqual([
    200,
    'answer',
    '2.0',
    'kept',
  ])
  const { headers } = seen.at(-1) as Http2ServerRequest
  expect(headers['x-kept']).toBe('yes')
  expect(headers['x-l402-signature']).toMatch(/^t=\d+,v1=/)
  for (const name of ['authorization', 'cookie', 'connection']) expect(headers[name]).toBeUndefined()
})

test('bodies come whole in both directions', async () => {
  expect((await read(await head(begin('/down').end()))).length).toBe(20 * MB)
  const req = begin('/up', 'POST')
  const answered = head(req)
  for (let n = 0; n < 20; n += 1) if (!req.write(PIECE)) await once(req, 'drain')
  req.end()
  expect(await read(await answered)).toBe(String(20 * MB))
})

test('the end of the client is the end of its stream, and of no other', async () => {
  const [first, second] = [await head(begin('/events').end()), await head(begin('/events').end())]
  const before = closed.length
  const goneAt = performance.now()
  first.destroy()
  await expect.poll(() => closed.length, { timeout: 1_000 }).toBe(before + 1)
  expect(performance.now() - goneAt).toBeLessThan(1_000)
  expect(second.destroyed).toBe(false)
  second.destroy()
})

test('a stream that is reset before its answer takes no use', async () => {
  const left = async () => Number((await head(begin('/x').end())).headers['l402-uses-remaining'])
  const before = await left()
  const res = await head(begin('/reset').end())
  expect(res.statusCode).toBe(502)
  expect(await left()).toBe(before - 1)
})

test.each([
  ['CANCEL', '/cut/8'],
  ['CANCEL, its length stated', '/cut/8/1000'],
  ['an error of its own', '/cut/2'],
])('an answer that is cut off with %s never looks whole', async (_how, path) => {
  const res = await head(begin(path).end())
  expect(res.statusCode).toBe(200)
  const [first] = await once(res, 'data')
  expect(String(first)).toBe('half of it')
  cuts.pop()?.()
  await new Promise((resolve) => res.once('close', resolve))
  expect(res.complete).toBe(false)
})

test('an answer that is cut off while its head is made ready is seen to be broken as well', async () => {
  const req = begin('/cut/8')
  const closed = once(req, 'close')
  const answered = head(req.end()).catch(() => null)
  await expect.poll(() => cuts.length).toBe(1)
  cuts.pop()?.()
  const res = await answered
  if (res !== null) await read(res).catch(() => undefined)
  await closed
  expect(res?.complete ?? false).toBe(false)
})
