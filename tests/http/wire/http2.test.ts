/** HTTP/2 on the same port means what HTTP/1.1 means: the same judgement, the same refusals, and no request with two readings. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2'
import { connect as dial } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { block, END_HEADERS, frame, openRaw } from '#tests/support/http2-frames.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

let upstream: TestUpstream
let shop: ApiShop
let authorization = ''
const sessions: ClientHttp2Session[] = []

const completed: string[] = []
const aborted: string[] = []

async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  let length = 0
  for await (const piece of req) length += (piece as Buffer).length
  completed.push(req.url ?? '')
  res.setHeader('X-Length', String(length))
  res.end(`${req.method} ${req.url}`)
}

beforeAll(async () => {
  upstream = await startUpstream((req, res) => serve(req, res).catch(() => aborted.push(req.url ?? '')))
  shop = await startApiShop([upstream])
  await shop.publish({ title: 'Tides', sats: 210 })
  await shop.sell({ slug: 'api', url: upstream.url, rules: [ruleOf('all', '/**', { sats: 3 })] })
  authorization = (await shop.buy('/api/x')).authorization
})
afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy()
})
afterAll(async () => {
  await shop.close()
  await upstream.close()
})

function open(): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${shop.port}`)
  session.on('error', () => undefined)
  sessions.push(session)
  return session
}

interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly rstCode: number
}

/** `body`: sent as it is; without one the stream ends with its fields. */
async function ask(fields: OutgoingHttpHeaders, body?: string, session = open()): Promise<Got> {
  const stream = session.request({ ':authority': shop.host, ...fields }, { endStream: body === undefined })
  let headers: IncomingHttpHeaders = {}
  let text = ''
  stream.on('response', (came) => {
    headers = came
  })
  stream
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  if (body !== undefined) stream.end(body)
  await once(stream, 'close').catch(() => undefined)
  return { status: Number(headers[':status'] ?? 0), headers, text, rstCode: stream.rstCode ?? 0 }
}

test('an unpaid read is the same 402, a paid one the same 200, many on one connection', async () => {
  const session = open()
  const [unpaid, health, page] = await Promise.all([
    ask({ ':path': '/tides' }, undefined, session),
    ask({ ':path': '/_l402/health' }, undefined, session),
    ask({ ':path': '/tides', accept: 'text/html', 'user-agent': 'Mozilla/5.0' }, undefined, session),
  ])
  expect(unpaid.status).toBe(402)
  expect(String(unpaid.headers['www-authenticate'])).toMatch(/^L402 macaroon="[^"]+", invoice="lnbcrt/)
  expect(JSON.parse(unpaid.text)).toMatchObject({ reason: 'l402.missing', price_sats: 210 })
  expect([health.status, page.status]).toEqual([200, 200])
  const { authorization } = await shop.buy('/tides')
  const paid = await ask({ ':path': '/tides', authorization }, undefined, session)
  expect([paid.status, paid.headers['l402-covers']]).toEqual([200, unpaidService(unpaid)])
  expect((await ask({ ':path': '/tides', authorization: 'L402 x:y' }, undefined, session)).status).toBe(402)
})

const unpaidService = ({ text }: Got) => (JSON.parse(text) as { resource: { service: string } }).resource.service

test('HEAD and OPTIONS have no body, and a body of a POST is read whole', async () => {
  const head = await ask({ ':path': '/tides', ':method': 'HEAD' })
  expect([head.status, head.text]).toEqual([402, ''])
  const preflight = await ask({ ':path': '/tides', ':method': 'OPTIONS', origin: 'https://a.example' })
  expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*'])
  const asked = await ask(
    { ':path': '/_l402/challenge', ':method': 'POST', 'content-type': 'application/json' },
    JSON.stringify({ resource: '/tides' }),
  )
  expect(asked.status).toBe(201)
})

