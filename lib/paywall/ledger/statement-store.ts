/** Every query on statements: lines by their number, which never changes, so a page or a file can be read in parts. */
import type { Tx } from '#lib/db.ts'
import { Prisma } from '#prisma'
import type { StatementLine } from './statement.ts'

const LINE = Prisma.sql`l.line, e.created_at as at, l.entry_id as "entryId", l.n, e.kind, p.from_account as "from",
  p.to_account as "to", p.amount_msat as "amountMsat", l.change_msat as "changeMsat", l.balance_msat as "balanceMsat",
  coalesce(r.title, '') as title, s.channel`

/** The chosen lines first: what they are about is then looked up for these alone. */
function describeLines(chosen: Prisma.Sql, order: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    select ${LINE} from (${chosen}) as l
    join ledger_entry as e on e.creator_id = l.creator_id and e.id = l.entry_id
    join posting as p on p.creator_id = l.creator_id and p.entry_id = l.entry_id and p.n = l.n
    left join settlement as s on e.kind = 'sale' and e.business_key like 'sale:%'
      and s.payment_hash = decode(substr(e.business_key, 6), 'hex') and s.creator_id = l.creator_id
    left join resource as r on r.creator_id = s.creator_id and r.id = s.resource_id
    order by l.line ${order}`
}

/**
 * Lines with a number below `before` (`null`: the newest), the newest first, at most `limit`. Moves within the balance are
 * left out unless `withMoves`.
 */
export async function listStatement(
  tx: Tx,
  page: { creatorId: string; before: bigint | null; limit: number; withMoves: boolean },
): Promise<StatementLine[]> {
  const { creatorId, limit } = page
  const before = page.before === null ? Prisma.sql`true` : Prisma.sql`line < ${page.before}`
  const shown = page.withMoves ? Prisma.sql`true` : Prisma.sql`change_msat <> 0`
  const chosen = Prisma.sql`
    select * from statement_line where creator_id = ${creatorId} and ${before} and ${shown} order by line desc limit ${limit}`
  return tx.$queryRaw<StatementLine[]>`${describeLines(chosen, Prisma.sql`desc`)}`
}

/** Lines `after` to `last`, the oldest first, at most `limit`: a part of a file. */
export async function listStatementPart(
  tx: Tx,
  part: { creatorId: string; after: bigint; last: bigint; limit: number },
): Promise<StatementLine[]> {
  const { creatorId, after, last, limit } = part
  const chosen = Prisma.sql`
    select * from statement_line where creator_id = ${creatorId} and line > ${after} and line <= ${last}
    order by line limit ${limit}`
  return tx.$queryRaw<StatementLine[]>`${describeLines(chosen, Prisma.sql`asc`)}`
}

/** How many lines there are; the last one has that number. */
export async function countLines(tx: Tx, creatorId: string): Promise<bigint> {
  const rows = await tx.$queryRaw<{ lines: bigint }[]>`select lines from statement where creator_id = ${creatorId}`
  return rows[0]?.lines ?? 0n
}

/** What was kept of a creator's sales so far. */
export async function readFees(tx: Tx, creatorId: string): Promise<bigint> {
  const rows = await tx.$queryRaw<{ balance: bigint }[]>`
    select balance_msat as balance from ledger_account where creator_id = ${creatorId} and kind = 'fee'`
  return rows[0]?.balance ?? 0n
}
