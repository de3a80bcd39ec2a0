/** The lnd adapter keeps the contract of a Lightning backend, over real gRPC and TLS, and fails only as the port says. */
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeMacaroon } from '#devnode/macaroon.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import type { LightningBackend } from '#lib/lightning/backend.ts'
import { createLndBackend, type LndOptions } from '#lib/lightning/lnd/lnd.ts'
import type { Log } from '#lib/log.ts'
import { msat } from '#lib/money.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { openTcpGate } from '#tests/support/tcp-gate.ts'
import { until } from '#tests/support/until.ts'
import { describeLightningBackend } from './lightning-backend.ts'

const ORDER = { amountMsat: msat(1_000n), memo: 'satstile test', expirySeconds: 60 }
const quiet = (): undefined => undefined
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

const connect = (node: TestNode, overrides: Partial<LndOptions> = {}): LightningBackend =>
  createLndBackend({
    socket: node.socket,
    cert: node.read('tls.cert'),
    macaroon: node.read('invoice.macaroon'),
    network: 'regtest',
    log,
    ...overrides,
  })

describeLightningBackend('lnd adapter on the dev node', async () => {
  const node = await startTestNode()
  const backend = connect(node)
  return {
    backend,
    network: 'regtest',
    pay: async (invoice) => (await node.pay(invoice)).preimage,
    async close() {
      backend.close()
      await node.close()
    },
  }
})

/** The folder of a node that has everything of `node` but its key. */
function copyWithOtherKey(node: TestNode): string {
  const folder = mkdtempSync(join(tmpdir(), 'satstile-devnode-'))
  for (const name of ['tls.cert', 'tls.key']) copyFileSync(join(node.dataDir, name), join(folder, name))
  const [born = '', ...records] = node.read('log').toString().split('\n')
  const changed = { ...(JSON.parse(born) as object), nodeSecret: randomBytes(32).toString('hex') }
  writeFileSync(join(folder, 'log'), [JSON.stringify(changed), ...records].join('\n'))
  return folder
}

