/** Readers that ask for much and take nothing hold a bounded part of the gateway's memory, and nobody who paid waits for them. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { randomBytes } from '#lib/crypto.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { pause } from '#tests/support/running-copy.ts'

const MB = 1024 * 1024
/** One answer, and what a test process does beside it; every picture whole would be 2,000 MB, a piece of each 44. */
const ONE_SOCKET_MB = 24
/** The most that one client may hold, and its own sockets. */
const MANY_SOCKETS_MB = 120
/** It was 1.4 to 6.8 s while each socket had the picture compared with its digest once more. */
const READ_MS = 1_000

let gateway: TestGateway
let authorization = ''
let picture = ''
const open: Socket[] = []

beforeAll(async () => {
  gateway = await startTestGateway()
  const noise = { raw: { width: 2_040, height: 3_600, channels: 3 } } as const
  const free = await sharp(randomBytes(2_040 * 3_600 * 3), noise)
    .jpeg({ quality: 85 })
    .toBuffer()
  const paid = await sharp(randomBytes(3_000), { raw: { width: 10, height: 100, channels: 3 } })
    .png()
    .toBuffer()
  await gateway.publish({ title: 'Harbours', sats: 50, pictures: { free, paid } })
  authorization = (await gateway.buy('/harbours')).authorization
  const page = await gateway.ask('/harbours', { headers: { Authorization: authorization, Accept: 'text/html' } })
  picture = /\/harbours\/[0-9a-f]{64}\.jpg/.exec(page.text)?.[0] ?? ''
  const whole = await gateway.ask(picture)
  expect(Number(whole.header('content-length'))).toBeGreaterThan(4 * MB)
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})
afterAll(() => gateway.close())

/** A client that takes no byte of what it asks for. */
async function stall(requests: number): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.pause()
  socket.write(`GET ${picture} HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n`.repeat(requests))
  open.push(socket)
  return socket
}

/** By how many megabytes the process grew at most while the sockets stood for three seconds. */
async function growthMb(begin: () => Promise<unknown>): Promise<number> {
  const held = () => process.memoryUsage().heapUsed + process.memoryUsage().external
  const before = held()
  await begin()
  let most = before
  for (let n = 0; n < 30; n++) {
    await pause(100)
    most = Math.max(most, held())
  }
  return Math.round((most - before) / MB)
}

async function readMs(): Promise<number> {
  const startedAt = performance.now()
  expect((await gateway.ask('/harbours', { headers: { Authorization: authorization } })).status).toBe(200)
  return Math.round(performance.now() - startedAt)
}

test('400 pipelined requests for a picture of 5 MB on one socket hold no more than one answer', async () => {
  const grownMb = await growthMb(() => stall(400))
  console.info(`400 pipelined requests: ${grownMb} MB, a paid read ${await readMs()} ms`)
  expect(grownMb).toBeLessThan(ONE_SOCKET_MB)
})

test('300 sockets that take nothing hold no more than the part of one client, and a paid read does not wait for them', async () => {
  const grownMb = await growthMb(() => Promise.all(Array.from({ length: 300 }, () => stall(1))))
  const tookMs = await readMs()
  console.info(`300 slow sockets: ${grownMb} MB, a paid read ${tookMs} ms`)
  expect(grownMb).toBeLessThan(MANY_SOCKETS_MB)
  expect(tookMs).toBeLessThan(READ_MS)
})
