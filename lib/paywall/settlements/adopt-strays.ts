/** Sales that only a node knows, as after a database was restored from an earlier copy, become sales again: credited once, and claimed as ever. */
import type { Db } from '#lib/db.ts'
import { encodeHex, type Sha256 } from '#lib/l402/bytes.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import {
  type BackendId,
  type Backends,
  type Cursor,
  type FoundInvoice,
  type InvoicePage,
  type LightningBackend,
  MEMO_MARK,
} from '#lib/lightning/backend.ts'
import type { Challenge } from '#lib/paywall/challenges/challenge.ts'
import { findChallengeByHash } from '#lib/paywall/challenges/challenge-store.ts'
import { handleUpdate, isOurs, type UpdateDeps } from './handle-update.ts'
import { insertStray, listSettlements } from './settlement-store.ts'
import { type Adopted, adoptStray, nameSeller, readMemo, type Seller } from './stray.ts'
import { findSeller, insertAdopted, listShown, listStrays, readSellerFacts } from './stray-store.ts'

export interface AdoptDeps {
  /** Above the zones: only the gate may write challenges, and only the owner may for an invoice that is there already. */
  readonly owner: Db
  /** In the zone of the jobs, where all money is credited. */
  readonly settle: UpdateDeps
  readonly backends: Backends
  readonly sha256: Sha256
}

export interface AdoptOptions {
  /** False: everything is looked at and nothing is changed. */
  readonly isApplied: boolean
  readonly onStray: (stray: Stray) => void
  /** Told after each page of a node's list. */
  readonly onListed?: (count: number) => void
}

/**
 * `adopted`: credited now, or would be. `awaited`: its challenge is here, so the workers credit it by themselves. `left`:
 * money that is nobody's as far as can be known.
 */
export type Stray = StrayPayment & Judged

type Judged =
  | ({ readonly kind: 'adopted'; readonly seller: Seller; readonly isTokenShown: boolean } & Adopted)
  | { readonly kind: 'awaited' }
  | { readonly kind: 'left'; readonly why: LeftWhy }

/** What the node says of it. */
interface StrayPayment {
  readonly paymentHash: string
  readonly receivedMsat: bigint
  readonly settledAt: Date | null
  /** Without our mark; empty when no node that we ask has the invoice. */
  readonly memo: string
}

export type LeftWhy = 'unknown' | 'contradicted' | 'elsewhere' | 'unreadable' | 'no-key' | 'no-invoice'

const LIST_PAGE = 500

/**
 * Looks at every settled invoice with our mark in the lists of the backends, and at all stray money that was noted. What no
 * row knows is adopted: its challenge is written again and then credited by the one function that credits everything, so
 * doing it twice, or beside the workers, credits nothing twice. Throws `LightningFault` or `database.unavailable` when
 * one of them fails; what was adopted by then stays, and the next call goes on.
 */
export async function adoptStrays(deps: AdoptDeps, options: AdoptOptions): Promise<void> {
  const seen = new Set<string>()
  const look = async (found: FoundInvoice, backendId: BackendId) => {
    const stray = await takeStray(deps, { found, backendId, isApplied: options.isApplied })
    seen.add(stray.paymentHash)
    options.onStray(stray)
  }
  for (const backend of deps.backends.list()) {
    if (backend.capabilities.list) await walkList(deps, backend, { look, onListed: options.onListed })
  }
  await walkNoted(deps, { seen, look, onStray: options.onStray })
}

type Look = (found: FoundInvoice, backendId: BackendId) => Promise<void>

async function walkList(
  { settle }: AdoptDeps,
  backend: LightningBackend,
  { look, onListed }: { look: Look; onListed: AdoptOptions['onListed'] },
): Promise<void> {
  const backendId = await backend.getId()
  let after: Cursor | null = null
  for (;;) {
    const page: InvoicePage = await backend.listInvoices({ after, limit: LIST_PAGE })
    const paid = page.invoices.filter((invoice) => isPaid(invoice) && isOurs(invoice))
    const hashes = paid.map(({ paymentHash }) => paymentHash)
    const settlements = await listSettlements(settle.db.client, hashes)
    const booked = new Set(settlements.map(({ paymentHash }) => encodeHex(paymentHash)))
    for (const found of paid) if (!booked.has(encodeHex(found.paymentHash))) await look(found, backendId)
    onListed?.(page.invoices.length)
    if (page.invoices.length === 0 || page.next === after) return
    after = page.next
  }
}

