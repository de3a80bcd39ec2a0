/** A proof of a payment that nobody made, as whoever broke into a node or stole a ring key could show it. */
import { sha256 } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { TestNode } from './dev-node.ts'

/** From the journal of the dev node; throws when it made no such invoice. */
export function unpaidPreimage(node: Pick<TestNode, 'read'>, paymentHash: string): Uint8Array {
  const lines = node.read('log').toString()
  const found = [...lines.matchAll(/"preimage":"([0-9a-f]{64})"/g)]
    .map(([, hex = '']) => Buffer.from(hex, 'hex'))
    .find((preimage) => encodeHex(sha256(preimage)) === paymentHash)
  if (found === undefined) throw new TypeError(`no invoice of ${paymentHash}`)
  return found
}
