/** One request with a small answer that is held whole: its time, size, kind and number of hops are bounded. */
import type { Dispatcher } from 'undici'
import { Fault } from '#lib/errors.ts'
import type { EgressUse } from './connect.ts'
import type { Target } from './target.ts'

export interface BoundedRequest extends EgressUse {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** For everything, from the name to the last byte; 10,000 when left out. */
  readonly deadlineMs?: number
  /** Of the body; 65,536 when left out. */
  readonly maxBytes?: number
  /** Media types that are of use, without parameters: `image/png`; any when left out. */
  readonly contentTypes?: readonly string[]
  readonly signal?: AbortSignal
}

export interface BoundedAnswer {
  readonly status: number
  /** Names in lower case; a field that came more than once is an array. */
  readonly headers: Dispatcher.ResponseData['headers']
  /** Without parameters, in lower case; empty when the server named none. */
  readonly contentType: string
  readonly body: Uint8Array
}

const DEADLINE_MS = 10_000
const ANSWER_BYTES = 64 * 1024

/** Any status but a redirect is an answer; whether it is a good one is for the caller. Rejects with `Fault` or with what undici throws. */
export async function requestBounded(
  dispatcher: Dispatcher,
  { url }: Target,
  request: BoundedRequest,
): Promise<BoundedAnswer> {
  const { maxBytes = ANSWER_BYTES, contentTypes } = request
  const deadline = AbortSignal.timeout(request.deadlineMs ?? DEADLINE_MS)
  const answer = await dispatcher.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method ?? 'GET',
    headers: { 'accept-encoding': 'identity', 'user-agent': 'Satstile', ...request.headers },
    body: request.body ?? null,
    signal: request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]),
  })
  const { statusCode: status, headers } = answer
  const contentType = textOf(headers['content-type']).split(';')[0]?.trim().toLowerCase() ?? ''
  const objection = findObjection({ status, headers, contentType, maxBytes, contentTypes })
  if (objection !== null) {
    // What is given up tells so as an error, which is the objection's to say.
    answer.body.on('error', () => undefined).destroy()
    throw objection
  }
  return { status, headers, contentType, body: await readBody(answer.body, maxBytes) }
}

interface Head {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly contentType: string
  readonly maxBytes: number
  readonly contentTypes: readonly string[] | undefined
}

/** What the head alone says against reading on. */
function findObjection({ status, headers, contentType, maxBytes, contentTypes }: Head): Fault | null {
  if (status >= 300 && status < 400) {
    return unusable(
      'redirect',
      'The server sends elsewhere (a redirect), which is not followed: give the final address.',
    )
  }
  if (Number(textOf(headers['content-length'])) > maxBytes) return tooLarge(maxBytes)
  const coding = textOf(headers['content-encoding']).toLowerCase()
  if (coding !== '' && coding !== 'identity') {
    return unusable('coding', 'The answer is compressed, which was not asked for.')
  }
  if (status < 300 && contentTypes !== undefined && !contentTypes.includes(contentType)) {
    return unusable('content_type', `The answer is not of a usable kind; expected ${contentTypes.join(', ')}.`)
  }
  return null
}

async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body) {
    length += piece.length
    // Leaving the loop destroys the stream, and with it the connection.
    if (length > maxBytes) throw tooLarge(maxBytes)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function tooLarge(maxBytes: number): Fault {
  return unusable('too_large', `The answer is larger than ${Math.floor(maxBytes / 1024).toLocaleString('en')} KiB.`)
}

function unusable(reason: string, publicMessage: string): Fault {
  return new Fault('egress.unusable', `an answer is of no use: ${reason}`, { publicMessage, details: { reason } })
}

function textOf(field: string | string[] | undefined): string {
  return Array.isArray(field) ? field.join(', ') : (field ?? '')
}
