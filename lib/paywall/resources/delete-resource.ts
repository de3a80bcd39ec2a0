/** What taking a resource away means whatever its kind: what buyers lose, and what its row says afterwards (decisions/024). */
import type { Tx } from '#lib/db.ts'
import { countOpenInvoices } from '#lib/paywall/challenges/challenge-store.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import { listEarnings } from '#lib/paywall/settlements/sale-store.ts'
import type { ResourceKey } from './resource.ts'
import { deleteUnpublished, getListing, writeDeleted } from './resource-store.ts'

export interface BuyersLoss {
  /** Who bought it, and for whom nothing opens any more. */
  readonly buyers: number
  /** Can still be paid when nothing stands behind them any more. */
  readonly openInvoices: number
}

export async function readBuyersLoss(tx: Tx, { creatorId, resourceId }: ResourceKey, now: Date): Promise<BuyersLoss> {
  const [earned] = await listEarnings(tx, { creatorId, resourceIds: [resourceId] })
  const open = await countOpenInvoices(tx, { creatorId, resourceId, now })
  return { buyers: earned?.sales ?? 0, openInvoices: open.reduce((sum, { count }) => sum + count, 0) }
}

/**
 * One that was never on sale leaves nothing. Of another the row stays, its addresses and services are given to nobody, and
 * gateways hear of it. `deleteRows` takes away what only its kind has. The caller holds the creator's row.
 */
export async function takeAway(
  tx: Tx,
  key: ResourceKey,
  { wasPublished, at, deleteRows }: { wasPublished: boolean; at: Date; deleteRows: () => Promise<void> },
): Promise<void> {
  const { creatorId, resourceId } = key
  const { slug } = await getListing(tx, key)
  await deleteRows()
  if (!wasPublished) return deleteUnpublished(tx, key, at)
  await raiseChangeNumber(tx, creatorId)
  await writeDeleted(tx, key, at)
  await appendEvents(tx, [{ creatorId, type: 'resource.deleted', payload: { resourceId, slug } }])
}
