/** Every query on receipts and counted uses; none of them moves money. */
import type { Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import { findSettlement, type Settlement } from '#lib/paywall/settlements/settlement-store.ts'
import { Prisma } from '#prisma'
import type { Use } from './entitlement.ts'

/** The payment hash of the sale that a receipt stands for, or `hash` itself when it is no receipt's. */
export function saleHashOf(hash: Uint8Array | Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce((select sold.payment_hash from entitlement as receipt
    join settlement as sold using (creator_id, challenge_id) where receipt.payment_hash = ${hash}), ${hash})`
}

/** The sale behind a token: that of its payment, or the one that its receipt stands for. `null`: neither. */
export function findSale(tx: Tx, tokenHash: Uint8Array): Promise<Settlement | null> {
  return findSettlement(tx, saleHashOf(tokenHash))
}

/** Whether a receipt was ever handed out for this sale. */
export async function hasReceipt(tx: Tx, sale: Pick<Settlement, 'creatorId' | 'challengeId'>): Promise<boolean> {
  const { creatorId, challengeId } = sale
  const receipt = await tx.entitlement.findFirst({
    where: { creatorId, challengeId, source: 'receipt' },
    select: { source: true },
  })
  return receipt !== null
}

/** Notes a receipt of a sale under the hash of its secret. Done twice it changes nothing. Source: protocol.md §10.3. */
export async function insertReceipt(
  tx: Tx,
  receipt: { creatorId: string; challengeId: string; paymentHash: PaymentHash },
): Promise<void> {
  await tx.$executeRaw`
    insert into entitlement (payment_hash, creator_id, challenge_id, source)
    values (${receipt.paymentHash}, ${receipt.creatorId}, ${receipt.challengeId}, 'receipt') on conflict do nothing`
}

/**
 * Notes receipts again that were presented, each under the sale of its token id: a restored copy of the database may lack
 * the note. Only for tokens that were found to be receipts. Those of unknown sales are left out.
 */
export async function noteReceipts(
  tx: Tx,
  receipts: readonly { creatorId: string; tokenId: Uint8Array; paymentHash: PaymentHash }[],
): Promise<void> {
  const rows = receipts.map(({ creatorId, tokenId, paymentHash }) => ({
    creator: creatorId,
    token: encodeHex(tokenId),
    hash: encodeHex(paymentHash),
  }))
  await tx.$executeRaw`
    insert into entitlement (payment_hash, creator_id, challenge_id, source)
    select decode(hash, 'hex'), creator_id, challenge_id, 'receipt'
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row(creator text, token text, hash text)
      join settlement on token_id = decode(token, 'hex') and creator_id = creator
    on conflict do nothing`
}

export interface UseClaim extends Pick<Use, 'cost' | 'limit'> {
  readonly creatorId: string
  readonly tokenId: Uint8Array
  readonly service: string
  readonly kind: string
}

export type UseClaimed = { readonly kind: 'claimed'; readonly remaining: bigint } | { readonly kind: 'exhausted' }

/**
 * Takes `cost` from what is left of one counter, or nothing at all. The counter begins at zero with the first claim.
 * N are N under any concurrency, because the limit stands inside the one statement that counts: atomic against every
 * other claim on the same token, service and kind. Source: protocol.md §6.2.
 */
export async function claimUse(tx: Tx, claim: UseClaim): Promise<UseClaimed> {
  const rows = await tx.$queryRaw<{ used: bigint }[]>`
    insert into use_counter (creator_id, token_id, service, kind, used)
    select ${claim.creatorId}, ${claim.tokenId}, ${claim.service}, ${claim.kind}, ${claim.cost}::bigint
    where ${claim.cost}::bigint <= ${claim.limit}::bigint
    on conflict (creator_id, token_id, service, kind) do update set used = use_counter.used + excluded.used
    where use_counter.used + excluded.used <= ${claim.limit}::bigint
    returning used`
  const [row] = rows
  return row === undefined ? { kind: 'exhausted' } : { kind: 'claimed', remaining: claim.limit - row.used }
}

/** What was taken from one counter so far. */
export async function findUsed(
  tx: Tx,
  { creatorId, tokenId, service, kind }: Omit<UseClaim, 'cost' | 'limit'>,
): Promise<bigint> {
  const rows = await tx.$queryRaw<{ used: bigint }[]>`
    select used from use_counter
    where creator_id = ${creatorId} and token_id = ${tokenId} and service = ${service} and kind = ${kind}`
  return rows[0]?.used ?? 0n
}

/**
 * Takes as much of `cost` as there is, and answers how much: not more than half of what is left, so that answers at once
 * share it, but `least` of it in any case. Atomic against every other claim on the same counter.
 */
export async function drawUse(tx: Tx, { least, ...claim }: UseClaim & { least: bigint }): Promise<bigint> {
  const { creatorId, tokenId, service, kind, cost, limit } = claim
  await tx.$executeRaw`
    insert into use_counter (creator_id, token_id, service, kind, used)
    values (${creatorId}, ${tokenId}, ${service}, ${kind}, 0) on conflict do nothing`
  const [row] = await tx.$queryRaw<{ drawn: bigint }[]>`
    with counter as (
        select greatest(0, ${limit}::bigint - used) as left_over from use_counter
        where creator_id = ${creatorId} and token_id = ${tokenId} and service = ${service} and kind = ${kind} for update),
      step as (select least(${cost}::bigint, greatest(left_over / 2, least(${least}::bigint, left_over))) as drawn from counter)
    update use_counter set used = used + drawn from step
    where creator_id = ${creatorId} and token_id = ${tokenId} and service = ${service} and kind = ${kind}
    returning drawn`
  return row?.drawn ?? 0n
}
