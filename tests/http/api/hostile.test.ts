/** Clients that try to reach the upstream with another request than was judged, and upstreams that lie: nobody else is hurt. */
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { exchange } from '#tests/support/exchange.ts'
import { startLiar, startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const SECRET = 'behind the paywall'
let upstream: TestUpstream
let liar: TestUpstream
let shop: ApiShop
let authorization: string
let atLiar: string

const OK = 'HTTP/1.1 200 OK\r\n'
const LIES: Record<string, string | ((socket: Socket) => void)> = {
  '/two-lengths': `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
  '/length-and-chunks': `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  '/long-head': (socket) => {
    socket.write(`${OK}X-Long: `)
    const timer = setInterval(() => socket.write('y'.repeat(65_536)), 1)
    socket.once('close', () => clearInterval(timer))
  },
  '/many-heads': `${OK}${'X-A: 1\r\n'.repeat(20_000)}\r\n`,
  '/no-http': 'SSH-2.0-OpenSSH_9.6\r\n',
  '/odd-status': 'HTTP/1.1 99 What\r\n\r\n',
  '/switch': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nraw',
  '/bare-line': `${OK}X-A: 1\nX-B: 2\r\nContent-Length: 0\r\n\r\n`,
  '/folded': `${OK}X-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n`,
}
const BROKEN: Record<string, string | ((socket: Socket) => void)> = {
  '/too-short': `${OK}Content-Length: 50\r\nConnection: close\r\n\r\nhello`,
  '/bad-chunk': `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n`,
  '/bad-trailer': `${OK}Transfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n5\r\nhello\r\n0\r\nX A : 1\r\n\r\n`,
  '/cut': (socket) =>
    socket.write(`${OK}Content-Length: 50\r\n\r\nhello`, () => setTimeout(() => socket.resetAndDestroy(), 50)),
}
const EXTRA = `${OK}Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.end(SECRET)
  })
  liar = await startLiar((socket, head) => {
    const path = head.split(' ')[1] ?? ''
    const lies: Record<string, string | ((socket: Socket) => void)> = { ...LIES, ...BROKEN, '/extra': EXTRA }
    const lie = lies[path]
    if (typeof lie === 'function') lie(socket)
    else if (lie !== undefined) socket.end(lie)
    else socket.write(`${OK}Content-Length: 4\r\n\r\nfine`)
  })
  shop = await startApiShop([upstream, liar], { tokenLimits: 'reads=10000/10000' })
  const rules = [ruleOf('dear', '/dear', { sats: 900 }), ruleOf('all', '/**', { sats: 3 })]
  await shop.sell({ slug: 'good', url: upstream.url, rules })
  await shop.sell({ slug: 'liar', url: liar.url, rules, timeoutMs: 2_000 })
  authorization = (await shop.buy('/good/x')).authorization
  atLiar = (await shop.buy('/liar/x')).authorization
})
afterAll(async () => {
  await shop?.close()
  await Promise.all([upstream?.close(), liar?.close()])
})

const auth = () => `Host: ${shop.host}\r\nAuthorization: ${authorization}\r\n`
const smuggled = () => `GET /good/dear HTTP/1.1\r\nHost: ${shop.host}\r\nConnection: close\r\n\r\n`

test.each([
  [
    'length and chunks',
    () =>
      `POST /good/x HTTP/1.1\r\n${auth()}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled()}`,
  ],
  [
    'two lengths',
    () => `POST /good/x HTTP/1.1\r\n${auth()}Content-Length: 0\r\nContent-Length: 60\r\n\r\n${smuggled()}`,
  ],
  [
    'chunks by another name',
    () => `POST /good/x HTTP/1.1\r\n${auth()}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled()}`,
  ],
  [
    'chunks twice',
    () => `POST /good/x HTTP/1.1\r\n${auth()}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${smuggled()}`,
  ],
  ['a bare line end', () => `GET /good/x HTTP/1.1\n${auth()}\r\n`],
  ['a folded line', () => `GET /good/x HTTP/1.1\r\n${auth()}X-A: 1\r\n b\r\n\r\n`],
  ['a space before the colon', () => `GET /good/x HTTP/1.1\r\n${auth()}X-A : 1\r\n\r\n`],
  ['another host in the target', () => `GET http://127.0.0.1/good/dear HTTP/1.1\r\n${auth()}\r\n`],
  ['a tunnel', () => `CONNECT 127.0.0.1:${upstream.port} HTTP/1.1\r\n${auth()}\r\n`],
])('%s is refused, and the upstream sees nothing', async (_name, bytes) => {
  const before = upstream.arrived.length
  const answer = await exchange(shop.port, bytes())
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).not.toContain(SECRET)
  expect(upstream.arrived).toHaveLength(before)
})

