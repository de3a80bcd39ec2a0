/** Servers behind names, over TLS and HTTP/2: connected at the judged address, asked by the name, and reused. */
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { Readable } from 'node:stream'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createTlsIdentity } from '#devnode/certificate.ts'
import { describeTrouble } from '#lib/egress/describe-trouble.ts'
import { createEgress, type Egress } from '#lib/egress/egress.ts'
import { allowing } from '#tests/support/egress.ts'

const trusted = createTlsIdentity(['api.example'], { now: new Date(), years: 1 })
const untrusted = createTlsIdentity(['api.example'], { now: new Date(), years: 1 })
const usual = getCACertificates('default')
beforeAll(() => setDefaultCACertificates([...usual, trusted.certPem]))
afterAll(() => setDefaultCACertificates(usual))

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** Listens, and makes a client for which every name leads there. */
async function reach(
  server: Server,
  addresses: readonly string[] = ['127.0.0.1'],
): Promise<{ egress: Egress; port: number; connections: () => number }> {
  let connections = 0
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const egress = createEgress({
    allow: allowing(`127.0.0.1:${port},[::1]:${port}`),
    listAddresses: async () => addresses,
  })
  open.push(egress, { close: () => new Promise((resolve) => void server.close(() => resolve())) })
  return { egress, port, connections: () => connections }
}

const secureServer = (identity = trusted) =>
  createSecureServer({ key: identity.keyPem, cert: identity.certPem, allowHTTP1: true }, (req, res) => {
    const { servername, alpnProtocol } = req.socket as TLSSocket & { alpnProtocol: string }
    res.end(
      JSON.stringify({ servername, version: req.httpVersion, host: req.authority || req.headers.host, alpnProtocol }),
    )
  })

async function ask(egress: Egress, url: string, http2: 'never' | 'offered' | 'only'): Promise<Record<string, unknown>> {
  const pool = egress.pool({ creatorId: 'a', url, http2 })
  const { body } = await pool.request({ path: '/', method: 'GET' })
  return (await body.json()) as Record<string, unknown>
}

test('the name in the URL is the one in SNI, certificate and Host, at the pinned address', async () => {
  const { egress, port } = await reach(secureServer())
  const url = `https://api.example:${port}`
  expect(await ask(egress, url, 'never')).toMatchObject({
    servername: 'api.example',
    host: `api.example:${port}`,
    version: '1.1',
  })
})

test('HTTP/2 is spoken with a server that has it, when it is offered', async () => {
  const { egress, port, connections } = await reach(secureServer())
  const url = `https://api.example:${port}`
  expect(await ask(egress, url, 'only')).toMatchObject({ version: '2.0', host: `api.example:${port}` })
  await Promise.all(Array.from({ length: 20 }, () => ask(egress, url, 'only')))
  expect(connections()).toBeLessThan(4)
  expect((await ask(egress, url, 'offered')).version).toMatch(/^(2\.0|1\.1)$/)
})

test('HTTP/2 without TLS is spoken where it is all that is wanted', async () => {
  const server = createHttp2Server((req, res) => void res.end(JSON.stringify({ version: req.httpVersion })))
  const { egress, port } = await reach(server)
  expect(await ask(egress, `http://api.example:${port}`, 'only')).toEqual({ version: '2.0' })
})

test('a server without HTTP/2 is not sent anything else where HTTP/2 is all that is wanted', async () => {
  const identity = { key: trusted.keyPem, cert: trusted.certPem }
  const { egress, port } = await reach(createHttpsServer(identity, (_req, res) => void res.end('{}')))
  const failure = await ask(egress, `https://api.example:${port}`, 'only').catch(describeTrouble)
  expect(failure).toMatchObject({ code: 'egress.unusable', details: { reason: 'no_http2' } })
})

