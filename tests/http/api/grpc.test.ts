/** A gRPC service is bought and called as gRPC clients do it: all four kinds of calls, metadata, deadlines, ends. */

import { once } from 'node:events'
import { connect, createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type Client, Metadata, status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeHex } from '#lib/l402/bytes.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import {
  type Called,
  listen,
  metadataOf,
  openTalk,
  startTalk,
  type TalkHandlers,
  type TalkUpstream,
} from '#tests/support/grpc.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { until } from '#tests/support/until.ts'

let talk: TalkUpstream
let shop: ApiShop
let client: Client
const canceled: string[] = []
/** How each stream in both directions ended at its server. */
const ended: string[] = []
let services: Readonly<Record<string, string>> = {}

const HANDLERS: TalkHandlers = {
  Say: (call, done) => {
    call.once('cancelled', () => canceled.push(call.request))
    if (call.request === 'hang') return
    if (call.request === 'fail') return done({ code: status.UNAVAILABLE, details: 'down' })
    if (call.request === 'refuse') return done({ code: status.NOT_FOUND, details: 'no such word' })
    const trailers = metadataOf({ 'x-cost': '7', 'www-authenticate': 'Basic realm="x"' })
    call.sendMetadata(metadataOf({ 'x-served-by': 'talk', 'set-cookie': 'a=1' }))
    done(null, `you said ${call.request}`, trailers)
  },
  Chat: (call) => {
    call.once('cancelled', () => ended.push('cancelled'))
    call.on('data', (piece: string) => void call.write(`echo ${piece}`))
    call.on('end', () => call.end())
  },
}

beforeAll(async () => {
  talk = await startTalk(HANDLERS)
  shop = await startApiShop([talk])
  const sold = await shop.sell({
    slug: 'talk',
    url: talk.url,
    protocol: 'grpc',
    headers: { 'x-key': 'secret of the seller' },
    rules: [
      ruleOf('say', '/demo.v1.Talk/Say', { sats: 3, uses: 5 }),
      ruleOf('free', '/demo.v1.Talk/Count'),
      ruleOf('rest', '/demo.v1.Talk/*', { sats: 20 }),
    ],
    timeoutMs: 3_000,
  })
  services = sold.services
  client = openTalk(shop.port, shop.host)
})
afterAll(async () => {
  client.close()
  await shop.close()
  await talk.close()
})

/** One call; `pieces` are sent, and then its end. */
function call(
  method: 'Say' | 'Sum' | 'Count' | 'Chat',
  pieces: readonly string[],
  { fields = {}, deadlineMs }: { fields?: Record<string, string | Buffer>; deadlineMs?: number } = {},
): Promise<Called> {
  const begin = begun(method, fields, deadlineMs)
  if (method === 'Say' || method === 'Count') return begin(pieces[0] ?? '')
  return begin(null, pieces)
}

type Begin = (message: string | null, pieces?: readonly string[]) => Promise<Called>

function begun(method: string, fields: Record<string, string | Buffer>, deadlineMs?: number): Begin {
  const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
  const metadata = metadataOf(fields)
  return (message, pieces = []) => {
    const answered: string[] = []
    const done = (_cause: unknown, value?: string) => void (value !== undefined && answered.push(value))
    const run = (client as unknown as Record<string, (...args: unknown[]) => never>)[method]?.bind(client)
    if (run === undefined) throw new TypeError(`no ${method}`)
    const isUnary = method === 'Say' || method === 'Sum'
    const args = [...(message === null ? [] : [message]), metadata, options, ...(isUnary ? [done] : [])]
    const stream = run(...args) as { write?: (piece: string) => void; end?: () => void }
    const heard = listen(stream)
    for (const piece of pieces) stream.write?.(piece)
    if (message === null) stream.end?.()
    return heard.then((came) => ({ ...came, messages: [...answered, ...came.messages] }))
  }
}

interface Chat {
  write(text: string): void
  cancel(): void
  on(event: 'data', heard: (text: string) => void): void
}

