/** A WebSocket is paid for at its handshake, passes both ways untouched, and ends with the right to it. */
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { until } from '#tests/support/until.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

let upstream: TestUpstream
let shop: ApiShop
const sockets: Socket[] = []

beforeAll(async () => {
  upstream = await startUpstream(
    (_req, res) => res.writeHead(403).end('no socket'),
    (req, socket, head) => {
      socket.on('error', () => undefined).on('end', () => socket.end())
      if (req.url === '/deaf') return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
      sockets.push(socket)
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: yes\r\nSet-Cookie: l402=x\r\n\r\nhello ',
      )
      socket.write(head)
      socket.on('data', (bytes) => socket.write(bytes))
    },
  )
  shop = await startApiShop([upstream])
  await shop.sell({
    slug: 'ws',
    url: upstream.url,
    rules: [ruleOf('all', '/**', { sats: 3, uses: 5 })],
    timeoutMs: 2_000,
  })
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await shop?.close()
  await upstream?.close()
})

interface Handshake {
  readonly res: IncomingMessage
  /** Only when it was taken up. */
  readonly socket: Socket | null
  readonly head: Buffer
}

function shake(path: string, authorization: string, headers: Record<string, string> = {}): Promise<Handshake> {
  const fields = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'abc',
    'Sec-WebSocket-Version': '13',
  }
  const req = httpRequest({
    ...{ host: '127.0.0.1', port: shop.port, path, agent: false },
    headers: { Host: shop.host, Authorization: authorization, ...fields, ...headers },
  })
  return new Promise((resolve, reject) => {
    req.once('error', reject)
    req.once('upgrade', (res, socket: Socket, head) =>
      resolve({ res, socket: socket.on('error', () => undefined), head }),
    )
    req.once('response', (res) => {
      res.resume()
      resolve({ res, socket: null, head: Buffer.alloc(0) })
    })
    req.end()
  })
}

/** Everything that came until `length` bytes are there. */
async function readBytes({ socket, head }: Handshake, length: number): Promise<string> {
  let text = head.toString()
  while (socket !== null && text.length < length) text += String((await once(socket, 'data'))[0])
  return text
}

async function open() {
  const bought = await shop.buy('/ws/x')
  const shaken = await shake('/ws/chat?room=1', bought.authorization)
  expect(shaken.res.statusCode).toBe(101)
  if (shaken.socket === null) throw new TypeError('not taken up')
  return { bought, shaken, socket: shaken.socket }
}

test('who pays speaks with the upstream, who does not reaches nobody', async () => {
  const before = upstream.arrived.length
  expect((await shake('/ws/chat', 'L402 none')).res.statusCode).toBe(402)
  expect(upstream.arrived).toHaveLength(before)
  const { shaken, socket, bought } = await open()
  expect(shaken.res.headers['sec-websocket-accept']).toBe('yes')
  expect(shaken.res.headers['set-cookie']).toBeUndefined()
  expect(shaken.res.headers['l402-uses-remaining']).toBe('4')
  socket.write('there')
  expect(await readBytes(shaken, 11)).toBe('hello there')
  const seen = upstream.arrived.at(-1)
  expect([seen?.url, seen?.header('sec-websocket-key'), seen?.header('authorization')]).toEqual([
    '/chat?room=1',
    'abc',
    undefined,
  ])
  expect(JSON.stringify(seen?.fields)).not.toContain(bought.preimage)
  socket.destroy()
})

test('the end of either side is the end of the other within a second', async () => {
  const first = await open()
  const theirs = sockets.at(-1) as Socket
  const goneAt = performance.now()
  first.socket.destroy()
  if (!theirs.destroyed) await once(theirs, 'close')
  expect(performance.now() - goneAt).toBeLessThan(1_000)
  const second = await open()
  second.socket.resume()
  const closed = once(second.socket, 'close')
  const endedAt = performance.now()
  sockets.at(-1)?.destroy()
  await closed
  expect(performance.now() - endedAt).toBeLessThan(1_000)
})

test('one whose token is withdrawn is cut within two seconds', async () => {
  const { bought, socket } = await open()
  await shop.settled(bought.challenge)
  const { tokenId } = await shop.database.owner.client.challenge.findFirstOrThrow({ where: { id: bought.challenge } })
  socket.resume()
  const closed = once(socket, 'close')
  const from = performance.now()
  await revokeToken({ db: shop.database.web }, { creatorId: shop.creatorId, tokenId })
  await closed
  expect(performance.now() - from).toBeLessThan(2_500)
})

test('an upstream that does not take it up takes no use', async () => {
  const bought = await shop.buy('/ws/x')
  const { res } = await shake('/ws/deaf', bought.authorization)
  expect([res.statusCode, res.headers['l402-reason']]).toEqual([502, 'upstream.unreachable'])
  await until('the use is given back', async () => (await shop.database.owner.client.useLease.count()) === 0)
  const again = await shake('/ws/chat', bought.authorization)
  expect(again.res.headers['l402-uses-remaining']).toBe('4')
  again.socket?.destroy()
})

test('whoever offers another protocol, or asks for another thing, gets an ordinary answer', async () => {
  const bought = await shop.buy('/ws/x')
  const { res } = await shake('/ws/x', bought.authorization, { Upgrade: 'h2c' })
  expect(res.statusCode).toBe(403)
  await shop.publish({ title: 'Tides', sats: 210 })
  await shop.changed()
  expect((await shake('/tides', 'L402 none')).res.statusCode).toBe(402)
  expect((await shake('/llms.txt', '')).res.statusCode).toBe(200)
})
