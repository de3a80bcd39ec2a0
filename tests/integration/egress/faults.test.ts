/** Another server may be slow, endless or broken: it costs a bounded time and memory, and is told as what it is. */
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { describeTrouble } from '#lib/egress/describe-trouble.ts'
import { createEgress, type Egress } from '#lib/egress/egress.ts'
import type { Fault } from '#lib/errors.ts'
import { allowing } from '#tests/support/egress.ts'
import { openRawServer, pour, type RawServer } from '#tests/support/raw-server.ts'
import { until } from '#tests/support/until.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function against(answer: (socket: Socket) => void): Promise<{ egress: Egress; server: RawServer; url: string }> {
  const server = await openRawServer(answer)
  const egress = createEgress({ allow: allowing(`127.0.0.1:${server.port}`) })
  open.push(egress, server)
  return { egress, server, url: `http://127.0.0.1:${server.port}/` }
}

const failureOf = (asked: Promise<unknown>): Promise<Fault> =>
  asked.then(
    () => Promise.reject(new RangeError('it answered')),
    (cause: Fault) => cause,
  )

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n'
const HTML = OK.replace('image/png', 'text/html')
const EVERY_MS = 20
/** One piece every 20 ms, for ever. */
const trickle = (socket: Socket, piece: string, first = '') => {
  socket.write(first)
  const timer = setInterval(() => socket.write(piece), EVERY_MS)
  socket.on('close', () => clearInterval(timer))
}

/** What the server does, the code and reason that it is told by. */
const BROKEN: readonly (readonly [string, (socket: Socket) => void, string, string])[] = [
  ['never answers', () => undefined, 'upstream.timeout', 'slow'],
  ['sends its head a byte at a time', (s) => trickle(s, 'H'), 'egress.unusable', 'not_http'],
  ['sends header fields for ever, slowly', (s) => trickle(s, 'a: b\r\n', OK), 'upstream.timeout', 'slow'],
  ['sends early hints for ever', (s) => trickle(s, 'HTTP/1.1 103 Early Hints\r\n\r\n'), 'upstream.timeout', 'slow'],
  [
    'sends its body a byte at a time',
    (s) => trickle(s, 'x', `${OK}Content-Length: 1000\r\n\r\n`),
    'upstream.timeout',
    'slow',
  ],
  [
    'stops in the middle of its body',
    (s) => s.write(`${OK}Content-Length: 1000\r\n\r\nxxx`),
    'upstream.timeout',
    'slow',
  ],
  ['resets before it answers', (s) => s.resetAndDestroy(), 'upstream.unreachable', 'closed'],
  ['closes before it answers', (s) => s.end(), 'upstream.unreachable', 'closed'],
  ['closes in the middle of its head', (s) => s.end(`${OK}Content-Le`), 'upstream.unreachable', 'closed'],
  [
    'closes in the middle of its body',
    (s) => s.end(`${OK}Content-Length: 1000\r\n\r\nxxx`),
    'upstream.unreachable',
    'closed',
  ],
  [
    'closes in the middle of a chunk',
    (s) => s.end(`${OK}Transfer-Encoding: chunked\r\n\r\n40\r\nxxx`),
    'upstream.unreachable',
    'closed',
  ],
  [
    'resets in the middle of its body',
    (s) => s.write(`${OK}Content-Length: 1000\r\n\r\nxxx`, () => s.resetAndDestroy()),
    'upstream.unreachable',
    'closed',
  ],
  [
    'says two lengths',
    (s) => s.end(`${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nxxxx`),
    'egress.unusable',
    'lengths',
  ],
  [
    'says a length and chunks',
    (s) => s.end(`${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`),
    'egress.unusable',
    'lengths',
  ],
  [
    'says a length that is no number',
    (s) => s.end(`${OK}Content-Length: -3\r\n\r\nxxx`),
    'egress.unusable',
    'not_http',
  ],
  [
    'breaks its chunks',
    (s) => s.end(`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n`),
    'egress.unusable',
    'not_http',
  ],
  ['speaks something else', (s) => s.end('SSH-2.0-OpenSSH_9.9\r\n'), 'egress.unusable', 'not_http'],
  [
    'ends its lines with a bare LF',
    (s) => s.end('HTTP/1.1 200 OK\nContent-Length: 1\n\nx'),
    'egress.unusable',
    'not_http',
  ],
  [
    'redirects',
    (s) => s.end('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n'),
    'egress.unusable',
    'redirect',
  ],
  [
    'compresses unasked',
    (s) => s.end(`${OK}Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx`),
    'egress.unusable',
    'coding',
  ],
  ['answers with another kind', (s) => s.end(`${HTML}Content-Length: 1\r\n\r\nx`), 'egress.unusable', 'content_type'],
  ['announces too much', (s) => s.end(`${OK}Content-Length: 65537\r\n\r\nx`), 'egress.unusable', 'too_large'],
]

