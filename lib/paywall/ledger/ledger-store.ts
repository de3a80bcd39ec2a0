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

/** One way in which the books disagree with themselves. */
export interface BookDifference {
  readonly creatorId: string
  readonly what: 'balance' | 'zero-sum' | 'unbooked' | 'uncovered'
}

/**
 * Everything in the books that does not fit together, at most `limit` findings: a balance that is not the sum of its
 * postings, accounts that do not sum to zero, a settlement without its sale entry, a sale entry whose postings are not
 * what arrived. Reads in one statement, so it sees one moment.
 */
export async function findBookDifferences(tx: Tx, limit: number): Promise<BookDifference[]> {
  return tx.$queryRaw<BookDifference[]>`
    with moved as (
      select creator_id, account, sum(delta) as total from (
        select creator_id, to_account as account, amount_msat as delta from posting
        union all select creator_id, from_account, -amount_msat from posting) as sides
      group by creator_id, account),
    sale as (
      select entry.creator_id, entry.business_key, sum(posting.amount_msat) as total
      from ledger_entry as entry join posting on posting.creator_id = entry.creator_id and posting.entry_id = entry.id
      where entry.kind = 'sale' group by entry.creator_id, entry.business_key)
    select coalesce(a.creator_id, m.creator_id) as "creatorId", 'balance' as what
    from ledger_account as a full join moved as m on m.creator_id = a.creator_id and m.account = a.kind
    where coalesce(a.balance_msat, 0) <> coalesce(m.total, 0)
    union all
    select creator_id, 'zero-sum' from ledger_account group by creator_id having sum(balance_msat) <> 0
    union all
    select s.creator_id, case when sale.total is null then 'unbooked' else 'uncovered' end
    from settlement as s left join sale
      on sale.creator_id = s.creator_id and sale.business_key = 'sale:' || encode(s.payment_hash, 'hex')
    where sale.total is distinct from s.received_msat
    limit ${limit}`
}

/** Sum of all that was credited, for a comparison with the node's own list. */
export async function readCreditedTotal(tx: Tx): Promise<{ count: number; receivedMsat: bigint }> {
  const rows = await tx.$queryRaw<{ count: number; receivedMsat: bigint }[]>`
    select count(*)::int as count, coalesce(sum(received_msat), 0)::bigint as "receivedMsat" from settlement`
  return rows[0] ?? { count: 0, receivedMsat: 0n }
}