/** A stream in both directions that has had its first answer and stays open. */
async function openChat(authorization: string): Promise<{ open: Chat; heard: Promise<Called> }> {
  const methods = client as unknown as Record<string, (metadata: Metadata) => Chat>
  const open = methods.Chat?.call(client, metadataOf({ authorization }))
  if (open === undefined) throw new TypeError('no method')
  const heard = listen(open)
  const first = new Promise((resolve) => open.on('data', resolve))
  open.write('a')
  await first
  return { open, heard }
}

/** As clients of old: the first line alone, and the token in hex with the preimage as its condition. */
async function buy(method: 'Say' | 'Chat'): Promise<{ authorization: string; macaroon: Uint8Array }> {
  const asked = await call(method, ['x'])
  const lines = asked.status.metadata.get('www-authenticate').map(String)
  const read = readChallenges(lines)
  if (read.kind === 'fault') throw new TypeError(`no challenge: ${JSON.stringify(asked.status)}`)
  const { preimage } = await shop.node.pay(read.invoice)
  return { authorization: `LSAT ${Buffer.from(read.macaroon).toString('base64')}:${preimage}`, macaroon: read.macaroon }
}

test('an unpaid call is told to pay in trailers alone, the line for old clients first', async () => {
  const { status: end, messages } = await call('Say', ['x'])
  expect([end.code, end.details, messages]).toEqual([13, 'payment required', []])
  // This client joins lines; the first is the one that clients of old find.
  const [lines = '', ...others] = end.metadata.get('www-authenticate').map(String)
  expect(others).toEqual([])
  const [, old = '', rest = ''] =
    /^LSAT (macaroon="[A-Za-z0-9+/=]+", invoice="lnbcrt[0-9a-z]+"), (.*)$/.exec(lines) ?? []
  expect(rest).toMatch(/^L402 macaroon="[^"]+", invoice="[^"]+", version="0", token="[^"]+"$/)
  expect(rest.startsWith(`L402 ${old}, `)).toBe(true)
  expect(end.metadata.get('l402-reason')).toEqual(['l402.missing'])
})

test('on the wire that is one frame of fields which ends the stream', async () => {
  const session = connect(`http://127.0.0.1:${shop.port}`)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/demo.v1.Talk/Chat',
    ':authority': shop.host,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  const [headers, flags] = await once(stream, 'response')
  expect([headers[':status'], headers['content-type'], headers['grpc-status'], flags & 1]).toEqual([
    200,
    'application/grpc',
    '13',
    1,
  ])
  expect(headers['content-length']).toBeUndefined()
  session.destroy()
})

test('the head of a challenge fits one page of a proxy, however much its client holds already', async () => {
  const shown: string[] = []
  for (let n = 0; n < 6; n += 1) {
    const { length } = await shop
      .sell({
        slug: `many-${n}`,
        url: talk.url,
        protocol: 'grpc',
        rules: Array.from({ length: 3 }, (_, at) =>
          ruleOf(`a-long-name-${n}-${at}`, `/many.v1.S${n}/M${at}`, { sats: 3, lastsSeconds: 1_000_000 }),
        ),
      })
      .then(({ services }) => Object.keys(services))
    expect(length).toBe(3)
  }
  let authorization = ''
  for (let n = 0; n < 6; n += 1) {
    for (let at = 0; at < 3; at += 1) {
      const fields = { 'content-type': 'application/grpc', ...(authorization !== '' && { authorization }) }
      const reply = await shop.ask(`/many.v1.S${n}/M${at}`, { method: 'POST', headers: fields })
      const head = reply.fields.map(([name, value]) => `${name}: ${value}`).join('\r\n')
      expect(head.length).toBeLessThan(4_000)
      shown.push(head)
      const read = readChallenges(reply.headers('www-authenticate'))
      if (read.kind === 'fault') throw new TypeError(`no challenge: ${head}`)
      const { preimage } = await shop.node.pay(read.invoice)
      authorization = `L402 ${Buffer.from(read.macaroon).toString('base64')}:${preimage}`
    }
  }
  expect(Math.max(...shown.map(({ length }) => length))).toBeGreaterThan(3_000)
})

