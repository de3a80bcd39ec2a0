/** HTTP/2 frames as bytes, for what no well-behaved client sends (RFC 9113 4.1). */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export const TYPES = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
}

export function frame(
  type: keyof typeof TYPES,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
  flags = 0,
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(TYPES[type], 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A block of fields, each a literal that no table keeps (RFC 7541 6.2.2). */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string) => [length(value.length), Buffer.from(value, 'latin1')]
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), ...text(name), ...text(value)]))
}

/** An integer with a prefix of seven bits (RFC 7541 5.1). */
function length(value: number): Buffer {
  if (value < 127) return Buffer.from([value])
  const bytes = [127]
  let rest = value - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

export const END_STREAM = 1
export const END_HEADERS = 4

export interface RawConnection {
  readonly socket: Socket
  /** Types of the frames that came so far. */
  seen(): number[]
  isClosed(): boolean
}

/** Preface and settings sent, and answers read unless `isDeaf`. */
export async function openRaw(
  port: number,
  { isDeaf = false, settings = Buffer.alloc(0) } = {},
): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1')
  const pieces: Buffer[] = []
  let isClosed = false
  socket
    .on('error', () => undefined)
    .once('close', () => {
      isClosed = true
    })
  await once(socket, 'connect')
  if (isDeaf) socket.pause()
  else socket.on('data', (piece: Buffer) => pieces.push(piece))
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame('settings', 0, settings)]))
  return { socket, seen: () => readTypes(Buffer.concat(pieces)), isClosed: () => isClosed }
}

function readTypes(bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) types.push(bytes.readUInt8(at + 3))
  return types
}
