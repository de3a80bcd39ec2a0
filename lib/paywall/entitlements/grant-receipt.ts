/** Who paid and cannot be told the preimage gets a receipt: a token that opens the same and is proven by a secret of ours. */
import type { Db } from '#lib/db.ts'
import { KEY_ID_BYTES } from '#lib/l402/identifier.ts'
import type { Preimage } from '#lib/l402/preimage.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import { mintToken } from '#lib/paywall/challenges/mint-token.ts'
import type { RingKeys } from '#lib/paywall/keys/ring-cache.ts'
import type { Settlement } from '#lib/paywall/settlements/settlement-store.ts'
import { deriveReceipt } from './entitlement.ts'
import { insertReceipt } from './entitlement-store.ts'

export interface ReceiptDeps {
  readonly db: Db
  readonly l402: TokenContext
}

/** The sale that a receipt is asked for, and the keys of its creator. */
export interface Receivable {
  readonly ring: Pick<RingKeys, 'find'>
  readonly sale: Settlement
}

export interface Receipt {
  /** Canonical bytes; the token id and the rights of the sale. */
  readonly macaroon: Uint8Array
  readonly preimage: Preimage
}

/**
 * Hands out the receipt of a sale, noted before it leaves so that every later claim gets it too. Done again it is the
 * same, byte for byte. `null`: the sale's ring key is retired. Throws `database.unavailable`. Source: protocol.md §10.3.
 */
export async function grantReceipt(deps: ReceiptDeps, { ring, sale }: Receivable): Promise<Receipt | null> {
  const ringKey = ring.find(sale.tokenId.subarray(0, KEY_ID_BYTES))
  if (ringKey === null) return null
  const { preimage, paymentHash } = deriveReceipt(deps.l402, ringKey.key, sale.tokenId)
  const macaroon = mintToken(deps.l402, ring, { ...sale, paymentHash })
  if (macaroon === null) return null
  await insertReceipt(deps.db.client, { ...sale, paymentHash })
  return { macaroon, preimage }
}
