/** gRPC as browsers speak it: the trailers are the last message, and where only text passes all of it is base64. */
import type { HeaderField } from '#lib/gate/request.ts'

/** By this bit a frame is trailers in place of a message. */
const TRAILERS = 0x80

/** Messages and, behind them, the fields by which the call ends. */
export async function* encodeWeb(
  messages: AsyncIterable<Uint8Array>,
  trailers: () => readonly HeaderField[],
  isText: boolean,
): AsyncIterable<Uint8Array | string> {
  const encode = (bytes: Uint8Array) => (isText ? Buffer.from(bytes).toString('base64') : bytes)
  for await (const piece of messages) yield encode(piece)
  yield encode(trailersFrame(trailers()))
}

function trailersFrame(fields: readonly HeaderField[]): Uint8Array {
  const text = Buffer.from(fields.map(([name, value]) => `${name.toLowerCase()}: ${value}\r\n`).join(''), 'latin1')
  const head = Buffer.alloc(5)
  head.writeUInt8(TRAILERS, 0)
  head.writeUInt32BE(text.length, 1)
  return Buffer.concat([head, text])
}

/** A body in base64, of which each piece may be padded by itself. Throws `TypeError` for one that is none. */
export async function* decodeText(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest = ''
  for await (const piece of body) {
    const text = rest + Buffer.from(piece).toString('latin1')
    const whole = text.length - (text.length % 4)
    rest = text.slice(whole)
    const bytes = decodeGroups(text.slice(0, whole))
    if (bytes.length > 0) yield bytes
  }
  if (rest !== '') throw new TypeError('a body ends within a group of base64')
}

function decodeGroups(text: string): Buffer {
  if (!/^[A-Za-z0-9+/=]*$/.test(text)) throw new TypeError('a body is not base64')
  const parts = text.match(/[^=]+={0,2}/g) ?? []
  return Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')))
}