test.each([
  ['a credential that is none', 'L402 x:y', 'l402.malformed'],
  ['another scheme', 'Bearer x', 'l402.missing'],
])('%s is told to pay as well', async (_what, authorization, reason) => {
  const { status: end } = await call('Say', ['x'], { fields: { authorization } })
  expect([end.code, end.details, String(end.metadata.get('l402-reason'))]).toEqual([13, 'payment required', reason])
})

test('a method that nobody sells is unknown, without an invoice', async () => {
  const wrong = openTalk(shop.port, shop.host)
  const { status: end } = await listen(
    wrong.makeServerStreamRequest('/demo.v1.Other/Say', Buffer.from, String, Buffer.from('x'), new Metadata(), {}),
  )
  expect([end.code, end.details, end.metadata.get('www-authenticate')]).toEqual([5, 'paywall.resource_unknown', []])
  wrong.close()
})

describe('a paid call', () => {
  let authorization = ''
  beforeAll(async () => {
    authorization = (await buy('Chat')).authorization
  })
  const paid = () => ({
    fields: { authorization, 'x-mine': 'kept', 'trace-bin': Buffer.from('bytes') },
  })

  test('of each kind gets its answers, and metadata pass in both directions', async () => {
    expect((await call('Chat', ['a', 'b'], paid())).messages).toEqual(['echo a', 'echo b'])
    expect(talk.called.at(-1)?.get('trace-bin')).toEqual([Buffer.from('bytes')])
    expect((await call('Sum', ['abc', 'de'], paid())).messages).toEqual(['5'])
    expect((await call('Count', ['1000'])).messages.length).toBe(1000)
    const bought = await buy('Say')
    const said = await call('Say', ['hello'], { fields: { authorization: bought.authorization, 'x-mine': 'kept' } })
    expect([said.messages, said.status.code]).toEqual([['you said hello'], 0])
    expect([String(said.head?.get('x-served-by')), String(said.status.metadata.get('x-cost'))]).toEqual(['talk', '7'])
    expect([said.head?.get('set-cookie'), said.status.metadata.get('www-authenticate')]).toEqual([[], []])
    expect(String(said.head?.get('l402-covers'))).toContain(services.say)
    const seen = talk.called.at(-1)?.getMap()
    expect([seen?.['x-mine'], seen?.['x-key'], seen?.['x-l402-service']]).toEqual([
      'kept',
      'secret of the seller',
      services.say,
    ])
    expect([seen?.authorization, seen?.macaroon, seen?.cookie]).toEqual([undefined, undefined, undefined])
    expect(String(seen?.['x-l402-signature'])).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/)
  })

  test('with the token in hex, as clients of Aperture show it, is let in', async () => {
    const { macaroon, authorization: shown } = await buy('Say')
    const preimage = shown.split(':').at(-1) ?? ''
    const fields = { macaroon: `${encodeHex(macaroon)}:${preimage}` }
    expect((await call('Say', ['x'], { fields })).messages).toEqual(['you said x'])
  })

  test('of a dear method is not opened by a token of a cheap one', async () => {
    const cheap = await buy('Say')
    const { status: end } = await call('Chat', ['x'], { fields: { authorization: cheap.authorization } })
    expect([end.code, String(end.metadata.get('l402-reason'))]).toEqual([13, 'l402.wrong_service'])
  })

  test('that the server refuses keeps its status and text; one without a result takes no use', async () => {
    const { authorization: five } = await buy('Say')
    const fields = { authorization: five }
    const left = (came: Called) => String(came.head?.get('l402-uses-remaining') ?? '')
    expect(left(await call('Say', ['a'], { fields }))).toBe('4')
    const down = await call('Say', ['fail'], { fields })
    expect([down.status.code, down.status.details]).toEqual([status.UNAVAILABLE, 'down'])
    const refused = await call('Say', ['refuse'], { fields })
    expect([refused.status.code, refused.status.details]).toEqual([status.NOT_FOUND, 'no such word'])
    expect(left(await call('Say', ['b'], { fields }))).toBe('2')
    expect(left(await call('Say', ['c'], { fields }))).toBe('1')
    expect(left(await call('Say', ['d'], { fields }))).toBe('0')
    const over = await call('Say', ['e'], { fields })
    expect([over.status.code, String(over.status.metadata.get('l402-reason'))]).toEqual([13, 'l402.exhausted'])
  })

  test('ends at its deadline, and when its server says nothing for longer than its seller allows', async () => {
    const { authorization: shown } = await buy('Say')
    const before = canceled.length
    const beganAt = performance.now()
    const late = await call('Say', ['hang'], { fields: { authorization: shown }, deadlineMs: 300 })
    expect([late.status.code, performance.now() - beganAt < 1_500]).toEqual([status.DEADLINE_EXCEEDED, true])
    await until('the server hears of it', () => canceled.length === before + 1)
    const silent = await call('Say', ['hang'], { fields: { authorization: shown } })
    expect([silent.status.code, silent.status.details]).toEqual([status.DEADLINE_EXCEEDED, 'upstream.timeout'])
  })

  test('that its client gives up ends at the server', async () => {
    const before = ended.length
    const { open, heard } = await openChat(authorization)
    open.cancel()
    expect((await heard).status.code).toBe(status.CANCELLED)
    await until('the server hears of it', () => ended.length === before + 1)
    expect(ended.at(-1)).toBe('cancelled')
  })
})

