/** An answer of the gate leaves as HTTP/1.1: lengths stated, streams with back-pressure, nothing after a client has gone. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { GateAnswer, HeaderField, StreamedBody } from '#lib/gate/request.ts'

/** Hands the answer to the socket at once; of a stream, resolves when its last piece is, or the client has gone. */
export function send(res: ServerResponse, answer: GateAnswer): Promise<void> | undefined {
  const { body } = answer
  if (body !== null && typeof body === 'object' && 'stream' in body) {
    const fields = flatten(answer.headers)
    if (body.length !== undefined) fields.push('Content-Length', String(body.length))
    if (body.trailers !== undefined) fields.push('Transfer-Encoding', 'chunked')
    res.writeHead(answer.status, fields)
    return pump(res, body)
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const fields = flatten(answer.headers)
  if (answer.status !== 204 && answer.status !== 304) fields.push('Content-Length', String(bytes?.length ?? 0))
  res.writeHead(answer.status, fields)
  if (bytes === null) res.end()
  else res.end(bytes)
  return undefined
}

function flatten(headers: readonly HeaderField[]): string[] {
  const flat: string[] = []
  for (const [name, value] of headers) flat.push(name, value)
  return flat
}

async function pump(res: ServerResponse, { stream, trailers }: StreamedBody): Promise<void> {
  res.flushHeaders()
  for await (const chunk of stream) {
    if (res.destroyed) break
    if (!res.write(chunk)) await Promise.race([once(res, 'drain'), once(res, 'close')])
  }
  if (trailers !== undefined && !res.destroyed)
    res.addTrailers(trailers().map(([name, value]): [string, string] => [name, value]))
  res.end()
}
