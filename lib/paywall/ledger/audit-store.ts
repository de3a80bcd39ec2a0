/** The queries of the audit: each walks a bounded part of the books, and says where the next part begins. */
import type { Tx } from '#lib/db.ts'

/** One way in which the books disagree with themselves. */
export interface BookDifference {
  readonly creatorId: string
  readonly what: 'balance' | 'zero-sum' | 'unbooked' | 'uncovered'
}

/** A walked part; `next` begins the following one, `null` at the end. */
export interface Walked<Place> {
  readonly differences: readonly BookDifference[]
  readonly next: Place | null
}

const ENTRIES_WALK = 'entries'

/**
 * Adds the postings of about `limit` entries, from the walk's place on and older than `before`, to the sums of their
 * accounts, and moves the place behind them. `false`: there are no more. In the caller's transaction, which holds the place:
 * what was added once is never added again, and two audits at once add one after the other. The `offset` keeps Postgres to
 * the key: of millions of postings it would rather read all for each part, which is the square of them.
 */
export async function walkEntries(tx: Tx, part: { before: Date; limit: number }): Promise<boolean> {
  await tx.$executeRaw`insert into audit_mark (walk, place) values (${ENTRIES_WALK}, 'epoch') on conflict do nothing`
  const [mark] = await tx.$queryRaw<{ from: Date }[]>`
    select place::timestamptz as from from audit_mark where walk = ${ENTRIES_WALK} for update`
  const from = mark?.from ?? new Date(0)
  const [last] = await tx.$queryRaw<{ at: Date }[]>`
    select created_at as at from ledger_entry where created_at >= ${from} order by created_at offset ${part.limit} limit 1`
  const next = Math.max(last?.at.getTime() ?? Number.POSITIVE_INFINITY, from.getTime() + 1)
  const to = new Date(Math.min(next, part.before.getTime()))
  if (to <= from) return false
  await tx.$executeRaw`
    insert into audit_sum as s (creator_id, account, total_msat)
    select creator_id, account, sum(delta)
    from ledger_entry as entry
    cross join lateral (
      select to_account, from_account, amount_msat from posting
      where posting.creator_id = entry.creator_id and posting.entry_id = entry.id offset 0) as moved
    cross join lateral (values (to_account, amount_msat), (from_account, -amount_msat)) as side(account, delta)
    where entry.created_at >= ${from} and entry.created_at < ${to}
    group by creator_id, account order by creator_id, account
    on conflict (creator_id, account) do update set total_msat = s.total_msat + excluded.total_msat`
  await setMark(tx, { walk: ENTRIES_WALK, place: to.toISOString() })
  return last !== undefined && next < part.before.getTime()
}

/**
 * Accounts of the `limit` creators after `after` in order of id: a balance that is not the sum of its postings (those that
 * were walked, and those after them), accounts that do not sum to zero. Reads in one statement, so it sees one moment.
 */
export async function walkBalances(tx: Tx, part: { after: string; limit: number }): Promise<Walked<string>> {
  const ids = await tx.$queryRaw<{ id: string }[]>`
    select id from creator where id > ${part.after} order by id limit ${part.limit}`
  const [first, last] = [ids[0]?.id ?? '', ids.at(-1)?.id ?? '']
  const differences = await tx.$queryRaw<BookDifference[]>`
    with recent as (
      select posting.* from ledger_entry as entry
      join posting on posting.creator_id = entry.creator_id and posting.entry_id = entry.id
      where entry.created_at >= coalesce((select place::timestamptz from audit_mark where walk = ${ENTRIES_WALK}), '-infinity')
        and entry.creator_id between ${first} and ${last}),
    moved as (
      select creator_id, account, sum(delta) as total from (
        select creator_id, to_account as account, amount_msat as delta from recent
        union all select creator_id, from_account, -amount_msat from recent
        union all select creator_id, account, total_msat from audit_sum where creator_id between ${first} and ${last}) as sides
      group by creator_id, account),
    held as (select * from ledger_account where creator_id between ${first} and ${last})
    select coalesce(held.creator_id, moved.creator_id) as "creatorId", 'balance' as what
    from held full join moved on moved.creator_id = held.creator_id and moved.account = held.kind
    where coalesce(held.balance_msat, 0) <> coalesce(moved.total, 0)
    union all
    select creator_id, 'zero-sum' from held group by creator_id having sum(balance_msat) <> 0`
  return { differences, next: ids.length < part.limit ? null : last }
}

/**
 * Sales that we came to know from `from` on, about `limit` of them: one without its sale entry, one whose postings are
 * not what arrived. Each finds its entry by the business key in the index, so the cost is that of the sales walked; joined as
 * sets, the planner may compare every sale of a creator with every entry of it.
 */
export async function walkSales(tx: Tx, part: { from: Date; limit: number }): Promise<Walked<Date>> {
  const { from } = part
  const [last] = await tx.$queryRaw<{ at: Date }[]>`
    select created_at as at from settlement where created_at >= ${from} order by created_at offset ${part.limit} limit 1`
  // More than `limit` in one millisecond: all of them, so that the walk goes on.
  const to = last === undefined ? null : new Date(Math.max(last.at.getTime(), from.getTime() + 1))
  const differences = await tx.$queryRaw<BookDifference[]>`
    select sale.creator_id as "creatorId", case when booked.total is null then 'unbooked' else 'uncovered' end as what
    from settlement as sale left join lateral (
      select sum(posting.amount_msat) as total from ledger_entry as entry
      join posting on posting.creator_id = entry.creator_id and posting.entry_id = entry.id
      where entry.creator_id = sale.creator_id and entry.business_key = 'sale:' || encode(sale.payment_hash, 'hex')
    ) as booked on true
    where sale.created_at >= ${from} and sale.created_at < coalesce(${to}::timestamptz, 'infinity')
      and booked.total is distinct from sale.received_msat`
  return { differences, next: to }
}

/** By the clock that the rows carry. */
export async function readTime(tx: Tx): Promise<Date> {
  const rows = await tx.$queryRaw<{ at: Date }[]>`select now() as at`
  return rows[0]?.at ?? new Date(0)
}

/** Where a walk goes on; `null`: it never went. */
export async function readMark(tx: Tx, walk: string): Promise<string | null> {
  const mark = await tx.auditMark.findUnique({ where: { walk } })
  return mark?.place ?? null
}

/** Everything before `place` was found in order. */
export async function setMark(tx: Tx, mark: { walk: string; place: string }): Promise<void> {
  await tx.$executeRaw`
    insert into audit_mark (walk, place) values (${mark.walk}, ${mark.place})
    on conflict (walk) do update set place = excluded.place, updated_at = now()`
}
