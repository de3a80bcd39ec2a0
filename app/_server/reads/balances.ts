/** A creator's money for the frame of every page. */
import 'server-only'
import { cache } from 'react'
import { webDeps } from '#app/_server/deps.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import * as ledger from '#lib/paywall/ledger/ledger-store.ts'

/** `null` while the books cannot be read: the page stays, the figure says that it is not known. */
export const readBalances = cache(async (creatorId: string): Promise<ledger.Balances | null> => {
  const read = await whileReachable(() => webDeps().db.asCreator(creatorId, (tx) => ledger.readBalances(tx, creatorId)))
  return read.kind === 'reached' ? read.value : null
})