test('a certificate that nobody vouches for, or of another name, is refused whatever the environment says', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  try {
    const stranger = await reach(secureServer(untrusted))
    const first = await ask(stranger.egress, `https://api.example:${stranger.port}`, 'never').catch(describeTrouble)
    expect(first).toMatchObject({ details: { reason: 'certificate' } })
    const other = await reach(secureServer())
    const second = await ask(other.egress, `https://other.example:${other.port}`, 'never').catch(describeTrouble)
    expect(second).toMatchObject({ details: { reason: 'certificate' } })
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    warned.mockRestore()
  }
})

test('a Host field of a request changes neither where it goes nor whose certificate is asked for', async () => {
  const { egress, port } = await reach(secureServer())
  const pool = egress.pool({ creatorId: 'a', url: `https://api.example:${port}` })
  const { body } = await pool.request({ path: '/', method: 'GET', headers: { host: 'elsewhere.example' } })
  expect(await body.json()).toMatchObject({ servername: 'api.example', host: 'elsewhere.example' })
})

test('a server is reached at its second address when nothing listens at the first', async () => {
  const { egress, port } = await reach(
    createHttpServer((_req, res) => void res.end('{"is":"there"}')),
    ['::1', '127.0.0.1'],
  )
  expect(await ask(egress, `http://api.example:${port}`, 'never')).toEqual({ is: 'there' })
})

test('a pool is one creator’s and one server’s', async () => {
  const { egress, port } = await reach(createHttpServer((_req, res) => void res.end('{}')))
  const url = `http://api.example:${port}/`
  const pool = egress.pool({ creatorId: 'a', url })
  expect(egress.pool({ creatorId: 'a', url: `${url}other?x=1` })).toBe(pool)
  expect(egress.pool({ creatorId: 'b', url })).not.toBe(pool)
  expect(egress.pool({ creatorId: 'a', url: url.replace('api', 'web') })).not.toBe(pool)
})

test('bodies stream both ways through a pool, with trailers', async () => {
  const server = createHttpServer((req, res) => {
    res.writeHead(200, { trailer: 'x-end' })
    req.on('data', (piece: Buffer) => res.write(piece))
    req.on('end', () => {
      res.addTrailers({ 'x-end': 'yes' })
      res.end()
    })
  })
  const { egress, port } = await reach(server)
  async function* upload() {
    for (let i = 0; i < 64; i += 1) yield Buffer.alloc(64 * 1024, i)
  }
  const pool = egress.pool({ creatorId: 'a', url: `http://api.example:${port}` })
  const { body, trailers } = await pool.request({ path: '/', method: 'POST', body: Readable.from(upload()) })
  let length = 0
  for await (const piece of body) length += piece.length
  expect(length).toBe(64 * 64 * 1024)
  expect(trailers).toEqual({ 'x-end': 'yes' })
})

test('a socket carries a protocol that no pool speaks, counted like any other', async () => {
  const { egress, port } = await reach(createHttp2Server((_req, res) => void res.end('over h2c')))
  const socket = await egress.openSocket({ creatorId: 'a', url: `http://api.example:${port}`, http2: 'only' })
  const session = connect(`http://api.example:${port}`, { createConnection: () => socket })
  const stream = session.request({ ':path': '/' })
  let text = ''
  for await (const piece of stream.setEncoding('utf8')) text += piece
  expect(text).toBe('over h2c')
  await new Promise<void>((resolve) => session.close(resolve))
  await expect(egress.openSocket({ creatorId: 'a', url: 'http://127.0.0.1/' })).rejects.toMatchObject({
    code: 'egress.refused',
  })
})

test('closing lets a running request come to its end', async () => {
  let finish = () => {}
  const server = createHttpServer((_req, res) => {
    res.write('first ')
    finish = () => res.end('last')
  })
  const { egress, port } = await reach(server)
  const { body } = await egress
    .pool({ creatorId: 'a', url: `http://api.example:${port}` })
    .request({ path: '/', method: 'GET' })
  const closed = egress.close()
  finish()
  expect(await body.text()).toBe('first last')
  await closed
})