test('a second request behind a paid one is judged by itself', async () => {
  const before = upstream.arrived.length
  const answer = await exchange(shop.port, `GET /good/x HTTP/1.1\r\n${auth()}\r\n${smuggled()}`)
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 402'])
  expect(upstream.arrived).toHaveLength(before + 1)
})

test('fields that only this connection has end here, whatever they claim to be', async () => {
  const fields =
    'Connection: close, Content-Length, Host, X-Gone, Transfer-Encoding\r\nX-Gone: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\nProxy-Authorization: x\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n'
  const answer = await exchange(shop.port, `POST /good/x HTTP/1.1\r\n${auth()}${fields}Content-Length: 5\r\n\r\nhello`)
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  const names = upstream.arrived.at(-1)?.fields.map(([name]) => name.toLowerCase()) ?? []
  for (const name of ['x-gone', 'keep-alive', 'te', 'proxy-authorization', 'upgrade', 'http2-settings'])
    expect(names).not.toContain(name)
  expect(upstream.arrived.at(-1)?.header('content-length')).toBe('5')
})

test('no method sends a request back with what we added to it', async () => {
  const answer = await exchange(shop.port, `TRACE /good/x HTTP/1.1\r\n${auth()}Connection: close\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 405 /)
})

test('an upstream that leads back here does so three times at most', async () => {
  const before = upstream.arrived.length
  const get = (via: string) => shop.ask('/good/x', { headers: { Authorization: authorization, Via: via } })
  expect((await get('1.0 theirs, 1.1 satstile, 1.1 satstile')).status).toBe(200)
  expect(
    upstream.arrived
      .at(-1)
      ?.fields.filter(([name]) => name === 'Via')
      .map(([, value]) => value),
  ).toEqual(['1.0 theirs, 1.1 satstile, 1.1 satstile', '1.1 satstile'])
  const circling = await get('1.1 satstile, 1.1 satstile, 1.1 satstile')
  expect([circling.status, circling.json().reason]).toEqual([502, 'upstream.unreachable'])
  expect(upstream.arrived).toHaveLength(before + 1)
})

const atLiarGet = (path: string) => shop.ask(`/liar${path}`, { headers: { Authorization: atLiar } })
const isStillFine = async () => {
  const replies = await Promise.all(Array.from({ length: 5 }, () => atLiarGet('/x')))
  expect(replies.map(({ status, text }) => [status, text])).toEqual(Array.from({ length: 5 }, () => [200, 'fine']))
  expect((await shop.ask('/good/x', { headers: { Authorization: authorization } })).text).toBe(SECRET)
}

test.each(Object.keys(LIES))(
  'an upstream that answers with %s is no upstream, and nobody else notices',
  async (path) => {
    const reply = await atLiarGet(path)
    expect([reply.status, reply.header('l402-reason')]).toEqual([502, 'upstream.unreachable'])
    await isStillFine()
  },
)

test.each(Object.keys(BROKEN))(
  'an answer that is broken by %s is seen to be broken, and nobody else notices',
  async (path) => {
    await expect(atLiarGet(path)).rejects.toThrow(/aborted|hang up|ECONNRESET|Parse Error/)
    await isStillFine()
  },
)

test('an answer that nobody asked for reaches nobody', async () => {
  const first = await atLiarGet('/extra').catch((cause: unknown) => String(cause))
  if (typeof first !== 'string') expect(first.text).not.toContain('poison')
  for (let n = 0; n < 5; n += 1) expect((await atLiarGet('/x')).text).toBe('fine')
})
