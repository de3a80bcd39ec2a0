/** What one client holds of the door is bounded: requests sent ahead, connections, large answers; who paid has room left. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { randomBytes } from '#lib/crypto.ts'
import { exchange } from '#tests/support/exchange.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'

const KB = 1024
let gateway: TestGateway
let authorization = ''
let pictures = { free: '', paid: '' }
const open: Socket[] = []

beforeAll(async () => {
  gateway = await startTestGateway({
    door: {
      connections: { perAddress: 20, crowded: 4, all: 6 },
      pipeline: { perSocket: 30, all: 50 },
      outflow: { all: 512 * KB, free: 256 * KB, client: 512 * KB, network: 512 * KB, token: 512 * KB },
    },
  })
  const noise = () =>
    sharp(randomBytes(2_040 * 2_000 * 3), { raw: { width: 2_040, height: 2_000, channels: 3 } })
      .jpeg({ quality: 85 })
      .toBuffer()
  const [free, paid] = await Promise.all([noise(), noise()])
  await gateway.publish({ title: 'Harbours', sats: 50, pictures: { free, paid } })
  authorization = (await gateway.buy('/harbours')).authorization
  const page = await gateway.ask('/harbours', { headers: { Authorization: authorization, Accept: 'text/html' } })
  const [first = '', second = ''] = [...page.text.matchAll(/src="[^"]*(\/harbours\/[0-9a-f]{64}\.jpg)"/g)].map(
    ([, path]) => path ?? '',
  )
  pictures = { free: first, paid: second }
})
afterEach(async () => {
  const closed = open.splice(0).map(async (socket) => {
    if (!socket.closed) await Promise.all([once(socket, 'close'), socket.destroy()])
  })
  await Promise.all(closed)
  await until('the door is empty', async () => (await gateway.ask('/harbours')).status === 402)
})
afterAll(() => gateway.close())

async function dial(): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  open.push(socket)
  return socket
}

const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\nHost: ${gateway.host}\r\n${fields}\r\n`
const paid = () => ({ headers: { Authorization: authorization } })
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)

test('requests that were sent ahead are answered one after the other, in their order', async () => {
  const path = [get('/harbours', `Authorization: ${authorization}\r\n`), get('/nothing'), get('/harbours')]
  const text = await exchange(gateway.port, `${path.join('').repeat(6)}${get('/nothing', 'Connection: close\r\n')}`)
  expect(statuses(text)).toEqual([...Array.from({ length: 6 }, () => ['200', '404', '402']).flat(), '404'])
})

test('a socket on which too many requests wait is closed, and others go on', async () => {
  const text = await exchange(gateway.port, get(pictures.free).repeat(400))
  expect(statuses(text).length).toBeLessThan(40)
  expect((await gateway.ask('/harbours', paid())).status).toBe(200)
})

test('when the door is crowded, who shows no good credential gets 503 and the time to wait, and who paid reads', async () => {
  for (let n = 0; n < 4; n++) await dial()
  const stranger = await gateway.ask('/harbours')
  expect([stranger.status, stranger.header('l402-reason'), stranger.header('retry-after')]).toEqual([
    503,
    'queue.full',
    '2',
  ])
  expect(stranger.header('connection')).toBe('close')
  expect((await gateway.ask('/harbours', paid())).status).toBe(200)
  expect((await gateway.ask('/_l402/health')).status).toBe(200)
  const forged = await gateway.ask('/harbours', {
    headers: { Authorization: authorization.replace(/.{64}$/, '0'.repeat(64)) },
  })
  expect([forged.status, forged.header('connection')]).toEqual([402, 'close'])
})

test('a full door gives the place of its oldest stranger to who comes, and never that of who has paid', async () => {
  const reader = await dial()
  reader.write(get('/harbours', `Authorization: ${authorization}\r\n`))
  await once(reader, 'data')
  reader.resume()
  const strangers: Socket[] = []
  for (let n = 0; n < 7; n++) strangers.push(await dial())
  await until('the oldest are gone', () => strangers.filter(({ closed }) => closed).length >= 2)
  expect(strangers.at(-1)?.closed).toBe(false)
  expect((await gateway.ask('/harbours', paid())).status).toBe(200)
  reader.write(get('/harbours', `Authorization: ${authorization}\r\n`))
  expect(String((await once(reader, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)
})

test('while free pictures take all the room that they may, another is 503 and a paid one is sent whole', async () => {
  const slow = await dial()
  slow.write(get(pictures.free))
  // Its answer has begun before anybody else asks: whoever is judged first has the room.
  expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /)
  slow.pause()
  await until('the room is taken', async () => (await gateway.ask(pictures.free)).status === 503)
  const whole = await gateway.ask(pictures.paid, paid())
  expect([whole.status, whole.header('content-type')]).toEqual([200, 'image/jpeg'])
  expect((await gateway.ask(pictures.free, { method: 'HEAD' })).status).toBe(200)
  slow.destroy()
  await until('the room is free again', async () => (await gateway.ask(pictures.free)).status === 200)
})