test('a stream whose token is withdrawn closes within two seconds with a challenge, and goes on with what that buys', async () => {
  const { authorization, macaroon } = await buy('Chat')
  const tokenId = tokenIdOf(macaroon)
  const { id } = await shop.database.owner.client.challenge.findFirstOrThrow({
    where: { tokenId: Buffer.from(tokenId) },
  })
  await shop.settled(id)
  const { heard } = await openChat(authorization)
  const revokedAt = performance.now()
  expect(await revokeToken({ db: shop.database.web }, { creatorId: shop.creatorId, tokenId })).toBe('applied')
  const { status: end, messages } = await heard
  expect(messages).toEqual(['echo a'])
  expect([end.code, end.details]).toEqual([13, 'payment required'])
  expect(performance.now() - revokedAt).toBeLessThan(3_500)
  const lines = end.metadata.get('www-authenticate').map(String)
  expect(lines[0]).toMatch(/^LSAT /)
  const read = readChallenges(lines)
  if (read.kind === 'fault') throw new TypeError('no challenge')
  const { preimage } = await shop.node.pay(read.invoice)
  const again = `L402 ${Buffer.from(read.macaroon).toString('base64')}:${preimage}`
  expect((await call('Chat', ['b'], { fields: { authorization: again } })).messages).toEqual(['echo b'])
})

