/** With a certificate the same port speaks TLS, HTTP/2 where a client chooses it, and counts these connections like others. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { credentials, Metadata } from '@grpc/grpc-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTlsIdentity } from '#devnode/certificate.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { listen, openTalk, startTalk, type TalkUpstream } from '#tests/support/grpc.ts'
import { until } from '#tests/support/until.ts'

const identity = createTlsIdentity(['harbor.localhost'], { now: new Date(), years: 1 })
const ca = identity.certPem
const folder = mkdtempSync(join(tmpdir(), 'satstile-tls-'))
let talk: TalkUpstream
let shop: ApiShop

beforeAll(async () => {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(cert, identity.certPem)
  writeFileSync(key, identity.keyPem)
  talk = await startTalk()
  shop = await startApiShop([talk], {
    tls: `${cert},${key}`,
    door: { connections: { perAddress: 20, crowded: 4, all: 100 } },
  })
  await shop.publish({ title: 'Tides', sats: 210 })
  await shop.sell({
    slug: 'talk',
    url: talk.url,
    protocol: 'grpc',
    rules: [ruleOf('all', '/demo.v1.Talk/*', { sats: 3 })],
  })
})
afterAll(async () => {
  await shop.close()
  await talk.close()
  rmSync(folder, { recursive: true, force: true })
})

const servername = 'harbor.localhost'

async function read(authorization?: string): Promise<{ status: number; text: string }> {
  const headers = { Host: shop.host, ...(authorization !== undefined && { Authorization: authorization }) }
  const asking = request({
    host: '127.0.0.1',
    port: shop.port,
    path: '/tides',
    ca,
    servername,
    headers,
    agent: false,
  }).end()
  const [res] = await once(asking, 'response')
  let text = ''
  for await (const piece of res) text += String(piece)
  return { status: res.statusCode, text }
}

test('HTTP/1.1 over TLS is sold at https addresses, and without TLS the same port still answers', async () => {
  const { status, text } = await read()
  expect([status, JSON.parse(text).resource.url]).toEqual([402, `https://${shop.host}/tides`])
  const plain = await shop.ask('/tides')
  expect([plain.status, JSON.parse(plain.text).resource.url]).toEqual([402, `http://${shop.host}/tides`])
})

test('HTTP/2 is chosen in the handshake, and gRPC over it', async () => {
  const session = connectHttp2(`https://127.0.0.1:${shop.port}`, { ca, servername })
  const stream = session.request({ ':path': '/tides', ':authority': shop.host })
  const [headers] = await once(stream, 'response')
  expect([headers[':status'], session.alpnProtocol]).toEqual([402, 'h2'])
  session.destroy()
  const client = openTalk(shop.port, shop.host, credentials.createSsl(Buffer.from(ca)))
  const text = (bytes: Buffer) => bytes.toString()
  const call = client.makeServerStreamRequest(
    '/demo.v1.Talk/Say',
    Buffer.from,
    text,
    Buffer.from('x'),
    new Metadata(),
    {},
  )
  expect((await listen(call)).status.details).toBe('payment required')
  client.close()
})

test('whoever has paid over TLS is let in where strangers are not, over TLS or without', async () => {
  const { authorization } = await shop.buy('/tides')
  const open = Array.from({ length: 5 }, () => connectTls({ host: '127.0.0.1', port: shop.port, ca, servername }))
  for (const socket of open) socket.on('error', () => undefined)
  await Promise.all(open.map((socket) => once(socket, 'secureConnect')))
  expect((await read()).status).toBe(503)
  expect((await read(authorization)).status).toBe(200)
  for (const socket of open) socket.destroy()
  await until('their places are free again', async () => (await read()).status === 402)
})
