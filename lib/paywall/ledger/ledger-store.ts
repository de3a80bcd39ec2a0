/** Every query on the books: entries are appended and never changed, balances are kept by the database itself. */
import type { Tx } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { type Msat, msat } from '#lib/money.ts'
import type { Account, EntryKind, Posting } from './posting.ts'

/** One business event as it is booked; `postings` holds at least one: an entry that moves nothing is refused at commit. */
export interface NewEntry {
  readonly creatorId: string
  readonly kind: EntryKind
  readonly businessKey: string
  readonly postings: readonly Posting[]
}

/**
 * Books business events in one statement and answers how many postings that made; an event that is booked already adds
 * none. Atomic against every other booker of the same key, who waits for this transaction. A balance that would fall
 * below zero fails the transaction. In one order of keys and accounts, so that two bookers never wait for each other.
 */
export async function appendEntries(tx: Tx, entries: readonly NewEntry[]): Promise<number> {
  const rows = entries.map((entry) => ({
    ...entry,
    id: newId('ent'),
    postings: entry.postings.map((posting) => ({ ...posting, amountMsat: posting.amountMsat.toString() })),
  }))
  return tx.$executeRaw`
    with wanted as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as row("creatorId" text, id text, kind text, "businessKey" text, postings jsonb)),
    entry as (
      insert into ledger_entry (creator_id, id, kind, business_key)
      select "creatorId", id, kind, "businessKey" from wanted order by "creatorId", "businessKey"
      on conflict (creator_id, business_key) do nothing returning creator_id, id)
    insert into posting (creator_id, entry_id, n, from_account, to_account, amount_msat)
    select entry.creator_id, entry.id, move.n - 1, move.posting->>'from', move.posting->>'to',
      (move.posting->>'amountMsat')::bigint
    from entry join wanted using (id), jsonb_array_elements(wanted.postings) with ordinality as move(posting, n)`
}

/** What a creator can see of their money. */
export interface Balances {
  readonly settlingMsat: Msat
  readonly availableMsat: Msat
  readonly reservedMsat: Msat
}

/** Balances of one creator; accounts that never moved are 0. */
export async function readBalances(tx: Tx, creatorId: string): Promise<Balances> {
  const rows = await tx.$queryRaw<{ kind: Account; balance: bigint }[]>`
    select kind, balance_msat as balance from ledger_account
    where creator_id = ${creatorId} and kind in ('settling', 'available', 'reserved')`
  const of = (kind: Account) => msat(rows.find((row) => row.kind === kind)?.balance ?? 0n)
  return { settlingMsat: of('settling'), availableMsat: of('available'), reservedMsat: of('reserved') }
}

/** Sum of all that was credited, for a comparison with the node's own list. */
export async function readCreditedTotal(tx: Tx): Promise<{ count: number; receivedMsat: bigint }> {
  const rows = await tx.$queryRaw<{ count: number; receivedMsat: bigint }[]>`
    select count(*)::int as count, coalesce(sum(received_msat), 0)::bigint as "receivedMsat" from settlement`
  return rows[0] ?? { count: 0, receivedMsat: 0n }
}
