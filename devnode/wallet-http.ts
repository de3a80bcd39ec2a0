/** What every answer of the demo wallet shares: who may ask, how much may be sent, and in which form faults are told. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

const MAX_BODY_BYTES = 16 * 1024

export const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: `${JSON.stringify(value)}\n`,
})

/** `field` is the member of the request that stands in the way, `null` when it is the request as a whole. */
export const refusal = (status: number, field: string | null, message: string): Answer =>
  json(status, { error: 'input.invalid', ...(field === null ? {} : { field }), message })

/** Names that mean this machine: `localhost`, anything under it, and the loopback addresses. */
function isLoopbackName(hostname: string): boolean {
  return /^(?:.+\.)?localhost$|^127\.0\.0\.1$|^\[::1\]$/i.test(hostname)
}

/** The origin that may read the answer: reader pages on `*.localhost`. `false`: another site, which may not even ask. */
export function readOrigin(req: IncomingMessage): string | null | false {
  const { origin } = req.headers
  if (origin === undefined) return null
  try {
    return isLoopbackName(new URL(origin).hostname) ? origin : false
  } catch {
    return false
  }
}

/** A page of another site can point its own name at 127.0.0.1; then the Host header still says the other name. */
export function isAskedByName(req: IncomingMessage, ownHost: string): boolean {
  const hostname = (req.headers.host ?? '').replace(/:\d+$/, '')
  return isLoopbackName(hostname) || hostname === ownHost
}

/** The body as text; `null` when it is larger than any invoice needs. */
export async function readBody(req: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Only our own files, no foreign requests, no frames. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}

export function sendAnswer(res: ServerResponse, answer: Answer, origin: string | null): void {
  const cors =
    origin === null
      ? {}
      : {
          'Access-Control-Allow-Origin': origin,
          'Access-Control-Allow-Methods': 'GET, POST',
          'Access-Control-Allow-Headers': 'Content-Type',
          'Access-Control-Max-Age': '7200',
        }
  res.writeHead(answer.status, { ...SECURITY_HEADERS, Vary: 'Origin', ...cors, ...answer.headers })
  res.end(answer.body)
}