/** Noted strays that no list had: at backends without one, or nowhere that we can ask. */
async function walkNoted(
  deps: AdoptDeps,
  { seen, look, onStray }: { seen: ReadonlySet<string>; look: Look; onStray: AdoptOptions['onStray'] },
): Promise<void> {
  let after: Uint8Array = new Uint8Array(0)
  for (;;) {
    const noted = await listStrays(deps.owner.client, { after, limit: LIST_PAGE })
    for (const { paymentHash, receivedMsat, settledAt } of noted) {
      const hash = encodeHex(paymentHash)
      if (seen.has(hash)) continue
      const at = await findPaid(deps.backends, paymentHash)
      if (at !== null) await look(at.found, at.backendId)
      else onStray({ kind: 'left', why: 'no-invoice', paymentHash: hash, receivedMsat, settledAt, memo: '' })
    }
    const last = noted.at(-1)
    if (last === undefined) return
    after = last.paymentHash
  }
}

async function findPaid(
  backends: Backends,
  paymentHash: PaymentHash,
): Promise<{ found: FoundInvoice; backendId: BackendId } | null> {
  for (const backend of backends.list()) {
    const found = await backend.lookupInvoice(paymentHash)
    if (found !== null && isPaid(found)) return { found, backendId: await backend.getId() }
  }
  return null
}

function isPaid({ state, receivedMsat }: FoundInvoice): boolean {
  return state === 'settled' && receivedMsat > 0n
}

async function takeStray(
  deps: AdoptDeps,
  { found, backendId, isApplied }: { found: FoundInvoice; backendId: BackendId; isApplied: boolean },
): Promise<Stray> {
  const payment = {
    paymentHash: encodeHex(found.paymentHash),
    receivedMsat: found.receivedMsat,
    settledAt: found.settledAt,
    memo: found.memo.slice(MEMO_MARK.length),
  }
  const challenge = await findChallengeByHash(deps.owner.client, found.paymentHash)
  const judged = challenge === null ? await judgeStray(deps, found, backendId) : judgeKnown(challenge, backendId)
  if (isApplied) await keep(deps, { found, backendId, judged })
  return { ...payment, ...judged }
}

/** Only the backend that made an invoice is believed that it was paid. */
function judgeKnown(challenge: Challenge, backendId: BackendId): Judged {
  return challenge.backendId === backendId ? { kind: 'awaited' } : { kind: 'left', why: 'elsewhere' }
}

/** Credited, or noted as what it is until somebody knows more. */
async function keep(
  { owner, settle }: AdoptDeps,
  { found, backendId, judged }: { found: FoundInvoice; backendId: BackendId; judged: Judged },
): Promise<void> {
  if (judged.kind === 'left') {
    await insertStray(settle.db.client, { ...found, settledAt: found.settledAt ?? settle.clock.now() })
    return
  }
  if (judged.kind === 'adopted') await owner.inTransaction((tx) => insertAdopted(tx, judged.row))
  await handleUpdate(settle, found, { backendId, source: 'sweep' })
}

async function judgeStray({ owner, sha256 }: AdoptDeps, found: FoundInvoice, backendId: BackendId): Promise<Judged> {
  const service = readMemo(found.memo)
  if (service === null) return { kind: 'left', why: 'unknown' }
  const shown = await listShown(owner.client, found.paymentHash)
  const seller = nameSeller(await findSeller(owner.client, service), shown)
  if (typeof seller === 'string') return { kind: 'left', why: seller }
  const facts = await readSellerFacts(owner.client, { ...seller, service })
  const adopted = adoptStray(sha256, { ...facts, found, backendId, service, seller, shown })
  if (typeof adopted === 'string') return { kind: 'left', why: adopted }
  return { kind: 'adopted', seller, isTokenShown: shown.length > 0, ...adopted }
}
