/** One question to a seller's server and its answer, by the one way out and within the seller's deadline. */
import type { Clock } from '#lib/clock.ts'
import type { Egress } from '#lib/egress/egress.ts'
import { concatBytes, decodeUtf8, encodeHex, encodeUtf8, type Hmac } from '#lib/l402/bytes.ts'
import { type PriceAnswer, readPriceJson, withinBounds } from './price-answer.ts'
import type { AskedRequest, PriceQuestion } from './price-question.ts'
import { decodeGetPrice, encodeGetPrice, GET_PRICE } from './prices-rpc.ts'

export interface AskPriceDeps {
  readonly egress: Pick<Egress, 'request' | 'pool'>
  readonly hmac: Hmac
  readonly clock: Clock
}

/** Rejects with whatever `egress` rejects with: `describeTrouble` tells it. */
export async function askPrice(deps: AskPriceDeps, question: PriceQuestion): Promise<PriceAnswer> {
  const answer = question.endpoint.form === 'grpc' ? await askByGrpc(deps, question) : await askByHttp(deps, question)
  return withinBounds(answer, question)
}

/** Of a price for all of a rule nothing is told but which. */
const WHATEVER: AskedRequest = { method: 'GET', path: '/', query: [] }
const ANSWER_BYTES = 4_096

async function askByHttp(deps: AskPriceDeps, question: PriceQuestion): Promise<PriceAnswer> {
  const { creatorId, endpoint, service, asked } = question
  const body = encodeUtf8(JSON.stringify({ service, ...asked }))
  const answer = await deps.egress.request({
    ...{ creatorId, url: endpoint.url, method: 'POST', body, deadlineMs: endpoint.deadlineMs, maxBytes: ANSWER_BYTES },
    headers: { 'content-type': 'application/json', accept: 'application/json', ...sign(deps, question, body) },
    contentTypes: ['application/json'],
  })
  if (answer.status !== 200)
    return { kind: 'unusable', sentence: `The server answered with the status ${answer.status}.` }
  return readPriceJson(decodeUtf8(answer.body) ?? '')
}

/** As requests to the upstream are, over the second of asking and the body: nobody else can ask in our name. */
function sign({ hmac, clock }: AskPriceDeps, { signingKey }: PriceQuestion, body: Uint8Array): Record<string, string> {
  const seconds = Math.floor(clock.now().getTime() / 1000)
  const signature = encodeHex(hmac(signingKey, concatBytes(encodeUtf8(`${seconds}\n`), body)))
  return { 'x-l402-signature': `t=${seconds},v1=${signature}` }
}

/** One byte says whether a message is compressed, four how long it is. */
const PREFIX_BYTES = 5

async function askByGrpc(deps: AskPriceDeps, question: PriceQuestion): Promise<PriceAnswer> {
  const { creatorId, endpoint, asked } = question
  const { url, deadlineMs } = endpoint
  const message = encodeGetPrice(asked ?? WHATEVER)
  const body = new Uint8Array(PREFIX_BYTES + message.length)
  new DataView(body.buffer).setUint32(1, message.length)
  body.set(message, PREFIX_BYTES)
  const answer = await deps.egress.pool({ creatorId, url, http2: 'only' }).request({
    origin: new URL(url).origin,
    path: GET_PRICE,
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/grpc', te: 'trailers', 'grpc-timeout': `${deadlineMs}m` },
      ...sign(deps, question, message),
    },
    body,
    signal: AbortSignal.timeout(deadlineMs),
  })
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of answer.body as AsyncIterable<Uint8Array>) {
    length += piece.length
    if (length > ANSWER_BYTES) return { kind: 'unusable', sentence: 'The answer is larger than 4 KiB.' }
    pieces.push(piece)
  }
  const status = answer.trailers['grpc-status'] ?? answer.headers['grpc-status']
  if (status !== '0')
    return { kind: 'unusable', sentence: `The server answered with the gRPC status ${status ?? 'unknown'}.` }
  return readMessage(concatBytes(...pieces))
}

function readMessage(framed: Uint8Array): PriceAnswer {
  const isWhole =
    framed.length >= PREFIX_BYTES &&
    framed[0] === 0 &&
    new DataView(framed.buffer, framed.byteOffset).getUint32(1) === framed.length - PREFIX_BYTES
  return isWhole
    ? decodeGetPrice(framed.subarray(PREFIX_BYTES))
    : { kind: 'unusable', sentence: 'The answer is not one plain message.' }
}
