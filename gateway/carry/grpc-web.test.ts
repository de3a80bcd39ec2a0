/** The two forms of gRPC for browsers say what gRPC says, byte for byte, however the pieces fall. */
import { expect, test } from 'vitest'
import { decodeText, encodeWeb } from './grpc-web.ts'

async function collect(pieces: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(Buffer.from(piece))
  return Buffer.concat(all)
}

async function* of<T>(...pieces: T[]) {
  yield* pieces
}

const MESSAGE = Buffer.from([0, 0, 0, 0, 2, 8, 1])
const trailers = () => [['Grpc-Status', '0'] as const, ['X-More', 'yes'] as const]
const END = Buffer.concat([Buffer.from([0x80, 0, 0, 0, 29]), Buffer.from('grpc-status: 0\r\nx-more: yes\r\n')])

test('messages pass as they are, and the trailers are the last of them', async () => {
  expect(await collect(encodeWeb(of(MESSAGE, MESSAGE), trailers, false))).toEqual(
    Buffer.concat([MESSAGE, MESSAGE, END]),
  )
})

test('as text it is the same in base64, and what is encoded is decoded at any cut', async () => {
  const text = await collect(encodeWeb(of(MESSAGE, MESSAGE), trailers, true))
  expect(text.toString()).toMatch(/^[A-Za-z0-9+/=]+$/)
  for (let cut = 0; cut <= text.length; cut += 1) {
    const pieces = of<Uint8Array>(text.subarray(0, cut), text.subarray(cut))
    expect(await collect(decodeText(pieces))).toEqual(Buffer.concat([MESSAGE, MESSAGE, END]))
  }
})

test.each(['AAA', 'A*AA', 'AAAA AAA', '====='])('%s is no body', async (text) => {
  await expect(collect(decodeText(of<Uint8Array>(Buffer.from(text))))).rejects.toThrow(TypeError)
})