describe('the lnd adapter when things are wrong', () => {
  let node: TestNode
  const opened: LightningBackend[] = []
  const open = (overrides: Partial<LndOptions> = {}) => {
    const backend = connect(node, overrides)
    opened.push(backend)
    return backend
  }
  const fails = (act: Promise<unknown>, code: string) =>
    expect(act).rejects.toMatchObject({ name: 'LightningFault', code })

  beforeAll(async () => {
    node = await startTestNode()
  })
  afterAll(async () => {
    for (const backend of opened) backend.close()
    await node.close()
  })

  test('a node on another network is refused before it is used', async () => {
    const backend = open({ network: 'mainnet' })
    await fails(backend.createInvoice(ORDER), 'lightning.refused')
    await fails(backend.getId(), 'lightning.refused')
  })

  test('a reading macaroon reads and does not create', async () => {
    const created = await open().createInvoice(ORDER)
    const reader = open({ macaroon: node.read('read.macaroon') })
    expect(await reader.lookupInvoice(created.paymentHash)).toMatchObject({ state: 'open' })
    await fails(reader.createInvoice(ORDER), 'lightning.refused')
  })

  test('a macaroon that may not ask who the node is, as lnd makes it, is refused with what to bake instead', async () => {
    const born = JSON.parse(node.read('log').toString().split('\n')[0] ?? '') as { rootKey: string }
    const macaroon = writeMacaroon(Buffer.from(born.rootKey, 'hex'), ['invoices:read', 'invoices:write'])
    await expect(open({ macaroon }).createInvoice(ORDER)).rejects.toThrow('bakemacaroon info:read')
  })

  test('a macaroon the node did not sign opens nothing', async () => {
    const changed = Buffer.from(node.read('invoice.macaroon'))
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1
    await fails(open({ macaroon: changed }).createInvoice(ORDER), 'lightning.refused')
  })

  test('a node with another certificate is not spoken to', async () => {
    const other = await startTestNode()
    const backend = open({ cert: other.read('tls.cert') })
    await other.close()
    await fails(backend.createInvoice(ORDER), 'lightning.unavailable')
  })

  test('nobody listening is "unavailable", and the same backend works when the node is back', async () => {
    const backend = open()
    await backend.createInvoice(ORDER)
    await node.kill()
    await fails(backend.createInvoice(ORDER), 'lightning.unavailable')
    await node.start()
    await until('the backend works again', () => backend.createInvoice(ORDER).then(Boolean, () => false))
  })

  test('a silent node is "timeout" within the deadline of 2 s', async () => {
    const backend = open()
    await backend.createInvoice(ORDER)
    await node.disturb({ silentRate: 1, methods: ['AddInvoice'] })
    const begun = performance.now()
    await fails(backend.createInvoice(ORDER), 'lightning.timeout')
    expect(performance.now() - begun).toBeLessThan(3_000)
    await node.disturb({ silentRate: 0, methods: [] })
  })

  test('a connection that carries nothing any more costs one call, not the next one', async () => {
    const [host = '', port = ''] = node.socket.split(':')
    const gate = await openTcpGate({ host, port: Number(port) })
    const backend = open({ socket: `127.0.0.1:${gate.port}` })
    await backend.createInvoice(ORDER)
    gate.freeze()
    await fails(backend.createInvoice(ORDER), 'lightning.timeout')
    expect((await backend.createInvoice(ORDER)).listCursor > '0').toBe(true)
    await gate.shut()
  })

  test('a connection without a call is not pinged, which lnd answers by hanging up', { timeout: 30_000 }, async () => {
    let pings = 0
    const server = createSecureServer({ key: node.read('tls.key'), cert: node.read('tls.cert') })
    server.on('session', (session) => session.on('ping', () => (pings += 1)))
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '12', 'grpc-message': 'nothing here' }))
      stream.end()
    })
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    )
    await fails(open({ socket: `127.0.0.1:${port}` }).createInvoice(ORDER), 'lightning.refused')
    await pause(11_000)
    expect(pings).toBe(0)
    server.close()
  })

  test('another node behind the same address, with the same certificate and macaroons, is known by its own key', async () => {
    const [host = '', port = ''] = node.socket.split(':')
    const gate = await openTcpGate({ host, port: Number(port) })
    const backend = open({ socket: `127.0.0.1:${gate.port}` })
    const before = await backend.getId()
    expect(before).toBe(await open().getId())
    const other = await startTestNode(copyWithOtherKey(node))
    await gate.shut()
    await fails(backend.lookupInvoice(asPaymentHash(new Uint8Array(32))), 'lightning.unavailable')
    const moved = await openTcpGate({ host, port: Number(other.socket.split(':')[1]) }, gate.port)
    await until('the other node answers', () =>
      backend.lookupInvoice(asPaymentHash(new Uint8Array(32))).then(() => true),
    )
    expect(await backend.getId()).toMatch(/^lnd:[0-9a-f]{66}$/)
    expect(await backend.getId()).not.toBe(before)
    await moved.shut()
    await other.close()
  })

  test('a locked node is "unavailable": waiting helps', async () => {
    await node.disturb({ locked: true })
    await fails(open().createInvoice(ORDER), 'lightning.unavailable')
    await node.disturb({ locked: false })
  })

  test('an open invoice reveals no preimage even from a node that shows it, as lnd does', async () => {
    await node.disturb({ earlyPreimage: true })
    const backend = open()
    const created = await backend.createInvoice(ORDER)
    expect(await backend.revealPreimage(created.paymentHash)).toBeNull()
    await node.disturb({ earlyPreimage: false })
  })

  test('a node that withholds the preimage of a settled invoice reveals nothing', async () => {
    await node.disturb({ withholdPreimage: true })
    const backend = open()
    const created = await backend.createInvoice(ORDER)
    await node.pay(created.invoice)
    expect(await backend.lookupInvoice(created.paymentHash)).toMatchObject({ state: 'settled' })
    expect(await backend.revealPreimage(created.paymentHash)).toBeNull()
    await node.disturb({ withholdPreimage: false })
  })

  test('what was overpaid is told to the millisatoshi', async () => {
    await node.disturb({ overpayPpm: 1_000_000 })
    const backend = open()
    const created = await backend.createInvoice(ORDER)
    await node.pay(created.invoice)
    expect(await backend.lookupInvoice(created.paymentHash)).toMatchObject({ receivedMsat: 2_000n })
    await node.disturb({ overpayPpm: 0 })
  })

  test('a stream that the node ends is a fault, never a quiet end', async () => {
    const backend = open()
    let isOpen = false
    const onOpen = () => {
      isOpen = true
    }
    const watching = async () => {
      const signal = new AbortController().signal
      for await (const update of backend.watchInvoices({ after: null, signal, onOpen })) expect(update).toBeDefined()
    }
    const ended = watching().then(
      () => null,
      (cause: unknown) => cause,
    )
    await until('the stream is open', () => isOpen)
    await node.disturb({ closeStreamsNow: true })
    expect(await ended).toMatchObject({ name: 'LightningFault', code: 'lightning.unavailable' })
  })

  test('a fault says which call failed and how, and nothing of the macaroon', async () => {
    await node.disturb({ refuseMacaroons: true })
    const cause: unknown = await open()
      .lookupInvoice(asPaymentHash(new Uint8Array(32)))
      .catch((thrown: unknown) => thrown)
    const text = String(cause) + JSON.stringify(cause)
    expect(text).toContain('GetInfo')
    expect(text).not.toContain(node.read('invoice.macaroon').toString('hex').slice(-64))
    await node.disturb({ refuseMacaroons: false })
  })
})
