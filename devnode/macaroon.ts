/** The node's own macaroons: which calls a caller may make, signed with the node's root key. */
import { createHmac, timingSafeEqual } from 'node:crypto'

const RIGHTS = {
  'info:read': 1,
  'invoices:read': 2,
  'invoices:write': 4,
  'offchain:read': 8,
  'offchain:write': 16,
} as const
export type Right = keyof typeof RIGHTS

/** One right each, as the trust zones want it: ask for invoices, look at them, spend. */
export const MACAROON_FILES: Readonly<Record<string, readonly Right[]>> = {
  'invoice.macaroon': ['info:read', 'invoices:read', 'invoices:write'],
  'read.macaroon': ['info:read', 'invoices:read', 'offchain:read'],
  'spend.macaroon': ['info:read', 'invoices:read', 'offchain:read', 'offchain:write'],
}

/** Every identifier begins so: production refuses a macaroon file that has the mark in it. */
const MARK = 'development-'

/** A V2 macaroon without caveats. */
export function writeMacaroon(rootKey: Buffer, rights: readonly Right[]): Buffer {
  const identifier = Buffer.from(MARK + rights.join(','))
  return Buffer.concat([
    Buffer.from([2]),
    packet(1, Buffer.from('lnd')),
    packet(2, identifier),
    Buffer.from([0, 0]),
    packet(6, signatureOf(rootKey, identifier)),
  ])
}

/**
 * The rights a macaroon carries, `null` when this node did not sign it. One with caveats is not accepted: this node
 * enforces none, and a condition that nobody tests would be a lie.
 */
export function readRights(rootKey: Buffer, hex: string): readonly Right[] | null {
  const bytes = Buffer.from(hex, 'hex')
  const [, locationLength = 0] = bytes.subarray(1)
  const identifierAt = 3 + locationLength
  const identifierLength = bytes[identifierAt + 1] ?? 0
  const identifier = bytes.subarray(identifierAt + 2, identifierAt + 2 + identifierLength)
  const rights = identifier.toString().slice(MARK.length).split(',').filter(isRight)
  const expected = writeMacaroon(rootKey, rights)
  return expected.length === bytes.length && timingSafeEqual(expected, bytes) ? rights : null
}

const isRight = (text: string): text is Right => text in RIGHTS

const packet = (type: number, data: Buffer) => Buffer.concat([Buffer.from([type, data.length]), data])

function signatureOf(rootKey: Buffer, identifier: Buffer): Buffer {
  const derived = createHmac('sha256', 'macaroons-key-generator').update(rootKey).digest()
  return createHmac('sha256', derived).update(identifier).digest()
}
