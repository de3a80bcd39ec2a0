/** One request in means one thing, or is refused: bytes on a socket, as an attacker writes them (reliability.md §9.2). */
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
const countAnswers = (text: string) => text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0
const get = (fields: string, target = '/tides') => `GET ${target} HTTP/1.1\r\n${fields}\r\n`
const host = () => `Host: ${gateway.host}\r\n`

describe('refused with 400, once, and the connection ends', () => {
  test.each<[string, () => string]>([
    ['no Host', () => get('')],
    ['two Hosts', () => get(host() + host())],
    ['a Host that is none', () => get('Host: a b\r\n')],
    ['another host in the target', () => get(host(), 'http://evil.example/tides')],
    ['a fragment in the target', () => get(host(), '/tides#part')],
    ['a space before the colon', () => get(`${host()}X : y\r\n`)],
    ['an underscore in a field name', () => get(`${host()}X_A: y\r\n`)],
    ['a folded line', () => get(`${host()}X: y\r\n folded\r\n`)],
    ['a bare line feed', () => `GET /tides HTTP/1.1\n${host()}\r\n`],
    ['a NUL in a value', () => get(`${host()}X: a\0b\r\n`)],
    ['two lengths', () => `POST /_l402/claim HTTP/1.1\r\n${host()}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    [
      'a length and chunks',
      () => `POST /_l402/claim HTTP/1.1\r\n${host()}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['an unknown transfer encoding', () => `POST /_l402/claim HTTP/1.1\r\n${host()}Transfer-Encoding: gzip\r\n\r\n`],
    [
      'a field behind the body that nobody announced',
      () =>
        `POST /_l402/claim HTTP/1.1\r\n${host()}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Late: 1\r\n\r\n`,
    ],
    ['an expectation that we do not meet', () => get(`${host()}Expect: 200-ok\r\n`)],
    ['a tunnel', () => `CONNECT harbor.localhost:80 HTTP/1.1\r\n${host()}\r\n`],
    ['no HTTP at all', () => 'hello\r\n\r\n'],
  ])('%s', async (_what, bytes) => {
    const text = await exchange(`${bytes()}GET /tides HTTP/1.1\r\n${host()}\r\n`)
    expect(countAnswers(text)).toBe(1)
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(text).toContain('L402-Reason: http.malformed')
    expect(text).toContain('"message":"This request is not valid HTTP here."')
  })
})

test('headers above 16 KiB, or more than a hundred fields, are 431', async () => {
  for (const fields of [`X: ${'a'.repeat(17_000)}\r\n`, 'X: a\r\n'.repeat(101)]) {
    const text = await exchange(get(host() + fields))
    expect(text).toMatch(/^HTTP\/1\.1 431 /)
    expect(text).toContain('L402-Reason: limit.header_size')
  }
})

test('a field that would be dropped in silence is not: the credential behind ninety others opens', async () => {
  const bought = await gateway.buy('/tides')
  const fields = `${'X: a\r\n'.repeat(95)}Authorization: ${bought.authorization}\r\nConnection: close\r\n`
  expect(await exchange(get(host() + fields))).toMatch(/^HTTP\/1\.1 200 /)
})

test('two requests in one packet get two answers, each its own', async () => {
  const text = await exchange(get(host(), '/nothing') + get(`${host()}Connection: close\r\n`))
  expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 402'])
})

test('a field behind the body that was announced is passed over', async () => {
  const body = '2\r\n{}\r\n0\r\nX-Late: 1\r\n\r\n'
  const fields = `${host()}Trailer: x-late\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n`
  expect(await exchange(`POST /_l402/claim HTTP/1.1\r\n${fields}\r\n${body}`)).toMatch(/^HTTP\/1\.1 403 /)
})

test('a body that nobody reads does not become the next request', async () => {
  const smuggled = get(host(), '/tides')
  const text = await exchange(
    `GET /nothing HTTP/1.1\r\n${host()}Connection: close\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  )
  expect(countAnswers(text)).toBe(1)
})
