/** The token id inside a macaroon. */
import { decodeIdentifier, type TokenId } from '#lib/l402/identifier.ts'
import { decodeMacaroon } from '#lib/l402/macaroon.ts'

export function tokenIdOf(macaroon: Uint8Array): TokenId {
  const read = decodeMacaroon(macaroon)
  const identifier = read.kind === 'refused' ? read : decodeIdentifier(read.macaroon.identifier)
  if (identifier.kind === 'refused') throw new TypeError('unreadable')
  return identifier.identifier.tokenId
}
