/** Every query on sightings: credentials seen for the first time, to be compared with what was really sold and paid. */
import type { Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import { Prisma } from '#prisma'

/** A credential that a gate admitted: what it says of itself. */
export interface Sighting {
  readonly paymentHash: PaymentHash
  readonly tokenId: TokenId
  readonly creatorId: string
  /** Names of the services that it grants. */
  readonly services: readonly string[]
}

/**
 * `settled`: paid and as sold. `stray`: paid, but no challenge knows it. `unpaid`: not paid when we asked, to be asked
 * once more. `forged`: never sold by us; denied.
 */
export type Finding = 'settled' | 'stray' | 'unpaid' | 'forged'

export interface DueSighting extends Sighting {
  readonly finding: Finding | null
  readonly checkedAt: Date | null
}

/** Notes sightings; one that is known keeps its finding. */
export async function insertSightings(tx: Tx, sightings: readonly Sighting[]): Promise<void> {
  const rows = sightings.map((sighting) => ({
    payment_hash: encodeHex(sighting.paymentHash),
    token_id: encodeHex(sighting.tokenId),
    creator_id: sighting.creatorId,
    services: sighting.services,
  }))
  await tx.$executeRaw`
    insert into sighting (payment_hash, token_id, creator_id, services)
    select distinct on (payment_hash, token_id) decode(payment_hash, 'hex'), decode(token_id, 'hex'), creator_id, services
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as row(payment_hash text, token_id text, creator_id text, services text[])
    on conflict (payment_hash, token_id) do nothing`
}

/** Finds the sightings of what was paid and is as sold, receipts too; a holder may have narrowed it. Answers how many. */
export async function confirmSightings(tx: Tx, at: Date): Promise<number> {
  const isAsSold = Prisma.sql`(sighting.finding is null or sighting.finding = 'unpaid')
    and sold.creator_id = sighting.creator_id and sold.token_id = sighting.token_id and sighting.services <@ sold.services`
  const paid = await tx.$executeRaw`
    update sighting set finding = 'settled', checked_at = ${at} from settlement as sold
    where sold.payment_hash = sighting.payment_hash and ${isAsSold}`
  const receipts = await tx.$executeRaw`
    update sighting set finding = 'settled', checked_at = ${at}
    from entitlement as receipt join settlement as sold using (creator_id, challenge_id)
    where receipt.payment_hash = sighting.payment_hash and ${isAsSold}`
  return paid + receipts
}

/** The oldest sightings without a final finding; those found unpaid come again once `recheckBefore` is reached. */
export async function listDueSightings(tx: Tx, due: { recheckBefore: Date; limit: number }): Promise<DueSighting[]> {
  return tx.$queryRaw<DueSighting[]>`
    select payment_hash as "paymentHash", token_id as "tokenId", creator_id as "creatorId", services, finding,
      checked_at as "checkedAt"
    from sighting
    where finding is null or (finding = 'unpaid' and checked_at <= ${due.recheckBefore})
    order by seen_at limit ${due.limit}`
}

/** Notes a finding; `settled`, `stray` and `forged` are final and never overwritten. */
export async function setFinding(
  tx: Tx,
  note: { paymentHash: Uint8Array; tokenId: Uint8Array; finding: Finding; at: Date },
): Promise<void> {
  await tx.$executeRaw`
    update sighting set finding = ${note.finding}, checked_at = ${note.at}
    where payment_hash = ${note.paymentHash} and token_id = ${note.tokenId}
      and (finding is null or finding = 'unpaid')`
}

/** Forgets findings that are done and older than `before`: at its next use a credential is looked at again. */
export async function deleteSightings(tx: Tx, key: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`
    delete from sighting where (payment_hash, token_id) in (
      select payment_hash, token_id from sighting
      where finding in ('settled', 'stray', 'forged') and seen_at < ${key.before} order by seen_at limit ${key.limit})`
}