describe('a server that', () => {
  test.concurrent.each(BROKEN)(
    '%s is told as such, soon, and its connection is closed',
    async (_what, answer, code, reason) => {
      const { egress, server, url } = await against(answer)
      const startedAt = performance.now()
      const fault = await failureOf(
        egress.request({ creatorId: 'a', url, deadlineMs: 700, contentTypes: ['image/png'] }),
      )
      expect([fault.code, fault.details.reason]).toEqual([code, reason])
      expect(fault.publicMessage).toMatch(/^[A-Z].*\.$/)
      expect(performance.now() - startedAt).toBeLessThan(5_000)
      await until('the connection is closed', () => server.open() === 0)
    },
  )

  test('sends a body without end is cut at the bound, and little more was taken', async () => {
    const { egress, server, url } = await against((socket) => {
      socket.write(`${OK}\r\n`)
      pour(socket, Buffer.alloc(64 * 1024))
    })
    const fault = await failureOf(egress.request({ creatorId: 'a', url, maxBytes: 1024 * 1024 }))
    expect([fault.code, fault.details.reason]).toEqual(['egress.unusable', 'too_large'])
    expect(fault.publicMessage).toContain('1,024 KiB')
    await until('the connection is closed', () => server.open() === 0)
    expect(server.sent()).toBeLessThan(16 * 1024 * 1024)
  })

  test('sends a head of 100 MB is cut at 16 KiB, and little more was taken', async () => {
    const { egress, server, url } = await against((socket) => {
      socket.write(`${OK}x: `)
      pour(socket, Buffer.alloc(64 * 1024, 'x'))
    })
    const before = process.memoryUsage().rss
    const fault = await failureOf(egress.request({ creatorId: 'a', url }))
    expect([fault.code, fault.details.reason]).toEqual(['egress.unusable', 'long_head'])
    await until('the connection is closed', () => server.open() === 0)
    expect(server.sent()).toBeLessThan(16 * 1024 * 1024)
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('opens no TLS is given up after the time for connecting', async () => {
    const { egress, url } = await against(() => undefined)
    const fault = await failureOf(egress.request({ creatorId: 'a', url: url.replace('http:', 'https:') }))
    expect([fault.code, fault.details.reason]).toEqual(['upstream.timeout', 'connect'])
  })

  test('does not listen is told as such', async () => {
    const { egress, server, url } = await against(() => undefined)
    await server.close()
    const fault = await failureOf(egress.request({ creatorId: 'a', url }))
    expect([fault.code, fault.details.reason]).toEqual(['upstream.unreachable', 'not_listening'])
  })

  test('is broken takes nothing from a server that works, of the same creator at the same time', async () => {
    const broken = await against((socket) => pour(socket, Buffer.alloc(64 * 1024, 'x')))
    const good = await openRawServer((socket) => socket.end(`${OK}Content-Length: 2\r\n\r\nok`))
    const egress = createEgress({ allow: allowing(`127.0.0.1:${broken.server.port},127.0.0.1:${good.port}`) })
    open.push(egress, good)
    const asked = Array.from({ length: 20 }, (_, i) => {
      const port = i % 2 === 0 ? broken.server.port : good.port
      return egress.request({ creatorId: 'a', url: `http://127.0.0.1:${port}/` }).then(
        ({ status }) => status,
        (cause: Fault) => cause.code,
      )
    })
    const ends = await Promise.all(asked)
    expect(ends.filter((end) => end === 200)).toHaveLength(10)
    expect(ends.filter((end) => end === 'egress.unusable')).toHaveLength(10)
  })
})

test('a good answer is handed over whole, and its connection serves the next request', async () => {
  let connections = 0
  const { egress, url } = await against((socket) => {
    connections += 1
    const reply = () => socket.write(`${OK.replace('image/png', 'Image/PNG; q=1')}Content-Length: 3\r\n\r\nabc`)
    socket.on('data', reply)
    reply()
  })
  for (let i = 0; i < 10; i += 1) {
    const answer = await egress.request({ creatorId: 'a', url, contentTypes: ['image/png'] })
    expect(Buffer.from(answer.body).toString()).toBe('abc')
    expect(answer).toMatchObject({ status: 200, contentType: 'image/png' })
  }
  // A second one is opened when the next request comes before the first answer's last byte is off the table.
  expect(connections).toBeLessThan(3)
})

test('a request that is given up ends at once and closes its connection', async () => {
  const { egress, server, url } = await against(() => undefined)
  const stop = new AbortController()
  const asked = failureOf(egress.request({ creatorId: 'a', url, signal: stop.signal }))
  await until('the connection is open', () => server.open() === 1)
  stop.abort()
  expect((await asked).code).toBe('upstream.unreachable')
  await until('the connection is closed', () => server.open() === 0)
})

test('one creator’s slow servers hold no more connections than its budget, one of them half, and nobody else’s', async () => {
  const { server } = await against(() => undefined)
  const limits = { connections: 4, allConnections: 100, opensPerMinute: 100 }
  const allow = allowing(`127.0.0.1:${server.port}`)
  const egress = createEgress({ allow, limits, listAddresses: async () => ['127.0.0.1'] })
  open.unshift(egress)
  const ask = (creatorId: string, name: string) =>
    failureOf(egress.request({ creatorId, url: `http://${name}.example:${server.port}/`, deadlineMs: 1_000 }))
  const asked = ['one', 'two', 'three'].map((name) => Promise.all(Array.from({ length: 4 }, () => ask('a', name))))
  const other = ask('b', 'one')
  await until('all have come that may', () => server.open() === 5)
  const codes = (await Promise.all(asked)).map((faults) => faults.map(({ code }) => code))
  expect(codes).toEqual([
    Array(4).fill('upstream.timeout'),
    Array(4).fill('upstream.timeout'),
    Array(4).fill('egress.busy'),
  ])
  expect((await other).code).toBe('upstream.timeout')
})

test('a connection that is closed makes room for another, however it ended', async () => {
  const close = 'Content-Length: 2\r\nConnection: close\r\n\r\nok'
  const { server, url } = await against((socket) => socket.end(OK + close))
  const limits = { connections: 1, allConnections: 1, opensPerMinute: 1_000 }
  const allow = allowing(`127.0.0.1:${server.port}`)
  const egress = createEgress({ allow, limits, listAddresses: async () => [] })
  open.unshift(egress)
  const codeOf = (to: string) =>
    egress.request({ creatorId: 'a', url: to }).then(
      () => 'answered',
      ({ details }: Fault) => String(details.reason),
    )
  for (let i = 0; i < 5; i += 1) {
    await until('an answer', async () => (await codeOf(url)) === 'answered')
    await until(
      'room for a name that there is not',
      async () => (await codeOf('http://gone.example/')) === 'unknown_name',
    )
  }
})

test('what a pool rejects with is told in the same words', async () => {
  const { egress, url } = await against((socket) => socket.resetAndDestroy())
  const cause = await egress.pool({ creatorId: 'a', url }).request({ path: '/', method: 'GET' }).catch(describeTrouble)
  expect(cause).toMatchObject({ code: 'upstream.unreachable', details: { reason: 'closed' } })
})
