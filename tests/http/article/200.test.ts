/** What a good credential opens: every form of the article, in every spelling, again and again, for this client only. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatCookieValue } from '#lib/l402/credential-text.ts'
import {
  FREE_SENTENCE,
  PAID_SENTENCE,
  type Purchase,
  startTestGateway,
  type TestGateway,
} from '#tests/support/gateway.ts'

const BROWSER = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0',
}

let gateway: TestGateway
let service: string
let bought: Purchase
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
  bought = await gateway.buy('/tides')
})
afterAll(() => gateway.close())

const read = (headers: Record<string, string | string[]>, method = 'GET') => gateway.ask('/tides', { headers, method })

describe('a program that paid', () => {
  test('reads the source, which no cache may keep', async () => {
    const reply = await read({ Authorization: bought.authorization })
    expect(reply.status).toBe(200)
    expect(reply.header('content-type')).toBe('text/markdown; charset=utf-8')
    expect(reply.header('cache-control')).toBe('private, no-store')
    expect(reply.header('vary')).toBe('Accept, Authorization, Cookie')
    expect(reply.header('l402-covers')).toBe(service)
    expect(reply.header('access-control-allow-origin')).toBe('*')
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect(reply.text).toContain(PAID_SENTENCE)
  })

  test('gets JSON or a page when it asks for them', async () => {
    const json = await read({ Authorization: bought.authorization, Accept: 'application/json' })
    expect(json.header('content-type')).toBe('application/json')
    expect(json.json()).toMatchObject({ title: 'Tides', service, markdown: expect.stringContaining(PAID_SENTENCE) })
    const page = await read({ Authorization: bought.authorization, Accept: 'text/html' })
    expect(page.header('content-type')).toBe('text/html; charset=utf-8')
    expect(page.header('content-security-policy')).toContain("default-src 'none'")
    expect(page.text).toContain(PAID_SENTENCE)
  })

  test('asks with HEAD and gets the fields without the text', async () => {
    const reply = await read({ Authorization: bought.authorization }, 'HEAD')
    expect(reply.status).toBe(200)
    expect(Number(reply.header('content-length'))).toBeGreaterThan(0)
    expect(reply.text).toBe('')
  })

  test('is not sent again what it has, and a stranger with the same tag gets nothing', async () => {
    const etag = (await read({ Authorization: bought.authorization })).header('etag') ?? ''
    const reply = await read({ Authorization: bought.authorization, 'If-None-Match': etag })
    expect(reply.status).toBe(304)
    expect(reply.text).toBe('')
    expect((await read({ 'If-None-Match': etag })).status).toBe(402)
  })
})

describe('every spelling of a credential opens', () => {
  const spellings: readonly (readonly [string, () => Record<string, string | string[]>])[] = [
    ['the old scheme', () => ({ Authorization: `LSAT ${token()}:${bought.preimage}` })],
    ['any letter case and spaces', () => ({ Authorization: ` l402   ${token()}:${bought.preimage.toUpperCase()} ` })],
    ['the scheme twice', () => ({ Authorization: `L402 LSAT ${token()}:${bought.preimage}` })],
    ['no scheme', () => ({ Authorization: `${token()}:${bought.preimage}` })],
    ['hex', () => ({ Authorization: `L402 ${Buffer.from(bought.macaroon).toString('hex')}:${bought.preimage}` })],
    [
      'base64url',
      () => ({ Authorization: `L402 ${Buffer.from(bought.macaroon).toString('base64url')}:${bought.preimage}` }),
    ],
    ['several lines', () => ({ Authorization: ['Bearer x', `L402 ${token()}:${bought.preimage}`] })],
    [
      'joined with a bad one',
      () => ({ Authorization: `L402 ${token()}:${'22'.repeat(32)}, L402 ${token()}:${bought.preimage}` }),
    ],
    [
      'a field of gRPC clients',
      () => ({ 'Grpc-Metadata-Macaroon': `${Buffer.from(bought.macaroon).toString('hex')}:${bought.preimage}` }),
    ],
    ['X-Payment', () => ({ 'X-Payment': `${token()}:${bought.preimage}` })],
    [
      'our cookie',
      () => ({ Cookie: `l402=${formatCookieValue(bought.macaroon, Buffer.from(bought.preimage, 'hex'))}` }),
    ],
  ]
  const token = () => Buffer.from(bought.macaroon).toString('base64')

  test.each(spellings)('%s', async (_name, headers) => {
    const reply = await read(headers())
    expect(reply.status).toBe(200)
    expect(reply.text).toContain(PAID_SENTENCE)
  })

  test('but not in the query, where it would stand in logs', async () => {
    const query = new URLSearchParams({
      token: token(),
      preimage: bought.preimage,
      l402: `${token()}:${bought.preimage}`,
    })
    expect((await gateway.ask(`/tides?${query}`)).status).toBe(402)
  })
})

describe('a person in a browser', () => {
  test('gets the preview with 200, a link to pay, no challenge, no invoice and no paid byte', async () => {
    const before = await gateway.database.owner.client.challenge.count()
    const reply = await read(BROWSER)
    expect(reply.status).toBe(200)
    expect(reply.header('content-type')).toBe('text/html; charset=utf-8')
    expect(reply.header('link')).toContain('</_l402/challenge>; rel="payment"')
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect(reply.header('cache-control')).toBe('private, no-store')
    expect(reply.text).toContain(FREE_SENTENCE)
    expect(reply.text).not.toContain(PAID_SENTENCE)
    expect(await gateway.database.owner.client.challenge.count()).toBe(before)
  })

  test('with the cookie of the purchase reads the article', async () => {
    const cookie = `l402=${formatCookieValue(bought.macaroon, Buffer.from(bought.preimage, 'hex'))}`
    const reply = await read({ ...BROWSER, Cookie: cookie })
    expect(reply.status).toBe(200)
    expect(reply.header('link')).not.toContain('rel="payment"')
    expect(reply.text).toContain(PAID_SENTENCE)
  })

  test('with a cookie that opens nothing gets the preview', async () => {
    const cookie = `l402=${formatCookieValue(bought.macaroon, Buffer.alloc(32, 2))}`
    const reply = await read({ ...BROWSER, Cookie: cookie })
    expect(reply.status).toBe(200)
    expect(reply.text).not.toContain(PAID_SENTENCE)
  })

  test('that sends a credential or asks for a challenge is a program, and gets 402 with a page', async () => {
    const asks: Record<string, string>[] = [{ Authorization: 'L402 AAAA:00' }, { 'Accept-Authenticate': 'L402' }]
    for (const more of asks) {
      const reply = await read({ ...BROWSER, ...more })
      expect(reply.status).toBe(402)
      expect(reply.headers('www-authenticate')).toHaveLength(1)
      expect(reply.header('content-type')).toBe('text/html; charset=utf-8')
      expect(reply.text).not.toContain(PAID_SENTENCE)
    }
  })
})

describe('what was bought', () => {
  test('stays bought when the price rises, and an invoice that is out keeps its price', async () => {
    const before = (await gateway.ask('/tides')).json()
    await gateway.reprice('/tides', 300)
    await gateway.changed()
    expect((await gateway.ask('/tides')).json().price_sats).toBe(300)
    const { preimage } = await gateway.node.pay(String(before.invoice))
    expect((await read({ Authorization: `L402 ${before.macaroon}:${preimage}` })).status).toBe(200)
    expect((await read({ Authorization: bought.authorization })).status).toBe(200)
  })

  test('is counted as one read, and the preview as one view', async () => {
    await gateway.deps.usage.flush()
    const rows = await gateway.database.owner.client.usage.findMany()
    const reads = rows.reduce((sum, row) => sum + Number(row.reads), 0)
    const views = rows.reduce((sum, row) => sum + Number(row.views), 0)
    await read({ Authorization: bought.authorization })
    await read({ Authorization: bought.authorization }, 'HEAD')
    await read({ ...BROWSER, 'User-Agent': 'Mozilla/5.0 (a reader who was not here today)' })
    await gateway.deps.usage.flush()
    const after = await gateway.database.owner.client.usage.findMany()
    expect(after.reduce((sum, row) => sum + Number(row.reads), 0)).toBe(reads + 1)
    expect(after.reduce((sum, row) => sum + Number(row.views), 0)).toBe(views + 1)
  })
})
