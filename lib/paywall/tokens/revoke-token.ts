/** Withdrawing a sale denies its token, and what it gave inside every larger token that was made from it. */
import type { Db } from '#lib/db.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import type { Denial } from './deny-list.ts'
import { insertDenials, isSold, listCarriers } from './deny-store.ts'

/**
 * Denies one sold token, by its token id (32 bytes). In every connected gateway within two seconds. `replayed`: it was
 * denied before; `foreign`: this creator never sold it. The lock on the creator's row keeps out challenges that would
 * carry the purchase on meanwhile. Source: protocol.md §8.4.
 */
export async function revokeToken(
  deps: { db: Db },
  input: { creatorId: string; tokenId: Uint8Array },
): Promise<'applied' | 'replayed' | 'foreign'> {
  const { creatorId, tokenId } = input
  return deps.db.asCreator(creatorId, async (tx) => {
    const changeNumber = await raiseChangeNumber(tx, creatorId)
    if (!(await isSold(tx, { creatorId, tokenId }))) return 'foreign'
    const carriers = await listCarriers(tx, { creatorId, tokenId })
    const carried = carriers.flatMap((carrier) =>
      carrier.services.map((service): Denial => ({ kind: 'service', subject: carrier.tokenId, service })),
    )
    const denials: Denial[] = [{ kind: 'token', subject: tokenId, service: '' }, ...carried]
    return (await insertDenials(tx, { creatorId, changeNumber, denials })) > 0 ? 'applied' : 'replayed'
  })
}
