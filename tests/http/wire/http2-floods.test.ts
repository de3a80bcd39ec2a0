/** Frames that cost a client nothing end its own connection, soon, and nobody else's; a window that never opens holds no room. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import {
  block,
  END_HEADERS,
  END_STREAM,
  frame,
  openRaw,
  type RawConnection,
  TYPES,
} from '#tests/support/http2-frames.ts'
import { until } from '#tests/support/until.ts'

const MAX_PER_ADDRESS = 40
const KB = 1024
let gateway: TestGateway
let authorization = ''

beforeAll(async () => {
  gateway = await startTestGateway({
    door: {
      connections: { perAddress: MAX_PER_ADDRESS, crowded: 1_000, all: 2_000 },
      outflow: { all: 80 * KB, free: 80 * KB, client: 40 * KB, network: 80 * KB, token: 80 * KB },
    },
  })
  await gateway.publish({ title: 'Tides', sats: 210 })
  authorization = (await gateway.buy('/tides')).authorization
})
afterAll(() => gateway.close())

const fields = (path = '/_l402/health') =>
  block([
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', gateway.host],
  ])
const get = (stream: number, path?: string) => frame('headers', stream, fields(path), END_STREAM | END_HEADERS)

/** What a flood costs: the paid read beside it, and the connection that it came over. */
async function endsAlone(connection: RawConnection): Promise<void> {
  await until('the connection of the flood is closed', () => connection.isClosed())
  const paid = await gateway.ask('/tides', { headers: { Authorization: authorization } })
  expect(paid.status).toBe(200)
}

/** Sends pieces until the connection ends or all are sent. */
async function pour(connection: RawConnection, pieces: Iterable<Buffer>): Promise<void> {
  for (const piece of pieces) {
    if (connection.isClosed()) return
    if (!connection.socket.write(piece)) await new Promise((resolve) => setImmediate(resolve))
  }
}

function* repeat(times: number, make: (n: number) => Buffer): Generator<Buffer> {
  for (let n = 0; n < times; n += 1) yield make(n)
}

test.each<[string, (n: number) => Buffer]>([
  [
    'requests that are given up at once',
    (n) => Buffer.concat([get(2 * n + 1, '/tides'), frame('reset', 2 * n + 1, Buffer.from([0, 0, 0, 8]))]),
  ],
  ['pings', () => frame('ping', 0, Buffer.alloc(8))],
  ['settings', () => frame('settings', 0)],
])('a flood of %s', async (_what, make) => {
  const connection = await openRaw(gateway.port)
  await pour(connection, repeat(20_000, make))
  await endsAlone(connection)
})

test('a flood of pings that waits for each answer', async () => {
  const connection = await openRaw(gateway.port)
  const answered = () => connection.seen().filter((type) => type === TYPES.ping).length
  const some = Buffer.concat([...repeat(200, () => frame('ping', 0, Buffer.alloc(8)))])
  for (let n = 1; n <= 40 && !connection.isClosed(); n += 1) {
    connection.socket.write(some)
    await until('they are answered', () => connection.isClosed() || answered() >= n * 200)
  }
  await endsAlone(connection)
})

test('a flood of pings whose answers are never read', async () => {
  const connection = await openRaw(gateway.port, { isDeaf: true })
  await pour(
    connection,
    repeat(20_000, () => frame('ping', 0, Buffer.alloc(8))),
  )
  connection.socket.resume()
  await endsAlone(connection)
})

test('fields that never end', async () => {
  const connection = await openRaw(gateway.port)
  connection.socket.write(frame('headers', 1, fields()))
  const more = block([['x-more', 'y'.repeat(100)]])
  await pour(
    connection,
    repeat(5_000, () => frame('continuation', 1, more)),
  )
  await endsAlone(connection)
})

test('a hundred and one calls at once are a hundred, and a client has no more of them than connections', async () => {
  const connection = await openRaw(gateway.port)
  // Bodies that do not come keep them open.
  const post = block([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/_l402/claim'],
    [':authority', gateway.host],
    ['content-type', 'application/json'],
  ])
  for (let n = 0; n < 101; n += 1) connection.socket.write(frame('headers', 2 * n + 1, post, END_HEADERS))
  const refused = () => connection.seen().filter((type) => type === TYPES.reset).length
  await until('those above are refused', () => refused() >= 101 - MAX_PER_ADDRESS)
  expect(connection.isClosed()).toBe(false)
  connection.socket.destroy()
  await until('their places are free again', async () => (await gateway.ask('/tides')).status === 402)
})

test('answers that are asked for and never taken hold no more than their client may', async () => {
  const session = connect(`http://127.0.0.1:${gateway.port}`, { settings: { initialWindowSize: 0 } })
  session.on('error', () => undefined)
  const statuses: number[] = []
  const ask = async (asking: ClientHttp2Session) => {
    const stream = asking.request({ ':path': '/', ':authority': gateway.host, accept: 'text/html' })
    const [headers] = (await once(
      stream.on('error', () => undefined),
      'response',
    )) as [IncomingHttpHeaders]
    return Number(headers[':status'])
  }
  for (let n = 0; n < 30; n += 1) statuses.push(await ask(session))
  expect(statuses[0]).toBe(200)
  expect(statuses.at(-1)).toBe(503)
  const closed = once(session, 'close')
  session.destroy()
  await closed
  const other = connect(`http://127.0.0.1:${gateway.port}`)
  await until('the room is free again', async () => (await ask(other)) === 200)
  other.destroy()
})
