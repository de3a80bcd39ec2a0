/** An answer of the gate leaves as HTTP/1.1: lengths stated, streams with back-pressure, nothing after a client has gone. */
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { isCut } from '#lib/gate/measuring/metered-stream.ts'
import type { GateAnswer, HeaderField, StreamedBody } from '#lib/gate/request.ts'
import { cutOff } from './http2-send.ts'

/** Hands the answer to the socket at once; of a stream, resolves when its last piece is, or the client has gone. */
export function send(res: ServerResponse, answer: GateAnswer): Promise<void> | undefined {
  const { body } = answer
  if (body !== null && typeof body === 'object' && 'stream' in body) {
    const fields = flatten(answer.headers)
    if (body.length !== undefined) fields.push('Content-Length', String(body.length))
    if (body.trailers !== undefined) fields.push('Transfer-Encoding', 'chunked')
    res.writeHead(answer.status, fields)
    return body.stream instanceof Readable ? pass(res, body.stream, body) : pump(res, body)
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const fields = flatten(answer.headers)
  if (answer.status !== 204 && answer.status !== 304) fields.push('Content-Length', String(bytes?.length ?? 0))
  res.writeHead(answer.status, fields)
  if (bytes === null) res.end()
  else res.end(bytes)
  return undefined
}

/** Answers up to here are handed to the system whole and counted nowhere. */
export const SMALL_BYTES = 64 * 1024
/** What a stream from the disk holds: a piece that was read ahead, one in the response, one in the socket, and their parts. */
const STREAM_BYTES = 256 * 1024

/**
 * The most bytes that an answer keeps in memory until its client has them. A paid article is in memory for everybody who
 * bought it, and was counted against a token, so it holds none; a stream without an end in sight holds lines.
 */
export function bytesHeld({ body }: GateAnswer, isPaid: boolean): number {
  if (body === null) return 0
  if (typeof body === 'object' && 'stream' in body) return Math.min(body.length ?? 0, STREAM_BYTES)
  return isPaid ? 0 : body.length
}

function flatten(headers: readonly HeaderField[]): string[] {
  const flat: string[] = []
  for (const [name, value] of headers) flat.push(name, value)
  return flat
}

/**
 * As `pump`, for a stream of Node's own: a promise for each piece costs more than the piece. The head leaves together with
 * what is there already.
 */
function pass(res: ServerResponse, stream: Readable, { trailers, isWhole }: StreamedBody): Promise<void> {
  return new Promise((resolve, reject) => {
    // It broke while its head was made ready, and says so no more.
    if (stream.destroyed && !stream.readableEnded) {
      res.flushHeaders()
      return reject(stream.errored ?? cutOff())
    }
    let isWritten = false
    const flush = setImmediate(() => {
      if (!isWritten && !res.destroyed) res.flushHeaders()
    })
    const goOn = () => void stream.resume()
    res.on('drain', goOn)
    res.once('close', () => {
      clearImmediate(flush)
      stream.destroy()
      resolve()
    })
    stream.on('error', reject).on('data', (chunk: Uint8Array) => {
      isWritten = true
      if (!res.write(chunk)) stream.pause()
    })
    stream.once('end', () => {
      if (isWhole?.() === false) return reject(cutOff())
      if (trailers !== undefined && !res.destroyed)
        res.addTrailers(trailers().map(([name, value]): [string, string] => [name, value]))
      isWritten = true
      res.end()
      resolve()
    })
  })
}

/** Behind a cut what was paid for still leaves, and then the connection ends in the middle of the answer. */
async function pump(res: ServerResponse, body: StreamedBody): Promise<void> {
  try {
    await pumpAll(res, body)
  } catch (cause) {
    if (!isCut(cause)) throw cause
    res.socket?.destroySoon()
  }
}

async function pumpAll(res: ServerResponse, { stream, trailers }: StreamedBody): Promise<void> {
  res.flushHeaders()
  // One listener of each for the whole stream: a pair for each piece would stay until the last.
  let goOn = () => {}
  const wake = () => goOn()
  res.on('drain', wake).on('close', wake)
  for await (const chunk of stream) {
    if (res.destroyed) break
    const drained = new Promise<void>((resolve) => {
      goOn = resolve
    })
    if (!res.write(chunk) && !res.destroyed) await drained
  }
  if (trailers !== undefined && !res.destroyed)
    res.addTrailers(trailers().map(([name, value]): [string, string] => [name, value]))
  res.end()
}