describe('an upstream of HTTP/1.1 gets one request with one meaning', () => {
  const paid = () => ({ authorization, ':method': 'POST', ':path': '/api/x' })

  test('with its length, or in chunks where it has none; cookies in pieces are left out whole', async () => {
    const before = upstream.arrived.length
    const known = await ask({ ...paid(), 'content-length': '5' }, 'hello')
    const unknown = await ask({ ...paid(), cookie: ['a=1', 'b=2'] }, 'x'.repeat(100_000))
    expect([known.text, known.headers['x-length'], unknown.headers['x-length']]).toEqual(['POST /x', '5', '100000'])
    const [first, second] = upstream.arrived.slice(before)
    expect([first?.header('content-length'), first?.header('transfer-encoding')]).toEqual(['5', undefined])
    expect([second?.header('content-length'), second?.header('transfer-encoding')]).toEqual([undefined, 'chunked'])
    expect([second?.header('cookie'), second?.header('host')]).toEqual([undefined, `127.0.0.1:${upstream.port}`])
  })

  test.each<[string, OutgoingHttpHeaders]>([
    ['a second host', { host: 'evil.example' }],
    ['a blank in the path', { ':path': '/api/x HTTP/1.1' }],
    ['a method that is none', { ':method': 'get' }],
    ['an underscore in a name', { x_a: 'y' }],
    ['no host', { ':authority': '' }],
    ['a host that is none', { ':authority': 'a b' }],
    ['another target', { ':path': 'http://evil.example/' }],
    ['a fragment', { ':path': '/api/x#part' }],
  ])('%s is refused, or its stream ends, and nothing reaches anybody', async (_what, fields) => {
    const before = upstream.arrived.length
    const got = await ask({ ...paid(), ...fields }, 'hello')
    const refused = [got.status, got.headers['l402-reason']].join(' ')
    expect([`400 http.malformed`, `0 ${got.rstCode === 1 ? '' : 'answered'}`]).toContain(refused)
    expect(upstream.arrived.length).toBe(before)
  })

  test('a body that is not as long as it says is never an answer', async () => {
    const before = upstream.arrived.length
    for (const body of ['hello, world', 'h']) {
      const got = await ask({ ...paid(), 'content-length': '5' }, body)
      expect(got.text).toBe('')
    }
    expect(upstream.arrived.length - before).toBeLessThanOrEqual(2)
    expect((await ask({ ...paid(), 'content-length': '5' }, 'hello')).headers['x-length']).toBe('5')
  })

  test('a body that its client cuts off is never the whole', async () => {
    const before = upstream.arrived.length
    const finished = completed.length
    const { socket } = await openRaw(shop.port)
    const fields = Object.entries({ ':scheme': 'http', ':authority': shop.host, ...paid() }).toSorted()
    const begun = [frame('headers', 1, block(fields), END_HEADERS), frame('data', 1, Buffer.from('begun'))]
    socket.write(Buffer.concat(begun))
    await until('it is under way', () => upstream.arrived.length > before)
    socket.write(frame('reset', 1, Buffer.from([0, 0, 0, 8])))
    expect((await ask({ ...paid(), 'content-length': '5' }, 'hello')).status).toBe(200)
    await until('its connection is gone', () => aborted.length > 0 || completed.length > finished + 1)
    socket.destroy()
    expect(completed.length).toBe(finished + 1)
  })

  test('a hundred fields and 16 KiB are the most', async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`x-${n}`, 'y']))
    const got = await ask({ ...paid(), ...many }, 'hello')
    expect([got.status, got.headers['l402-reason']]).toEqual([431, 'limit.header_size'])
    const large = await ask({ ...paid(), 'x-large': 'y'.repeat(17_000) }, 'hello')
    expect([large.status, large.text]).toEqual([431, ''])
  })
})

test('a connection that says no more than half the preface, or nothing, is told from HTTP/1.1 by its bytes alone', async () => {
  const socket = dial(shop.port, '127.0.0.1')
  socket.write('PR')
  await once(socket, 'connect')
  socket.write(`OPFIND /tides HTTP/1.1\r\nHost: ${shop.host}\r\nConnection: close\r\n\r\n`)
  const [first] = (await once(socket, 'data')) as [Buffer]
  expect(first.toString()).toMatch(/^HTTP\/1\.1 405 /)
  socket.destroy()
})
