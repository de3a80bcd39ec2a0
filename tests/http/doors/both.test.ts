/** The gateway and the second door judge alike: each pair of what is let in and what is refused, asked at both. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { startTestDoor, type TestDoor } from '#tests/support/door.ts'
import { download } from '#tests/support/files.ts'
import { FREE_SENTENCE, PAID_SENTENCE, type Purchase } from '#tests/support/gateway.ts'
import { askFor, cookiesOf, makeClaimSecret, postJson } from '#tests/support/gateway-browser.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const BYTES = randomBytes(3_000_000)
let upstream: TestUpstream
let shop: ApiShop
let door: TestDoor
let tides: Purchase
let film: Purchase
let node: Purchase
let write: Purchase
let filmPath: string
/** Requests that the upstream saw end before they were answered. */
let hungUp = 0

beforeAll(async () => {
  upstream = await startUpstream((req, res) => {
    if (req.url?.startsWith('/echo')) {
      res.writeHead(200, { 'Content-Type': 'application/octet-stream' })
      return void req.pipe(res)
    }
    req.resume()
    if (req.url === '/packed') {
      res.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' })
      return void res.end(gzipSync('packed by its author'))
    }
    if (req.url === '/ticks') {
      res.once('close', () => {
        hungUp += 1
      })
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      return void res.write('data: 1\n\n')
    }
    if (req.url === '/broken') {
      res.writeHead(200, { 'Content-Type': 'text/plain' })
      return void res.write('a part', () => res.destroy())
    }
    res.writeHead(200, { 'Content-Type': 'application/json' })
    res.end(JSON.stringify({ path: req.url }))
  })
  shop = await startApiShop([upstream])
  await shop.publish({ title: 'Tides', sats: 210 })
  await shop.publish({ title: 'Storms', sats: 180 })
  const { slug } = await shop.publishFile({ name: 'film.bin', bytes: BYTES, title: 'Film', sats: 300 })
  filmPath = `/${slug}`
  await shop.sell({
    slug: 'scores',
    url: upstream.url,
    rules: [
      ruleOf('write', '/echo', { sats: 9, methods: ['POST'] }),
      ruleOf('about', '/about', { methods: ['GET'] }),
      ruleOf('read', '/**', { sats: 5, methods: ['GET', 'HEAD'] }),
    ],
  })
  door = await startTestDoor(shop, { EGRESS_ALLOW: `127.0.0.1:${upstream.port}` })
  tides = await shop.buy('/tides')
  film = await shop.buy(filmPath)
  node = await shop.buy('/scores/nodes/alice')
  const asked = await shop.ask('/scores/echo', { method: 'POST' })
  const { preimage } = await shop.node.pay(String(asked.json().invoice))
  write = { ...node, authorization: `L402 ${asked.json().macaroon}:${preimage}` }
})
afterAll(async () => {
  await door?.stop()
  await shop?.close()
  await upstream?.close()
})

const DOORS = ['gateway', 'door'] as const

/** One of the two as clients reach it. */
function at(name: (typeof DOORS)[number]) {
  const { ask, host, port } = name === 'gateway' ? shop : door
  const as = ({ authorization }: Purchase, more: Record<string, string> = {}) => ({
    headers: { Authorization: authorization, ...more },
  })
  return { ask, host, port, origin: `http://${host}`, as }
}

