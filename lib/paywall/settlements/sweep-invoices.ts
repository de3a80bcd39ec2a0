/** Every unsettled challenge is compared with the node, so that no lost event, gap or restart can lose a sale. */

import { Fault } from '#lib/errors.ts'
import { inParallel } from '#lib/in-parallel.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { InvoiceUpdate, LightningBackend } from '#lib/lightning/backend.ts'
import { describeCause } from '#lib/log.ts'
import {
  countOfOtherNodes,
  listUnsettled,
  moveChallenge,
  type SweepScope,
  setMissing,
  type UnsettledRow,
} from '#lib/paywall/challenges/sweep-store.ts'
import { handleUpdates, type UpdateDeps } from './handle-update.ts'
import { type SweepStep, sweepStep } from './invoice.ts'

export interface SweepDeps extends UpdateDeps {
  readonly backend: Pick<LightningBackend, 'getNodeKey' | 'lookupInvoice' | 'listInvoices'>
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
 * Walks all rows in scope in order of creation and does with each what the node's answer asks for. Answers only when
 * the sweep was complete; throws when the node or Postgres failed on any row, since the cursor may rise after a
 * complete sweep only (reliability.md §5.3). Rows of another node are left alone and reported.
 */
export async function sweepInvoices(
  deps: SweepDeps,
  options: { scope: SweepScope; signal: AbortSignal },
): Promise<SweepResult> {
  const nodeKey = await deps.backend.getNodeKey()
  const startedAt = deps.clock.now()
  const total = { rows: 0, settled: 0, ended: 0 }
  let afterAddIndex = 0n
  for (;;) {
    if (options.signal.aborted) throw new Fault('lightning.unavailable', 'the sweep was stopped before its end')
    const page = { nodeKey, scope: options.scope, now: startedAt, afterAddIndex, limit: PAGE_ROWS }
    const rows = await listUnsettled(deps.db.client, page)
    await sweepPage(deps, rows, { startedAt, total })
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_ROWS) break
    afterAddIndex = last.addIndex
  }
  if (options.scope === 'all') await reportOtherNodes(deps, nodeKey)
  return total
}

interface SweepState {
  readonly startedAt: Date
  readonly total: { rows: number; settled: number; ended: number }
}

async function sweepPage(deps: SweepDeps, rows: readonly UnsettledRow[], state: SweepState): Promise<void> {
  const listed = rows.length > LOOKUP_ROWS ? await listAnswers(deps, rows) : new Map<string, InvoiceUpdate>()
  const settled: InvoiceUpdate[] = []
  await inParallel(rows, CALLS_IN_FLIGHT, async (row) => {
    // What the list does not hold is asked for by hash: only a look-up may say that the node does not know it.
    const answer = listed.get(encodeHex(row.paymentHash)) ?? (await deps.backend.lookupInvoice(row.paymentHash))
    const step = sweepStep(row, answer, state)
    if (step !== 'settle') await moveOn(deps, { row, step, state })
    else if (answer !== null) settled.push(answer)
  })
  await handleUpdates(deps, settled, 'sweep')
  state.total.settled += settled.length
  state.total.rows += rows.length
}

/** The node's list from the oldest of the rows to the youngest, by payment hash. */
async function listAnswers(deps: SweepDeps, rows: readonly UnsettledRow[]): Promise<Map<string, InvoiceUpdate>> {
  const wanted = new Set(rows.map((row) => encodeHex(row.paymentHash)))
  const until = rows.at(-1)?.addIndex ?? 0n
  const found = new Map<string, InvoiceUpdate>()
  let afterAddIndex = (rows[0]?.addIndex ?? 1n) - 1n
  while (afterAddIndex < until) {
    const { invoices, lastAddIndex } = await deps.backend.listInvoices({ afterAddIndex, limit: LIST_PAGE })
    for (const invoice of invoices) {
      const hash = encodeHex(invoice.paymentHash)
      if (wanted.has(hash)) found.set(hash, invoice)
    }
    if (invoices.length === 0 || lastAddIndex <= afterAddIndex) break
    afterAddIndex = lastAddIndex
  }
  return found
}

async function moveOn(
  deps: SweepDeps,
  { row, step, state }: { row: UnsettledRow; step: Exclude<SweepStep, 'settle'>; state: SweepState },
): Promise<void> {
  const { paymentHash } = row
  switch (step) {
    case 'cancel':
      await moveChallenge(deps.db.client, { paymentHash, to: 'canceled' })
      state.total.ended += 1
      return
    case 'expire':
      await moveChallenge(deps.db.client, { paymentHash, to: 'expired' })
      return
    case 'note-missing':
      return setMissing(deps.db.client, { paymentHash, at: state.startedAt })
    case 'found-again':
      return setMissing(deps.db.client, { paymentHash, at: null })
    case 'keep':
      return
  }
}

async function reportOtherNodes(deps: SweepDeps, nodeKey: Uint8Array): Promise<void> {
  try {
    const count = await countOfOtherNodes(deps.db.client, nodeKey)
    if (count > 0) deps.log.error('unsettled challenges belong to a node that is not the one connected', { count })
  } catch (cause) {
    deps.log.warn('challenges of other nodes were not counted', { cause: describeCause(cause) })
  }
}
