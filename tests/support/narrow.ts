/** A holder writes a further condition onto a token. */
import type { GatewayDeps } from '#lib/compose-gateway.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon } from '#lib/l402/macaroon.ts'
import type { Purchase } from './gateway.ts'

/** `L402 M:P` of the narrower copy. */
export function narrow({ l402 }: Pick<GatewayDeps, 'l402'>, purchase: Purchase, caveat: string): string {
  const read = decodeMacaroon(purchase.macaroon)
  if (read.kind === 'refused') throw new TypeError('unreadable')
  const macaroon = appendCaveat(l402.hmac, read.macaroon, encodeUtf8(caveat))
  return `L402 ${Buffer.from(encodeMacaroon(macaroon)).toString('base64')}:${purchase.preimage}`
}