describe.each(DOORS)('at the %s', (name) => {
  test('a program gets one challenge, its payment opens this and nothing else', async () => {
    const { ask, origin } = at(name)
    const asked = await ask('/tides')
    expect([asked.status, asked.headers('www-authenticate').length]).toEqual([402, 1])
    const { macaroon, invoice, ...body } = asked.json()
    expect(asked.header('www-authenticate')).toBe(
      `L402 macaroon="${macaroon}", invoice="${invoice}", version="0", token="${macaroon}"`,
    )
    expect(body).toMatchObject({ reason: 'l402.missing', price_sats: 210, resource: { url: `${origin}/tides` } })
    expect(asked.header('cache-control')).toBe('private, no-store')
    expect(asked.header('content-length')).toBe(String(Buffer.byteLength(asked.text)))
    const { preimage } = await shop.node.pay(String(invoice))
    const paid = { headers: { Authorization: `L402 ${macaroon}:${preimage}` } }
    const opened = await ask('/tides', paid)
    expect([opened.status, opened.header('cache-control')]).toEqual([200, 'private, no-store'])
    expect(opened.text).toContain(PAID_SENTENCE)
    const other = await ask('/storms', paid)
    expect([other.status, other.json().reason]).toEqual([402, 'l402.wrong_service'])
    expect(other.text).not.toContain(PAID_SENTENCE)
  })

  test('the head of a 402 has nothing that its readers have no room for', async () => {
    const { fields } = await at(name).ask('/tides')
    expect(fields.map(([field]) => field.toLowerCase()).toSorted()).toEqual(
      [
        ...['access-control-allow-headers', 'access-control-allow-methods', 'access-control-allow-origin'],
        ...['access-control-expose-headers', 'cache-control', 'connection', 'content-length', 'content-type', 'date'],
        ...['l402-reason', 'link', 'vary', 'www-authenticate', 'x-content-type-options'],
      ].toSorted(),
    )
    expect(fields.find(([field]) => field.toLowerCase() === 'vary')?.[1]).toBe('Accept, Authorization, Cookie')
  })

  test('a person gets the preview and no invoice, and after paying by cookie the page', async () => {
    const { ask } = at(name)
    const page = await ask('/tides', { headers: { Accept: 'text/html' } })
    expect([page.status, page.header('www-authenticate')]).toEqual([200, undefined])
    expect(page.text).toContain(FREE_SENTENCE)
    expect(page.text).not.toContain(PAID_SENTENCE)
    const cookie = `l402=${Buffer.from(tides.macaroon).toString('base64url')}.${tides.preimage}`
    const opened = await ask('/tides', { headers: { Accept: 'text/html', Cookie: cookie } })
    expect(opened.text).toContain(PAID_SENTENCE)
    const head = await ask('/tides', { method: 'HEAD', headers: { Accept: 'text/html' } })
    expect([head.status, head.text, head.header('content-length')]).toEqual([200, '', page.header('content-length')])
  })

  test('text is packed for who takes it packed', async () => {
    const { host, port } = at(name)
    const page = (headers: Record<string, string>) =>
      download({ host, port, path: '/tides', headers: { Accept: 'text/html', ...headers } })
    const packed = await page({ 'Accept-Encoding': 'gzip' })
    expect([packed.headers['content-encoding'], packed.headers['content-length']]).toEqual([
      'gzip',
      String(packed.received),
    ])
    const plain = await page({})
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true)
  })

  test.each<[what: string, credential: (M: string, P: string) => string | string[]]>([
    ['in small letters', (M, P) => `l402 ${M}:${P}`],
    ['under the old name', (M, P) => `LSAT ${M}:${P}`],
    ['without a scheme', (M, P) => `${M}:${P}`],
    ['in its second line', (M, P) => ['Bearer something', `L402 ${M}:${P}`]],
    ['behind a broken one', (M, P) => [`L402 AAAA:${P}`, `L402 ${M}:${P}`]],
  ])('a credential is read %s', async (_what, write) => {
    const M = Buffer.from(tides.macaroon).toString('base64')
    const opened = await at(name).ask('/tides', { headers: { Authorization: write(M, tides.preimage) } })
    expect(opened.status).toBe(200)
  })

  test.each<[reason: string, credential: (M: Buffer, P: string) => string]>([
    ['l402.malformed', (_M, P) => `L402 AAAA:${P}`],
    ['l402.preimage_mismatch', (M) => `L402 ${M.toString('base64')}:${'11'.repeat(32)}`],
    [
      'l402.signature_invalid',
      (M, P) => `L402 ${Buffer.concat([M.subarray(0, -1), Buffer.of(M.at(-1) === 0 ? 1 : 0)]).toString('base64')}:${P}`,
    ],
    ['l402.missing', (_M, P) => `Bearer ${P}`],
  ])('nothing less opens: %s', async (reason, write) => {
    const credential = write(Buffer.from(tides.macaroon), tides.preimage)
    const refused = await at(name).ask('/tides', { headers: { Authorization: credential } })
    expect([refused.status, refused.header('l402-reason')]).toEqual([402, reason])
    expect(refused.headers('www-authenticate')).toHaveLength(1)
    expect(refused.text).not.toContain(PAID_SENTENCE)
  })

  test('what is not there, not done or not HTTP is refused with its own status', async () => {
    const { ask, as, host } = at(name)
    expect((await ask('/tidse')).json()).toMatchObject({ reason: 'paywall.resource_unknown' })
    expect((await ask('/tides', { host: host.replace('harbor', 'nobody') })).status).toBe(404)
    expect((await ask('/tides', { method: 'DELETE', ...as(tides) })).status).toBe(405)
    expect((await ask('/tides', { headers: { X_Odd: '1' } })).status).toBe(400)
    expect((await ask('/Tides/')).header('location')).toBe('/tides')
    for (const path of ['/storms/../tides', '//tides', '/%2e/tides', '/tides;a']) {
      expect((await ask(path, as(tides))).text).not.toContain(PAID_SENTENCE)
    }
  })

  test('a page elsewhere may ask what it is allowed, for nothing', async () => {
    const asked = await at(name).ask('/tides', {
      method: 'OPTIONS',
      headers: { Origin: 'https://elsewhere.example', 'Access-Control-Request-Headers': 'x-mine' },
    })
    expect([asked.status, asked.header('access-control-allow-origin')]).toEqual([204, '*'])
    expect(asked.header('access-control-allow-headers')).toContain('Authorization')
    expect(asked.header('access-control-allow-headers')).toContain('x-mine')
  })

  test('the browser that asked claims its purchase and restores it, and nobody with less does', async () => {
    const page = at(name)
    const { challenge, secret, invoice, reply } = await askFor(page, 'tides')
    expect(reply.status).toBe(201)
    const claim = (secretShown: string) => postJson(page, '/_l402/claim', { challenge, secret: secretShown })
    expect((await claim(secret)).status).toBe(202)
    await shop.node.pay(invoice)
    await shop.settled(challenge)
    expect((await claim(makeClaimSecret().secret)).status).toBe(403)
    const claimed = await claim(secret)
    expect([claimed.status, claimed.headers('set-cookie').length > 0]).toEqual([200, true])
    expect((await page.ask('/tides', { headers: { Cookie: cookiesOf(claimed) } })).text).toContain(PAID_SENTENCE)
    const { credential, preimage } = claimed.json()
    expect((await postJson(page, '/_l402/restore', { credential })).status).toBe(200)
    expect((await postJson(page, '/_l402/restore', { invoice, preimage: '22'.repeat(32) })).status).toBe(404)
    expect((await postJson(page, '/_l402/restore', { credential }, { Origin: 'https://evil.example' })).status).toBe(
      403,
    )
    expect(String(preimage)).toHaveLength(64)
  })

  test('a waiting page is told of the payment while it waits', async () => {
    const page = at(name)
    const { challenge, secret, invoice } = await askFor(page, 'tides')
    const waiting = page.ask(`/_l402/challenge/${challenge}?wait=20`, { headers: { 'L402-Claim': secret } })
    await shop.node.pay(invoice)
    expect((await waiting).json()).toMatchObject({ state: 'settled' })
  })

  test('a file comes whole and in parts to who paid, and not a byte of it to who did not', async () => {
    const { host, port, ask } = at(name)
    const get = (headers: Record<string, string>) =>
      download({ host, port, path: filmPath, headers: { Authorization: film.authorization, ...headers } })
    const whole = await get({})
    expect([whole.status, whole.bytes.equals(BYTES), whole.headers['content-length']]).toEqual([
      200,
      true,
      String(BYTES.length),
    ])
    const part = await get({ Range: 'bytes=1000000-1999999' })
    expect([part.status, part.headers['content-range'], part.headers['content-length']]).toEqual([
      206,
      `bytes 1000000-1999999/${BYTES.length}`,
      '1000000',
    ])
    expect(part.bytes.equals(BYTES.subarray(1_000_000, 2_000_000))).toBe(true)
    expect((await get({ Range: `bytes=${BYTES.length}-` })).status).toBe(416)
    expect((await get({ 'If-None-Match': String(whole.headers.etag) })).status).toBe(304)
    expect((await get({ Authorization: tides.authorization, Range: 'bytes=0-1' })).status).toBe(402)
    expect((await ask(filmPath, { headers: { Range: 'bytes=0-1' } })).status).toBe(402)
  })

  test('an API is called for who paid, without the credential, and never for who did not', async () => {
    const { ask, as } = at(name)
    const before = upstream.arrived.length
    expect((await ask('/scores/nodes/bob')).json()).toMatchObject({ reason: 'l402.missing', price_sats: 5 })
    expect((await ask('/scores/echo', { method: 'POST', body: 'x', ...as(node) })).status).toBe(402)
    expect(upstream.arrived).toHaveLength(before)
    const reply = await ask('/scores/nodes/a%2Fb?q=1&l402_offer=single', as(node, { Cookie: 'a=1', 'X-Mine': 'yes' }))
    expect([reply.status, reply.text]).toEqual([200, '{"path":"/nodes/a%2Fb?q=1"}'])
    const last = upstream.arrived.at(-1)
    expect([last?.header('authorization'), last?.header('cookie'), last?.header('x-mine')]).toEqual([
      undefined,
      undefined,
      'yes',
    ])
    expect(last?.header('x-l402-signature')).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/)
    expect((await ask('/scores/about')).status).toBe(200)
  })

  test('a body goes through as it comes, both ways', async () => {
    const { host, port } = at(name)
    const req = httpRequest({
      ...{ host: '127.0.0.1', port, path: '/scores/echo', method: 'POST', agent: false },
      headers: { Host: host, Authorization: write.authorization, 'Transfer-Encoding': 'chunked' },
    })
    req.write('first ')
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    const pieces = res[Symbol.asyncIterator]()
    expect([res.statusCode, String((await pieces.next()).value)]).toEqual([200, 'first '])
    req.end('second')
    expect(String((await pieces.next()).value)).toBe('second')
    expect((await pieces.next()).done).toBe(true)
  })

  test('an answer that its author packed arrives as it was packed', async () => {
    const { host, port } = at(name)
    const reply = await download({ host, port, path: '/scores/packed', headers: { Authorization: node.authorization } })
    expect(reply.headers['content-encoding']).toBe('gzip')
    expect(reply.bytes.equals(gzipSync('packed by its author'))).toBe(true)
  })

  test('a stream begins with its head, and ends at its author’s when its client goes', async () => {
    const { host, port } = at(name)
    const before = hungUp
    const req = httpRequest({
      ...{ host: '127.0.0.1', port, path: '/scores/ticks', agent: false },
      headers: { Host: host, Authorization: node.authorization },
    }).end()
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    const [piece] = (await once(res, 'data')) as [Buffer]
    expect(piece.toString()).toBe('data: 1\n\n')
    req.destroy()
    await until('the upstream hears of it', () => hungUp === before + 1, { withinMs: 1_000 })
  })

  test('an answer that breaks ends in a break, which nobody takes for its end', async () => {
    const { ask, as } = at(name)
    await expect(ask('/scores/broken', as(node))).rejects.toThrow(/aborted|hang up|ECONNRESET/)
  })

  test('what is withdrawn opens nothing two seconds later', async () => {
    const { ask, as } = at(name)
    const bought = await shop.buy('/tides')
    await shop.settled(bought.challenge)
    expect((await ask('/tides', as(bought))).status).toBe(200)
    const revoked = { creatorId: shop.creatorId, tokenId: tokenIdOf(bought.macaroon) }
    await revokeToken({ db: shop.database.owner }, revoked)
    await until('the token is refused', async () => (await ask('/tides', as(bought))).status === 402, {
      withinMs: 2_000,
    })
    expect((await ask('/tides', as(tides))).status).toBe(200)
  })
})
