/** A server that breaks or floods HTTP/2 costs a bounded time and memory, and is told as what it is. */
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createEgress } from '#lib/egress/egress.ts'
import type { Fault } from '#lib/errors.ts'
import { allowing } from '#tests/support/egress.ts'
import { openRawServer, pour, type RawServer } from '#tests/support/raw-server.ts'
import { until } from '#tests/support/until.ts'

let server: RawServer
afterEach(() => server.close())

const [DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, CONTINUATION] = [0, 1, 3, 4, 6, 7, 9]
const END_HEADERS = 4

/** One frame of RFC 9113 section 4.1. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** `:status: 200` from the static table, and a field of a hundred bytes. */
const STATUS = Buffer.from([0x88])
const FIELD = Buffer.concat([Buffer.from([0, 1, 0x61, 0x64]), Buffer.alloc(100, 'b')])
const settings = frame(SETTINGS, 0, 0, Buffer.alloc(0))
const begun = Buffer.concat([settings, frame(HEADERS, END_HEADERS, 1, STATUS), frame(DATA, 0, 1, Buffer.from('x'))])
const code = (value: number) => Buffer.from([0, 0, 0, value])

const BROKEN: readonly (readonly [string, (socket: Socket) => void, string, string])[] = [
  [
    'resets the stream in the middle',
    (s) => s.write(Buffer.concat([begun, frame(RESET, 0, 1, code(2))])),
    'upstream.unreachable',
    'closed',
  ],
  ['closes the connection in the middle', (s) => s.end(begun), 'upstream.unreachable', 'closed'],
  [
    'goes away in the middle',
    (s) => s.end(Buffer.concat([begun, frame(GOAWAY, 0, 0, Buffer.concat([code(0), code(2)]))])),
    'upstream.unreachable',
    'closed',
  ],
  ['never answers', (s) => s.write(settings), 'upstream.timeout', 'slow'],
  ['speaks HTTP/1.1', (s) => s.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'egress.unusable', 'not_http'],
  [
    'floods with pings',
    (s) =>
      pour(s, Buffer.concat([settings, ...Array.from({ length: 1_000 }, () => frame(PING, 0, 0, Buffer.alloc(8)))])),
    'egress.unusable',
    'not_http',
  ],
  [
    'continues its fields for ever',
    (s) => {
      s.write(Buffer.concat([settings, frame(HEADERS, 0, 1, STATUS)]))
      pour(s, frame(CONTINUATION, 0, 1, Buffer.concat(Array.from({ length: 100 }, () => FIELD))))
    },
    'upstream.unreachable',
    'closed',
  ],
  [
    'sends a body without end',
    (s) => {
      s.write(begun)
      pour(s, frame(DATA, 0, 1, Buffer.alloc(16_000)))
    },
    'egress.unusable',
    'too_large',
  ],
]

test.each(BROKEN)('a server that %s', async (_what, answer, expected, reason) => {
  server = await openRawServer(answer)
  const egress = createEgress({ allow: allowing(`127.0.0.1:${server.port}`) })
  const before = process.memoryUsage().rss
  const url = `http://127.0.0.1:${server.port}/`
  const fault = await egress.request({ creatorId: 'a', url, http2: 'only', deadlineMs: 700 }).then(
    () => null,
    (cause: Fault) => cause,
  )
  expect([fault?.code, fault?.details.reason]).toEqual([expected, reason])
  await egress.close()
  await until('the connection is closed', () => server.open() === 0)
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
})
