/** The books are held against themselves and against each backend's own list; every difference is reported, none is mended in silence. */
import { encodeHex } from '#lib/l402/bytes.ts'
import type { BackendId, Backends, Cursor, InvoiceUpdate, LightningBackend } from '#lib/lightning/backend.ts'
import { handleUpdates, isOurs, type UpdateDeps } from '#lib/paywall/settlements/handle-update.ts'
import { listReceived } from '#lib/paywall/settlements/settlement-store.ts'
import { findBookDifferences } from './ledger-store.ts'

export interface AuditDeps extends UpdateDeps {
  readonly backends: Backends
}

export interface AuditResult {
  /** Places where the books disagree with themselves. */
  readonly books: number
  /** Invoices that a backend calls settled and that were not credited, or for another amount. */
  readonly node: number
}

const MAX_FINDINGS = 100
const LIST_PAGE = 500

/**
 * Reads the whole books and the whole list of each backend that has one, page by page; hourly work, not for the start. A payment that was
 * never credited is credited now, and it is an alarm all the same: the three sources should not have missed it.
 */
export async function auditLedger(deps: AuditDeps, signal: AbortSignal): Promise<AuditResult> {
  const differences = await findBookDifferences(deps.db.client, MAX_FINDINGS)
  for (const difference of differences) {
    deps.log.error('the books do not agree with themselves', {
      creatorId: difference.creatorId,
      reason: difference.what,
    })
  }
  let node = 0
  for (const backend of deps.backends.list())
    if (backend.capabilities.list) node += await auditBackend(deps, backend, signal)
  return { books: differences.length, node }
}

async function auditBackend(deps: AuditDeps, backend: LightningBackend, signal: AbortSignal): Promise<number> {
  const backendId = await backend.getId()
  let found = 0
  let after: Cursor | null = null
  while (!signal.aborted) {
    const page: Awaited<ReturnType<LightningBackend['listInvoices']>> = await backend.listInvoices({
      after,
      limit: LIST_PAGE,
    })
    found += await auditPage(deps, page.invoices, backendId)
    if (page.invoices.length === 0 || page.next === after) break
    after = page.next
  }
  return found
}

async function auditPage(deps: AuditDeps, invoices: readonly InvoiceUpdate[], backendId: BackendId): Promise<number> {
  const paid = invoices.filter((invoice) => invoice.state === 'settled' && isOurs(invoice))
  const credited = await listReceived(
    deps.db.client,
    paid.map((invoice) => invoice.paymentHash),
  )
  const wrong = paid.filter((invoice) => credited.get(encodeHex(invoice.paymentHash)) !== invoice.receivedMsat)
  // Money that settled a moment ago may be under way through the stream: only what was not booked before is an alarm.
  for (const outcome of await handleUpdates(deps, wrong, { backendId, source: 'sweep' }))
    deps.log.error('the node holds a payment that the books did not', { reason: outcome })
  return wrong.length
}
