/** The beginning of a request's body is looked at before it is let in, and reaches the upstream byte for byte all the same. */
import type { GateRequest } from '#lib/gate/request.ts'
import { createJsonNumbers } from './json-numbers.ts'

type BodyOf = Pick<GateRequest, 'body'>

interface Peeked {
  /** Not more than `MAX_PEEKED_BYTES` and what came with the last of them. */
  readonly pieces: readonly Uint8Array[]
  readonly isWhole: boolean
  readonly rest: AsyncIterator<Uint8Array>
}

/** A request that is longer reserves the most that it could have asked for. */
const MAX_PEEKED_BYTES = 256 * 1024

const peeked = new WeakMap<BodyOf, Promise<Peeked>>()

/** The number at one place of a JSON body; `null`: none, no JSON, or too long to know. Rejects when the body breaks off. */
export async function readAskedNumber(request: BodyOf, pointer: string): Promise<number | null> {
  const { pieces, isWhole } = await peek(request)
  if (!isWhole) return null
  const numbers = createJsonNumbers([pointer], 'largest')
  for (const piece of pieces) numbers.push(piece)
  return numbers.end()?.get(pointer) ?? null
}

function peek(request: BodyOf): Promise<Peeked> {
  const known = peeked.get(request) ?? readAhead(request.body[Symbol.asyncIterator]())
  peeked.set(request, known)
  return known
}

async function readAhead(rest: AsyncIterator<Uint8Array>): Promise<Peeked> {
  const pieces: Uint8Array[] = []
  for (let length = 0; length < MAX_PEEKED_BYTES; ) {
    const next = await rest.next()
    if (next.done) return { pieces, isWhole: true, rest }
    pieces.push(next.value)
    length += next.value.length
  }
  return { pieces, isWhole: false, rest }
}

/** The body from its first byte, whether it was looked at or not; read by one reader, once. */
export function bodyOf(request: BodyOf): AsyncIterable<Uint8Array> {
  const known = peeked.get(request)
  return known === undefined ? request.body : replay(known)
}

async function* replay(known: Promise<Peeked>): AsyncGenerator<Uint8Array> {
  const { pieces, isWhole, rest } = await known
  yield* pieces
  if (!isWhole) yield* { [Symbol.asyncIterator]: () => rest }
}
