/** Every query by which a sale is pieced together whose row was lost; run as the owner, since no zone may read and write all of it. */
import type { Tx } from '#lib/db.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import type { NewChallenge } from '#lib/paywall/challenges/challenge.ts'
import { insertChallenges } from '#lib/paywall/challenges/challenge-store.ts'
import type { PricedOffer, Seller, SellerFacts, SellerKey, ShownToken } from './stray.ts'

/** Whose service this is; `null`: nobody's here. */
export async function findSeller(tx: Tx, service: string): Promise<Seller | null> {
  const rows = await tx.$queryRaw<Seller[]>`
    select creator.id as "creatorId", creator.handle, resource.id as "resourceId"
    from service join creator on creator.id = service.creator_id
    left join offer on offer.creator_id = service.creator_id and offer.service = service.name
    left join resource on resource.creator_id = service.creator_id
      and (resource.service = service.name or resource.id = offer.resource_id)
    where service.name = ${service}`
  return rows[0] ?? null
}

/** The tokens on this payment that were let in, those aside that were found forged. */
export async function listShown(tx: Tx, paymentHash: PaymentHash): Promise<ShownToken[]> {
  return tx.$queryRaw<ShownToken[]>`
    select token_id as "tokenId", creator_id as "creatorId", creator.handle
    from sighting join creator on creator.id = creator_id
    where payment_hash = ${paymentHash} and finding is distinct from 'forged' order by seen_at`
}

/** Keys that may still verify, and prices of a service, of a seller. */
export async function readSellerFacts(
  tx: Tx,
  { creatorId, resourceId, service }: Seller & { service: string },
): Promise<SellerFacts> {
  const keys = await tx.$queryRaw<SellerKey[]>`
    select key_id as "keyId", created_at as "createdAt" from ring_key
    where creator_id = ${creatorId} and state <> 'retired' order by created_at desc`
  const offers = await tx.$queryRaw<PricedOffer[]>`
    select offer.id, tier, capabilities, lasts_seconds as "lastsSeconds", uses, rate, price.version, price.amount_msat as "amountMsat",
      price.created_at as "createdAt"
    from offer join price on price.creator_id = offer.creator_id and price.offer_id = offer.id
    join resource on resource.creator_id = offer.creator_id and resource.id = offer.resource_id
    where offer.creator_id = ${creatorId} and offer.resource_id = ${resourceId}
      and coalesce(offer.service, resource.service) = ${service}
    order by price.created_at desc, price.version desc`
  return { keys, offers }
}

/** Spells `STRA`: two commands at once adopt one after the other. */
const ADOPTION_LOCK = 0x53545241

/**
 * Writes the row of a lost challenge again, in the caller's transaction. `false`: this payment has a row or is credited
 * already. Atomic against every other adoption; nobody else writes a row for an invoice that exists.
 */
export async function insertAdopted(tx: Tx, row: NewChallenge): Promise<boolean> {
  await tx.$executeRaw`select pg_advisory_xact_lock(${ADOPTION_LOCK})`
  const known = await tx.$queryRaw<{ known: number }[]>`
    select 1 as known from challenge where payment_hash = ${row.paymentHash}
    union all select 1 from settlement where payment_hash = ${row.paymentHash}`
  if (known.length > 0) return false
  await insertChallenges(tx, [row])
  return true
}

/** Stray money that was noted and not adopted since, at most `limit` after `after` in the order of the hash. */
export async function listStrays(
  tx: Tx,
  page: { after: Uint8Array; limit: number },
): Promise<{ paymentHash: PaymentHash; receivedMsat: bigint; settledAt: Date }[]> {
  return tx.$queryRaw<{ paymentHash: PaymentHash; receivedMsat: bigint; settledAt: Date }[]>`
    select stray.payment_hash as "paymentHash", stray.received_msat as "receivedMsat", stray.settled_at as "settledAt"
    from stray_settlement as stray left join settlement using (payment_hash)
    where settlement.payment_hash is null and stray.payment_hash > ${page.after}
    order by stray.payment_hash limit ${page.limit}`
}

/** When the newest row of each of these kinds was made, in the copy that this database is; `null`: there is none. */
export interface CopyEnd {
  readonly challengeAt: Date | null
  readonly keyAt: Date | null
  readonly withdrawnAt: Date | null
}

export async function readCopyEnd(tx: Tx): Promise<CopyEnd> {
  const rows = await tx.$queryRaw<CopyEnd[]>`
    select (select max(created_at) from challenge where id not like 'chl_adopted%') as "challengeAt",
      (select max(created_at) from ring_key) as "keyAt", (select max(created_at) from denied) as "withdrawnAt"`
  return rows[0] ?? { challengeAt: null, keyAt: null, withdrawnAt: null }
}
