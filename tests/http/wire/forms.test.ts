/** What HTTP/1 allows and few clients do: each gets one whole answer, on the wire, and the connection stays in step. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange as exchangeAt } from '#tests/support/exchange.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
})
afterAll(() => gateway.close())

const exchange = (bytes: string) => exchangeAt(gateway.port, bytes)
const host = () => `Host: ${gateway.host}\r\n`
/** The last request of a connection. */
const last = () => `GET /nothing HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`
const statuses = (text: string) => text.match(/(?<=HTTP\/1\.1 )\d{3}/g)

describe('the request line', () => {
  test('in absolute form is answered like the path alone, and the query stays behind it', async () => {
    const text = await exchange(
      `GET http://${gateway.host}/tides?a=1 HTTP/1.1\r\n${host()}\r\nGET HTTP://${gateway.host} HTTP/1.1\r\n${host()}\r\n${last()}`,
    )
    expect(statuses(text)).toEqual(['402', '200', '404'])
    expect(text).toContain(`"url":"http://${gateway.host}/tides"`)
  })

  test('of HTTP/1.0 without Host is 400, and with it is answered and closed', async () => {
    expect(await exchange('GET /tides HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    const text = await exchange(`GET /tides HTTP/1.0\r\n${host()}\r\n`)
    expect(text).toMatch(/^HTTP\/1\.1 402 /)
    expect(text.toLowerCase()).toContain('connection: close')
  })

  test('with a tunnel, or an authority for a path, opens nothing', async () => {
    expect(await exchange(`CONNECT ${gateway.host} HTTP/1.1\r\n${host()}\r\n`)).not.toMatch(/ 200 /)
    expect(await exchange(`GET ${gateway.host} HTTP/1.1\r\n${host()}\r\n`)).toMatch(/^HTTP\/1\.1 400 /)
  })
})

test('ten requests in one packet get ten answers in their order', async () => {
  const bought = await gateway.buy('/tides')
  const paid = `GET /tides HTTP/1.1\r\n${host()}Authorization: ${bought.authorization}\r\n\r\n`
  const unpaid = `GET /tides HTTP/1.1\r\n${host()}\r\n`
  const text = await exchange(`${`${paid}${unpaid}`.repeat(5)}${last()}`)
  expect(statuses(text)).toEqual([...Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? '200' : '402')), '404'])
})

describe('cookies', () => {
  const many = (line: (n: number) => string, count: number) => Array.from({ length: count }, (_, n) => line(n)).join('')

  test('of other people by the thousand do not hide ours, which stands behind them', async () => {
    const bought = await gateway.buy('/tides')
    const cookie = `l402=${Buffer.from(bought.macaroon).toString('base64url')}.${bought.preimage}`
    const ask = (ours: string) =>
      exchange(
        `GET /tides HTTP/1.1\r\n${host()}Connection: close\r\nCookie: ${many((n) => `a${n}=b; `, 1_400)}${ours}\r\n\r\n`,
      )
    expect(await ask(cookie)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await ask('l402=nonsense')).toMatch(/^HTTP\/1\.1 402 /)
  })

  test('of ours by the hundred are three at most', async () => {
    const text = await exchange(
      `GET /tides HTTP/1.1\r\n${host()}Connection: close\r\nCookie: ${many((n) => `l402-${n}=x; `, 900)}\r\n\r\n`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 402 /)
    expect(text).toContain('L402-Reason: l402.m')
  })
})

describe('a body', () => {
  const post = (fields: string, body: string) => `POST /_l402/challenge HTTP/1.1\r\n${host()}${fields}\r\n${body}`
  const chunked = (bytes: number) =>
    `${`2000\r\n${' '.repeat(0x2000)}\r\n`.repeat(bytes / 0x2000)}16\r\n{"resource":"tides"}  \r\n0\r\n\r\n`

  test('that is announced is waited for', async () => {
    const body = '{"resource":"tides"}'
    const text = await exchange(post(`Expect: 100-continue\r\nContent-Length: ${body.length}\r\n`, body) + last())
    expect(statuses(text)).toEqual(['100', '201', '404'])
  })

  test('in chunks is read, up to 64 KiB', async () => {
    expect(statuses(await exchange(post('Transfer-Encoding: chunked\r\n', chunked(0x2000)) + last()))).toEqual([
      '201',
      '404',
    ])
  })

  test.each([
    ['in chunks', () => post('Transfer-Encoding: chunked\r\n', chunked(0x40000))],
    ['of a stated length', () => post(`Content-Length: ${0x40000}\r\n`, ' '.repeat(0x40000))],
  ])('above 64 KiB %s is 413, and the request behind it is answered', async (_how, bytes) => {
    const text = await exchange(bytes() + last())
    expect(statuses(text)).toEqual(['413', '404'])
    expect(text).toContain('L402-Reason: http.too_large')
  })
})

describe('HEAD is answered as GET is, without a body, on', () => {
  const CHALLENGE = 'chl_000000000000000000000000'
  test.each([
    '/',
    '/.well-known/l402.json',
    '/llms.txt',
    '/robots.txt',
    '/_l402/health',
    '/_l402/assets/nothing.js',
    `/_l402/challenge/${CHALLENGE}`,
    `/_l402/challenge/${CHALLENGE}/events`,
    '/_l402/challenge',
    '/_l402/claim',
    '/_l402/restore',
    '/_l402/receipt',
    '/_l402/purchases',
    `/_l402/pay/${CHALLENGE}`,
  ])('%s', async (path) => {
    const ask = (method: string) => exchange(`${method} ${path} HTTP/1.1\r\n${host()}Connection: close\r\n\r\n`)
    const [head, get] = await Promise.all([ask('HEAD'), ask('GET')])
    expect(statuses(head)).toEqual(statuses(get))
    expect(head.slice(head.indexOf('\r\n\r\n') + 4)).toBe('')
  })
})
