/** The books are compared with themselves and with each backend's own list; every difference is reported, none is corrected in silence. */
import { inParallel } from '#lib/in-parallel.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type {
  BackendId,
  Backends,
  Cursor,
  InvoicePage,
  InvoiceUpdate,
  LightningBackend,
} from '#lib/lightning/backend.ts'
import { describeCause } from '#lib/log.ts'
import { handleUpdates, isOurs, type UpdateDeps } from '#lib/paywall/settlements/handle-update.ts'
import { listReceived } from '#lib/paywall/settlements/settlement-store.ts'
import { readMark, readTime, setMark, type Walked, walkBalances, walkEntries, walkSales } from './audit-store.ts'

export interface AuditDeps extends UpdateDeps {
  readonly backends: Backends
}

export interface AuditResult {
  /** Places where the books disagree with themselves. */
  readonly books: number
  /** Invoices that a backend calls settled and that were not credited, or for another amount. */
  readonly node: number
  /** Every walk came to its end; what was not walked is not known to be in order. */
  readonly isComplete: boolean
}

const LIST_PAGE = 500
const WINDOW_CREATORS = 20_000
const WINDOW_ENTRIES = 50_000
const WINDOW_SALES = 50_000
/** A transaction that began earlier may become visible later; none lives this long (lib/db.ts). */
const LATE_MS = 10 * 60_000
/** What was found in order before is walked again for so long in each audit, so that all of it is in turn. */
const AGAIN_MS = 5_000
const SALES_WALK = 'sales'
const AGAIN_WALK = 'sales-again'
const BEGINNING = '1970-01-01T00:00:00.000Z'

/**
 * Walks the entries and sales that came since the last audit, all balances, a part of the older sales, and of each backend's list
 * what is younger than the last invoice that was final; hourly work, not for the start. A payment that was never credited
 * is credited now, and it is an alarm all the same: the three sources should not have missed it. So is a walk that did not
 * come to its end: the others are walked nevertheless.
 */
export async function auditLedger(deps: AuditDeps, signal: AbortSignal): Promise<AuditResult> {
  const total = { books: 0, node: 0, isComplete: true }
  const walk = async (name: string, work: () => Promise<void>) => {
    try {
      await work()
      if (!signal.aborted) return
      deps.log.info('the audit was stopped before its end', { reason: name })
    } catch (cause) {
      deps.log.error('the audit did not complete', { reason: name, cause: describeCause(cause) })
    }
    total.isComplete = false
  }
  const add = async (kind: 'books' | 'node', found: Promise<number>) => {
    const count = await found
    total[kind] += count
  }
  await walk('balances', () => add('books', auditBalances(deps, signal)))
  await walk('sales', () => add('books', auditSales(deps, signal)))
  const listed = deps.backends.list().filter(({ capabilities }) => capabilities.list)
  await inParallel(listed, listed.length, (backend) =>
    walk('node', () => add('node', auditBackend(deps, backend, signal))),
  )
  return total
}

async function auditBalances(deps: AuditDeps, signal: AbortSignal): Promise<number> {
  const startedAt = await readTime(deps.db.client)
  const entries = { before: new Date(startedAt.getTime() - LATE_MS), limit: WINDOW_ENTRIES }
  while (!signal.aborted && (await deps.db.inTransaction((tx) => walkEntries(tx, entries)))) {
    // The next window.
  }
  let found = 0
  let after: string | null = ''
  while (after !== null && !signal.aborted) {
    const walked: Walked<string> = await walkBalances(deps.db.client, { after, limit: WINDOW_CREATORS })
    found += report(deps, walked)
    after = walked.next
  }
  return found
}

/** The mark does not pass a difference: it is told by every audit until somebody has corrected it. */
async function auditSales(deps: AuditDeps, signal: AbortSignal): Promise<number> {
  const { client } = deps.db
  const startedAt = await readTime(client)
  let found = 0
  let from: Date | null = earlier(await readMark(client, SALES_WALK))
  while (from !== null && !signal.aborted) {
    const walked: Walked<Date> = await walkSales(client, { from, limit: WINDOW_SALES })
    found += report(deps, walked)
    from = walked.next
    if (from !== null && found === 0) await setMark(client, { walk: SALES_WALK, place: from.toISOString() })
  }
  if (found === 0 && !signal.aborted) {
    await setMark(client, { walk: SALES_WALK, place: startedAt.toISOString() })
    found += await auditAgain(deps, signal)
  }
  return found
}

async function auditAgain(deps: AuditDeps, signal: AbortSignal): Promise<number> {
  const { client } = deps.db
  const until = performance.now() + AGAIN_MS
  let found = 0
  let from: Date | null = new Date((await readMark(client, AGAIN_WALK)) ?? BEGINNING)
  while (from !== null && found === 0 && performance.now() < until && !signal.aborted) {
    const walked: Walked<Date> = await walkSales(client, { from, limit: WINDOW_SALES })
    found += report(deps, walked)
    from = walked.next
    if (found === 0) await setMark(client, { walk: AGAIN_WALK, place: from?.toISOString() ?? BEGINNING })
  }
  return found
}

function earlier(mark: string | null): Date {
  return mark === null ? new Date(BEGINNING) : new Date(new Date(mark).getTime() - LATE_MS)
}

function report(deps: AuditDeps, { differences }: Walked<unknown>): number {
  for (const { creatorId, what } of differences)
    deps.log.error('the books do not agree with themselves', { creatorId, reason: what })
  return differences.length
}

/** From the oldest of our invoices that was not final the last time: what is final and was compared never changes again. */
async function auditBackend(deps: AuditDeps, backend: LightningBackend, signal: AbortSignal): Promise<number> {
  const backendId = await backend.getId()
  const walk = `node/${backendId}`
  let found = 0
  let after: Cursor | null = await readMark(deps.db.client, walk)
  let isFinal = true
  while (!signal.aborted) {
    const page: InvoicePage = await backend.listInvoices({ after, limit: LIST_PAGE })
    found += await auditPage(deps, page.invoices, backendId)
    const place = lastFinal(page.invoices)
    if (isFinal && place !== null) await setMark(deps.db.client, { walk, place })
    isFinal &&= place === page.invoices.at(-1)?.listCursor
    if (page.invoices.length === 0 || page.next === after) break
    after = page.next
  }
  return found
}

/** The place of the last invoice before the first of ours that may still be paid or canceled; `null`: there is none. */
function lastFinal(invoices: readonly InvoiceUpdate[]): Cursor | null {
  const open = invoices.findIndex(
    (invoice) => isOurs(invoice) && (invoice.state === 'open' || invoice.state === 'held'),
  )
  return (open === -1 ? invoices.at(-1) : invoices[open - 1])?.listCursor ?? null
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
