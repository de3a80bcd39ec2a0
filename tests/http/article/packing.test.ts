/** Pages, scripts and styles leave packed for who accepts that, and are the same text for everybody. */
import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
let authorization: string
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210, sentences: 100 })
  authorization = (await gateway.buy('/tides')).authorization
})
afterAll(() => gateway.close())

const BROWSER = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }
const UNPACK = { br: brotliDecompressSync, gzip: gunzipSync } as const

interface Packed {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: Buffer
}

/** Bytes as they came, which `ask` would spoil by reading them as text. */
function askPacked(path: string, headers: Record<string, string>): Promise<Packed> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: gateway.port,
      path,
      headers: { Host: gateway.host, ...headers },
      agent: false,
    }
    const req = request(options, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }))
    })
    req.once('error', reject)
    req.end()
  })
}

const stylePath = async () => {
  const page = await gateway.ask('/tides', { headers: BROWSER })
  return /\/_l402\/assets\/reader\.[0-9a-f]{12}\.css/.exec(page.text)?.[0] ?? ''
}

describe.each(['br', 'gzip'] as const)('%s', (encoding) => {
  test.each<[string, () => Promise<string> | string, Record<string, string>, number]>([
    ['a style sheet', stylePath, {}, 200],
    ['the preview', () => '/tides', BROWSER, 200],
    ['the list', () => '/', BROWSER, 200],
    ['the page of a 402', () => '/tides', { ...BROWSER, 'Accept-Authenticate': 'L402' }, 402],
  ])('of %s is the same text in fewer bytes', async (_what, path, headers, status) => {
    const plain = await gateway.ask(await path(), { headers })
    const packed = await askPacked(await path(), { ...headers, 'Accept-Encoding': encoding })
    expect([plain.status, packed.status, packed.headers['content-encoding']]).toEqual([status, status, encoding])
    expect(packed.headers.vary).toContain('Accept-Encoding')
    expect(Number(packed.headers['content-length'])).toBe(packed.body.length)
    expect(packed.body.length).toBeLessThan(plain.text.length / 2)
    expect(UNPACK[encoding](packed.body).toString().length).toBe(plain.text.length)
  })

  test('of what was bought is for its buyer only, and is not sent again', async () => {
    const headers = { Authorization: authorization, 'Accept-Encoding': encoding }
    const packed = await askPacked('/tides', headers)
    expect(UNPACK[encoding](packed.body).toString()).toContain(PAID_SENTENCE)
    expect([packed.headers['content-encoding'], packed.headers['cache-control']]).toEqual([
      encoding,
      'private, no-store',
    ])
    const again = await askPacked('/tides', { ...headers, 'If-None-Match': String(packed.headers.etag) })
    expect([again.status, again.body.length]).toEqual([304, 0])
    expect((await askPacked('/tides', { 'Accept-Encoding': encoding })).status).toBe(402)
  })
})

test('who accepts no encoding, or names none, gets the text as it is', async () => {
  for (const headers of [{}, { 'Accept-Encoding': 'identity' }, { 'Accept-Encoding': 'br;q=0, gzip;q=0' }]) {
    const reply = await gateway.ask('/tides', { headers: { Authorization: authorization, ...headers } })
    expect([reply.header('content-encoding'), reply.text.includes(PAID_SENTENCE)]).toEqual([undefined, true])
  }
})

test('a font, packed already, is sent as it is', async () => {
  const css = await gateway.ask(await stylePath())
  const font = /url\(\.\/([a-z0-9-]+\.[0-9a-f]{12}\.woff2)\)/.exec(css.text)?.[1] ?? ''
  const reply = await askPacked(`/_l402/assets/${font}`, { 'Accept-Encoding': 'br' })
  const { status, headers } = reply
  expect([status, headers['content-type'], headers['content-encoding']]).toEqual([200, 'font/woff2', undefined])
})