describe('a server that breaks off', () => {
  let server: Http2Server
  let broken: Client
  let breaking: ApiShop
  beforeAll(async () => {
    server = createServer()
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined).resume()
      const method = String(headers[':path']).split('/').at(-1)
      if (method === 'html') {
        stream.respond({ ':status': 200, 'content-type': 'text/html' })
        return void stream.end('<p>nothing here</p>')
      }
      if (method === 'before') return void stream.close(8)
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: method === 'bare' })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-more': 'no status' }))
      const message = Buffer.from([0, 0, 0, 0, 1, 0x61])
      if (method === 'bare') return void stream.end(message)
      stream.write(message, () => setImmediate(() => stream.close(Number(method))))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}`
    breaking = await startApiShop([{ port, url, arrived: [], close: async () => undefined }])
    await breaking.sell({
      slug: 'talk',
      url,
      protocol: 'grpc',
      rules: [ruleOf('all', '/demo.v1.Talk/*'), ruleOf('dear', '/demo.v1.Dear/*', { sats: 3 })],
    })
    broken = openTalk(breaking.port, breaking.host)
  })
  afterAll(async () => {
    broken.close()
    await breaking.close()
    server.close()
  })

  test.each([
    ['by CANCEL, between two messages', '8', ['a']],
    ['by NO_ERROR, between two messages', '0', ['a']],
    ['by an error of its own', '2', ['a']],
    ['before its answer', 'before', []],
    ['with an answer that is no gRPC', 'html', []],
  ])('%s has not ended the call well', async (_how, method, messages) => {
    const text = (bytes: Buffer) => bytes.toString()
    const call = broken.makeServerStreamRequest(
      `/demo.v1.Talk/${method}`,
      Buffer.from,
      text,
      Buffer.from('x'),
      new Metadata(),
      {},
    )
    const came = await listen(call)
    expect([came.messages, came.status.code, came.status.details]).toEqual([
      messages,
      status.UNAVAILABLE,
      'upstream.unreachable',
    ])
  })

  test('with trailers that say nothing of its end has an unknown one', async () => {
    const text = (bytes: Buffer) => bytes.toString()
    const call = broken.makeServerStreamRequest(
      '/demo.v1.Talk/bare',
      Buffer.from,
      text,
      Buffer.from('x'),
      new Metadata(),
      {},
    )
    const came = await listen(call)
    expect([came.messages, came.status.code === status.OK]).toEqual([['a'], false])
  })
})

describe('a call that is sold by amount', () => {
  const MESSAGE = Buffer.from([0, 0, 0, 0, 1, 0x61])
  let server: Http2Server
  let client: Client
  let selling: ApiShop
  beforeAll(async () => {
    server = createServer()
    server.on('stream', (stream) => {
      stream.on('error', () => undefined).resume()
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-l402-volume': '30' }))
      stream.end(Buffer.concat([MESSAGE, MESSAGE, MESSAGE]))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}`
    selling = await startApiShop([{ port, url, arrived: [], close: async () => undefined }])
    const meter = { unit: 'token', told: { from: 'header' }, estimate: { units: 60, asked: null } } as const
    await selling.sell({
      slug: 'metered',
      url,
      protocol: 'grpc',
      rules: [
        ruleOf('told', '/demo.v1.Told/*', { sats: 3, meter, volume: 100 }),
        ruleOf('bytes', '/demo.v1.Bytes/*', { sats: 3, bytes: 14 }),
      ],
    })
    client = openTalk(selling.port, selling.host)
  })
  afterAll(async () => {
    client.close()
    await selling.close()
    server.close()
  })

  async function ask(path: string, authorization = ''): Promise<Called> {
    const text = (bytes: Buffer) => bytes.toString()
    const fields = metadataOf(authorization === '' ? {} : { authorization })
    return listen(client.makeServerStreamRequest(path, Buffer.from, text, Buffer.from('x'), fields, {}))
  }

  async function pay({ status: { metadata } }: Called): Promise<string> {
    const read = readChallenges(metadata.get('www-authenticate').map(String))
    if (read.kind === 'fault') throw new TypeError('no challenge')
    const { preimage } = await selling.node.pay(read.invoice)
    return `L402 ${Buffer.from(read.macaroon).toString('base64')}:${preimage}`
  }

  test('is charged what its trailers tell, and refused when less is left than it may take', async () => {
    const authorization = await pay(await ask('/demo.v1.Told/Stream'))
    for (let n = 0; n < 2; n += 1) {
      const { messages, status: end } = await ask('/demo.v1.Told/Stream', authorization)
      expect([messages, end.code, end.metadata.get('x-l402-volume')]).toEqual([['a', 'a', 'a'], 0, []])
    }
    const third = await ask('/demo.v1.Told/Stream', authorization)
    expect([third.messages, third.status.code]).toEqual([[], 13])
    expect(String(third.status.metadata.get('l402-reason'))).toBe('l402.exhausted')
  })

  test('is cut where no more is paid for, with a challenge behind its messages that is bought and goes on', async () => {
    const authorization = await pay(await ask('/demo.v1.Bytes/Stream'))
    const cut = await ask('/demo.v1.Bytes/Stream', authorization)
    expect([cut.messages, cut.status.code, cut.status.details]).toEqual([['a', 'a'], 13, 'payment required'])
    const again = await ask('/demo.v1.Bytes/Stream', await pay(cut))
    expect(again.messages).toEqual(['a', 'a'])
  })
})
