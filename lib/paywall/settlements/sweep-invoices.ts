/** Every unsettled challenge is compared with its backend, so that no lost event, gap or restart can lose a sale. */

import { Fault } from '#lib/errors.ts'
import { inParallel } from '#lib/in-parallel.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { BackendId, Backends, Cursor, InvoiceUpdate, LightningBackend } from '#lib/lightning/backend.ts'
import { describeCause } from '#lib/log.ts'
import {
  countOfOtherBackends,
  listUnsettled,
  moveChallenge,
  type SweepScope,
  setMissing,
  type UnsettledRow,
} from '#lib/paywall/challenges/sweep-store.ts'
import { handleUpdates, type UpdateDeps } from './handle-update.ts'
import { type SweepStep, sweepStep } from './invoice.ts'

export interface SweepDeps extends UpdateDeps {
  readonly backends: Backends
}

/** What one complete sweep saw. */
export interface SweepResult {
  readonly rows: number
  readonly settled: number
  readonly ended: number
}

const PAGE_ROWS = 1000
/** Up to this many rows of a page are looked up by hash; more are found by reading the node's list. */
const LOOKUP_ROWS = 64
const CALLS_IN_FLIGHT = 16
const LIST_PAGE = 500

/**
 * Walks all rows in scope that `backend` made, in order of creation, and does with each what its answer asks for.
 * Answers only when the sweep was complete; throws when the backend or Postgres failed on any row, since the cursor may rise after a
 * complete sweep only (reliability.md §5.3). Rows of another backend are left alone, and
 * reported when it is none of ours.
 */
export async function sweepInvoices(
  deps: SweepDeps,
  options: { backend: LightningBackend; scope: SweepScope; signal: AbortSignal },
): Promise<SweepResult> {
  const { backend, scope } = options
  const sweep: Sweep = { backend, backendId: await backend.getId(), startedAt: deps.clock.now(), total: emptyTotal() }
  let after: Cursor | null = null
  for (;;) {
    if (options.signal.aborted) throw new Fault('lightning.unavailable', 'the sweep was stopped before its end')
    const page = { backendId: sweep.backendId, scope, now: sweep.startedAt, after, limit: PAGE_ROWS }
    const rows: UnsettledRow[] = await listUnsettled(deps.db.client, page)
    await sweepPage(deps, rows, sweep)
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_ROWS) break
    after = last.listCursor
  }
  if (scope === 'all') await reportUnknownBackends(deps)
  return sweep.total
}

interface Sweep {
  readonly backend: LightningBackend
  readonly backendId: BackendId
  readonly startedAt: Date
  readonly total: { rows: number; settled: number; ended: number }
}

const emptyTotal = () => ({ rows: 0, settled: 0, ended: 0 })

async function sweepPage(deps: SweepDeps, rows: readonly UnsettledRow[], sweep: Sweep): Promise<void> {
  const { backend, backendId, total } = sweep
  const isListed = backend.capabilities.list && rows.length > LOOKUP_ROWS
  const listed = isListed ? await listAnswers(backend, rows) : new Map<string, InvoiceUpdate>()
  const settled: InvoiceUpdate[] = []
  await inParallel(rows, CALLS_IN_FLIGHT, async (row) => {
    // What the list does not hold is asked for by hash: only a look-up may say that the node does not know it.
    const answer = listed.get(encodeHex(row.paymentHash)) ?? (await backend.lookupInvoice(row.paymentHash))
    const step = sweepStep(row, answer, sweep)
    if (step !== 'settle') await moveOn(deps, { row, step, sweep })
    else if (answer !== null) settled.push(answer)
  })
  await handleUpdates(deps, settled, { backendId, source: 'sweep' })
  total.settled += settled.length
  total.rows += rows.length
}

/** The backend's list after the oldest of the rows up to the youngest, by payment hash. */
async function listAnswers(
  backend: LightningBackend,
  rows: readonly UnsettledRow[],
): Promise<Map<string, InvoiceUpdate>> {
  const wanted = new Set(rows.map((row) => encodeHex(row.paymentHash)))
  const until = rows.at(-1)?.listCursor ?? ''
  const found = new Map<string, InvoiceUpdate>()
  let after = rows[0]?.listCursor ?? null
  while (after !== null && after < until) {
    const { invoices, next } = await backend.listInvoices({ after, limit: LIST_PAGE })
    for (const invoice of invoices) {
      const hash = encodeHex(invoice.paymentHash)
      if (wanted.has(hash)) found.set(hash, invoice)
    }
    if (invoices.length === 0 || next === null || next <= after) break
    after = next
  }
  return found
}

async function moveOn(
  deps: SweepDeps,
  { row, step, sweep }: { row: UnsettledRow; step: Exclude<SweepStep, 'settle'>; sweep: Sweep },
): Promise<void> {
  const { paymentHash } = row
  const { backendId } = sweep
  switch (step) {
    case 'cancel':
      await moveChallenge(deps.db.client, { paymentHash, backendId, to: 'canceled' })
      sweep.total.ended += 1
      return
    case 'expire':
      await moveChallenge(deps.db.client, { paymentHash, backendId, to: 'expired' })
      return
    case 'note-missing':
      return setMissing(deps.db.client, { paymentHash, at: sweep.startedAt })
    case 'found-again':
      return setMissing(deps.db.client, { paymentHash, at: null })
    case 'keep':
      return
  }
}

async function reportUnknownBackends(deps: SweepDeps): Promise<void> {
  try {
    const ids = await Promise.all(deps.backends.list().map((backend) => backend.getId()))
    const count = await countOfOtherBackends(deps.db.client, ids)
    if (count > 0) deps.log.error('unsettled challenges belong to another backend than those connected', { count })
  } catch (cause) {
    deps.log.warn('challenges of other backends were not counted', { cause: describeCause(cause) })
  }
}
