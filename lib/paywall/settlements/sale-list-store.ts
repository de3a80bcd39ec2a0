/** A creator's sales as they look them up: filtered pages, newest first, by what a buyer has pasted. */
import type { Tx } from '#lib/db.ts'
import { Prisma } from '#prisma'
import { SALE, type Sale, type SaleCursor } from './sale-store.ts'

/** What was pasted, without its secrets. */
export type Wanted =
  /** SHA-256 of a payment proof, of a payment hash or of a token id (32 bytes). */
  | { readonly kind: 'hash'; readonly bytes: Uint8Array }
  /** Four bytes of a token id, after the four of its key: what lists show of it. */
  | { readonly kind: 'start'; readonly bytes: Uint8Array }
  | { readonly kind: 'challenge'; readonly id: string }

export interface SaleFilter {
  /** `null`: of every resource. */
  readonly resourceId: string | null
  readonly state: 'any' | 'paid' | 'revoked'
  readonly from: Date | null
  /** Exclusive. */
  readonly to: Date | null
  /** Only sales that brought more than was asked. */
  readonly isOverpaid: boolean
  readonly wanted: Wanted | null
}

/** Newest sales first, at most `limit`, each found by an index; another creator's sale is never among them. */
export async function listFilteredSales(
  tx: Tx,
  page: { creatorId: string; before: SaleCursor | null; limit: number; filter: SaleFilter },
): Promise<Sale[]> {
  const { creatorId, before, limit, filter } = page
  const conditions = [
    Prisma.sql`s.creator_id = ${creatorId}`,
    ...beforeCursor(before),
    ...ofPeriod(filter),
    ...(filter.resourceId === null ? [] : [Prisma.sql`s.resource_id = ${filter.resourceId}`]),
    ...(filter.isOverpaid ? [Prisma.sql`s.received_msat > s.amount_msat`] : []),
    ...ofState(creatorId, filter.state),
    ...(filter.wanted === null ? [] : [asWanted(filter.wanted)]),
  ]
  return tx.$queryRaw<Sale[]>`
    ${SALE} where ${Prisma.join(conditions, ' and ')} order by s.settled_at desc, s.challenge_id desc limit ${limit}`
}

/** The time stands alone too: row security keeps a comparison of text out of an index. */
function beforeCursor(before: SaleCursor | null): Prisma.Sql[] {
  if (before === null) return []
  const { settledAt, challengeId } = before
  return [
    Prisma.sql`s.settled_at <= ${settledAt}`,
    Prisma.sql`(s.settled_at, s.challenge_id) < (${settledAt}, ${challengeId})`,
  ]
}

function ofPeriod({ from, to }: SaleFilter): Prisma.Sql[] {
  return [
    ...(from === null ? [] : [Prisma.sql`s.settled_at >= ${from}`]),
    ...(to === null ? [] : [Prisma.sql`s.settled_at < ${to}`]),
  ]
}

/** What is revoked is found from the deny list, which is short, never by looking through what is not. */
function ofState(creatorId: string, state: SaleFilter['state']): Prisma.Sql[] {
  const denied = Prisma.sql`select subject from denied as d where d.creator_id = ${creatorId} and d.kind = 'token'`
  if (state === 'revoked') return [Prisma.sql`s.token_id = any(array(${denied}))`]
  return state === 'paid' ? [Prisma.sql`not exists (${denied} and d.subject = s.token_id)`] : []
}

function asWanted(wanted: Wanted): Prisma.Sql {
  switch (wanted.kind) {
    case 'challenge':
      return Prisma.sql`s.challenge_id = ${wanted.id}`
    case 'hash':
      return Prisma.sql`s.challenge_id = any(array(select find_sales(${wanted.bytes})))`
    case 'start':
      return Prisma.sql`s.challenge_id = any(array(select find_sales_by_start(${wanted.bytes})))`
  }
}
