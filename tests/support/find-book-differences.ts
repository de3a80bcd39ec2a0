/** Everything in the books that does not fit together, by the walks of the audit from the first row to the last. */
import type { Tx } from '#lib/db.ts'
import { type BookDifference, walkBalances, walkSales } from '#lib/paywall/ledger/audit-store.ts'

/** At most `limit` findings. */
export async function findBookDifferences(tx: Tx, limit: number): Promise<BookDifference[]> {
  const found: BookDifference[] = []
  for (let after: string | null = ''; after !== null; ) {
    const { differences, next }: Awaited<ReturnType<typeof walkBalances>> = await walkBalances(tx, {
      after,
      limit: 100,
    })
    found.push(...differences)
    after = next
  }
  for (let from: Date | null = new Date(0); from !== null; ) {
    const { differences, next }: Awaited<ReturnType<typeof walkSales>> = await walkSales(tx, { from, limit: 1_000 })
    found.push(...differences)
    from = next
  }
  return found.slice(0, limit)
}
