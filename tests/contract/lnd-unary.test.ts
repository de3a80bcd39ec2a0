/** Whatever stands at the node's address, a call ends with a fault that tells away from no, and the next call finds a node that is back. */
import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { LightningBackend } from '#lib/lightning/backend.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { msat } from '#lib/money.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { silentLog } from '#tests/support/log.ts'

const ORDER = { amountMsat: msat(1_000n), memo: 'satstile test', expirySeconds: 60 }
const GRPC = { ':status': 200, 'content-type': 'application/grpc' }

/** An empty message in its frame of gRPC; `flag` 1 says that it is compressed. */
const frame = (message: Buffer, flag = 0) => Buffer.concat([Buffer.from([flag, 0, 0, 0, message.length]), message])

/** `lnrpc.GetInfoResponse` of a node on regtest, as bytes: identity_pubkey (1), chains (16) with network (2). */
const IDENTITY = Buffer.concat([
  Buffer.from([0x0a, 66]),
  Buffer.from(`02${'ab'.repeat(32)}`),
  Buffer.from([0x82, 0x01, 9, 0x12, 7]),
  Buffer.from('regtest'),
])

function answer(stream: ServerHttp2Stream, body: Buffer, trailers: Record<string, string>): void {
  stream.respond(GRPC, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(body)
}

describe('a call to what stands at the address of lnd', () => {
  let node: TestNode
  let server: Http2SecureServer
  let backend: LightningBackend
  /** What happens to AddInvoice; GetInfo is always answered. */
  let act: (stream: ServerHttp2Stream) => void = () => undefined
  let connections = 0

  beforeAll(async () => {
    node = await startTestNode()
    server = createSecureServer({ key: node.read('tls.key'), cert: node.read('tls.cert') })
    server.on('session', () => (connections += 1))
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined)
      if (headers[':path']?.endsWith('/GetInfo')) answer(stream, frame(IDENTITY), { 'grpc-status': '0' })
      else act(stream)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    backend = createLndBackend({
      socket: `127.0.0.1:${port}`,
      cert: node.read('tls.cert'),
      macaroon: node.read('invoice.macaroon'),
      network: 'regtest',
      log: silentLog,
    })
  })
  afterEach(() => expect(backend.getId()).resolves.toBe(`lnd:02${'ab'.repeat(32)}`))
  afterAll(async () => {
    backend.close()
    server.close()
    await node.close()
  })

  const failsWith = (code: string, text: string) =>
    expect(backend.createInvoice(ORDER)).rejects.toMatchObject({
      name: 'LightningFault',
      code,
      message: expect.stringContaining(text),
    })

  test.each([
    ['a refusal in the trailers', { 'grpc-status': '3', 'grpc-message': 'amount%20too%20large' }, 'amount too large'],
    ['a sentence that is not percent-encoded', { 'grpc-status': '3', 'grpc-message': '100%' }, '100%'],
    ['a status that is no number', { 'grpc-status': 'ok', 'grpc-message': '' }, 'AddInvoice'],
  ])('%s is a no, with its sentence', async (_, trailers, text) => {
    act = (stream) => answer(stream, Buffer.alloc(0), trailers)
    await failsWith('lightning.refused', text)
  })

  test('a refusal without any body is a no', async () => {
    act = (stream) => stream.respond({ ...GRPC, 'grpc-status': '7', 'grpc-message': 'denied' }, { endStream: true })
    await failsWith('lightning.refused', 'denied')
  })

  test.each([
    ['none', Buffer.alloc(0)],
    ['a cut one', frame(Buffer.from([0x0a, 1, 2])).subarray(0, 6)],
    ['two', Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))])],
    ['a compressed one', frame(Buffer.from([0x0a, 1, 2]), 1)],
    ['one that no protocol file describes', frame(Buffer.from([0x0a, 200, 1]))],
  ])('a success that carries %s instead of one message is not believed', async (_, body) => {
    act = (stream) => answer(stream, body, { 'grpc-status': '0' })
    await failsWith('lightning.refused', 'AddInvoice')
  })

  test.each([
    [503, 'lightning.unavailable'],
    [429, 'lightning.unavailable'],
    [200, 'lightning.refused'],
    [404, 'lightning.refused'],
  ])('a proxy that answers HTTP %i by itself is %s', async (status, code) => {
    act = (stream) => {
      stream.respond({ ':status': status, 'content-type': 'text/html' })
      stream.end('<p>no</p>')
    }
    await failsWith(code, `HTTP ${status}`)
  })

  test('a stream that is reset, or a connection that is cut, is away, and the next call connects anew', async () => {
    const before = connections
    act = (stream) => stream.close(2)
    await failsWith('lightning.unavailable', 'AddInvoice')
    await backend.getId()
    act = (stream) => stream.session?.destroy()
    await failsWith('lightning.unavailable', 'AddInvoice')
    await backend.getId()
    expect(connections - before).toBe(2)
  })

  test('a node that says goodbye, as lnd does before it restarts, costs no later call', async () => {
    act = (stream) => {
      stream.session?.close()
      answer(stream, Buffer.alloc(0), { 'grpc-status': '14', 'grpc-message': 'going away' })
    }
    await failsWith('lightning.unavailable', 'going away')
  })
})
