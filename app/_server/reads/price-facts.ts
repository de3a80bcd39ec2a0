/** What sales and open invoices say about prices: figures for the list and for the price tab. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'
import { countOpenInvoices } from '#lib/paywall/challenges/challenge-store.ts'
import { countSalesByPrice, listEarnings } from '#lib/paywall/settlements/sale-store.ts'
import { listUsageByResource } from '#lib/paywall/usage/usage-store.ts'

const VIEW_DAYS_MS = 30 * 24 * 60 * 60 * 1000

export interface Earnings {
  /** Sales and net revenue since the beginning, by resource id. */
  readonly earned: ReadonlyMap<string, { readonly sales: number; readonly netMsat: bigint }>
  /** Views by people in the last 30 days, by resource id. */
  readonly views: ReadonlyMap<string, number>
}

/** What these resources of a creator earned. */
export async function readEarnings(
  key: { creatorId: string; resourceIds: readonly string[] },
  now: Date,
): Promise<Earnings> {
  return await webDeps().db.asCreator(key.creatorId, async (tx) => {
    const earned = await listEarnings(tx, key)
    const usage = await listUsageByResource(tx, { ...key, from: new Date(now.getTime() - VIEW_DAYS_MS), to: now })
    return {
      earned: new Map(earned.map((row) => [row.resourceId, row])),
      views: new Map(usage.map((row) => [row.resourceId, row.views])),
    }
  })
}

interface PriceFacts {
  readonly salesByVersion: ReadonlyMap<number, number>
  /** Invoices that can still be paid, by their amount. */
  readonly openByAmount: ReadonlyMap<bigint, number>
}

/** What happened at each price of one resource. */
export async function readPriceFacts(key: { creatorId: string; resourceId: string }, now: Date): Promise<PriceFacts> {
  return await webDeps().db.asCreator(key.creatorId, async (tx) => {
    const sales = await countSalesByPrice(tx, key)
    const open = await countOpenInvoices(tx, { ...key, now })
    return {
      salesByVersion: new Map(sales.map((row) => [row.priceVersion, row.sales])),
      openByAmount: new Map(open.map((row) => [row.amountMsat, row.count])),
    }
  })
}
