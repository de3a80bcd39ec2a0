/** Every query on settlements that decides about money or access; its primary key is exactly-once credit. */

import type { Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import type { BackendId, Cursor } from '#lib/lightning/backend.ts'
import type { Msat } from '#lib/money.ts'
import type { ChallengeState } from '#lib/paywall/challenges/challenge.ts'
import { idsOfRow } from '#lib/paywall/challenges/challenge-id.ts'
import { worthOf } from '#lib/paywall/rates/rate-store.ts'
import { Prisma } from '#prisma'
import { statesBefore } from './invoice.ts'

/** How we came to know: a backend's stream, a sweep, or a look-up after a credential was presented or a claim was asked. */
export type SettlementSource = 'stream' | 'sweep' | 'presented'

/** What a backend says of a paid invoice. */
export interface Payment {
  readonly paymentHash: PaymentHash
  readonly receivedMsat: Msat
  readonly settledAt: Date
  /** Who says so: only the backend that made an invoice is believed that it was paid. */
  readonly backendId: BackendId
  readonly settleCursor: Cursor | null
  readonly source: SettlementSource
}

/** Facts of a settlement that the rest of its transaction needs. */
export interface InsertedSettlement {
  readonly paymentHash: PaymentHash
  readonly creatorId: string
  readonly challengeId: string
  readonly resourceId: string
  readonly channel: string
}

/**
 * Inserts the settlements of payments with the facts of their challenges; left out are those that are there already and
 * those that no challenge of the payment's backend has. Atomic against every other settler of a hash, who waits for this transaction and then
 * leaves it out; in order of hash, so that two settlers of the same payments never wait for each other.
 * The conflict names no column: a race can meet the unique challenge before the unique hash, and would throw there.
 */
export async function insertSettlements(
  tx: Tx,
  payments: readonly (Payment & { feeMsat: Msat })[],
): Promise<InsertedSettlement[]> {
  const rows = payments.map((payment) => ({
    hash: encodeHex(payment.paymentHash),
    received: payment.receivedMsat.toString(),
    fee: payment.feeMsat.toString(),
    backendId: payment.backendId,
    settleCursor: payment.settleCursor,
    settledAt: payment.settledAt,
    source: payment.source,
  }))
  return tx.$queryRaw<InsertedSettlement[]>`
    insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version,
      amount_msat, received_msat, fee_msat, services, caveats, parents, replaces, depth, claim_hash, channel, invoice,
      backend_id, settle_cursor, source, settled_at, fiat_currency, fiat_minor)
    select payment_hash, challenge.creator_id, challenge.id, token_id, resource_id, offer_id, price_version, amount_msat,
      paid.received, paid.fee, services, caveats, parents, replaces, depth, claim_hash, channel, invoice, backend_id,
      paid."settleCursor", paid.source, paid."settledAt", worth.currency, worth.minor
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as paid(hash text, received bigint, fee bigint,
        "backendId" text, "settleCursor" text, "settledAt" timestamptz, source text)
      join challenge on payment_hash = decode(paid.hash, 'hex') and backend_id = paid."backendId"
      join creator on creator.id = challenge.creator_id
      left join lateral (${worthOf(Prisma.sql`paid.received`, Prisma.sql`paid."settledAt"`)}) as worth on true
    order by payment_hash
    on conflict do nothing
    returning payment_hash as "paymentHash", creator_id as "creatorId", challenge_id as "challengeId",
      resource_id as "resourceId", channel`
}

/**
 * Moves the challenges of payments whose settlement was inserted; answers the payments whose invoice had been called
 * canceled before, which should never be.
 */
export async function settleChallenges(
  tx: Tx,
  settlements: readonly Pick<InsertedSettlement, 'paymentHash'>[],
): Promise<{ creatorId: string; challengeId: string }[]> {
  const hashes = hashesFrom(settlements.map(({ paymentHash }) => paymentHash))
  const rows = await tx.$queryRaw<{ creatorId: string; challengeId: string; state: ChallengeState }[]>`
    with before as (
      select payment_hash, state from challenge where payment_hash in (${hashes}) order by payment_hash for update)
    update challenge set state = 'settled', settled_at = settlement.settled_at
    from before join settlement using (payment_hash)
    where challenge.payment_hash = before.payment_hash and challenge.state = any(${statesBefore('settled')})
    returning challenge.creator_id as "creatorId", challenge.id as "challengeId", before.state`
  return rows.filter(({ state }) => state === 'canceled')
}

/** A settlement as claims, restores and the check on presentation read it. */
export interface Settlement {
  readonly creatorId: string
  readonly challengeId: string
  readonly paymentHash: PaymentHash
  readonly tokenId: TokenId
  readonly resourceId: string
  readonly amountMsat: Msat
  readonly receivedMsat: Msat
  readonly services: readonly string[]
  readonly caveats: readonly string[]
  readonly claimHash: Uint8Array | null
  readonly invoice: string
  /** The backend that was paid; `null`: an old sale, whose claim is over. */
  readonly backendId: BackendId | null
  readonly settledAt: Date
}

const COLUMNS = Prisma.sql`creator_id as "creatorId", challenge_id as "challengeId", payment_hash as "paymentHash",
  token_id as "tokenId", resource_id as "resourceId", amount_msat as "amountMsat", received_msat as "receivedMsat",
  services, caveats, claim_hash as "claimHash", invoice, backend_id as "backendId", settled_at as "settledAt"`

/** What was credited under these hashes; unknown ones are left out. */
export async function listSettlements(tx: Tx, paymentHashes: readonly Uint8Array[]): Promise<Settlement[]> {
  return tx.$queryRaw<Settlement[]>`
    select ${COLUMNS} from settlement where payment_hash in (${hashesFrom(paymentHashes)})`
}

/** `null`: nothing was ever paid to us under this hash. */
export async function findSettlement(tx: Tx, paymentHash: Uint8Array | Prisma.Sql): Promise<Settlement | null> {
  const rows = await tx.$queryRaw<Settlement[]>`select ${COLUMNS} from settlement where payment_hash = ${paymentHash}`
  return rows[0] ?? null
}

/** The settlement of a challenge, also when its row was lost and adopted since; `null`: not paid, or not this creator's. */
export async function findSettlementOfChallenge(
  tx: Tx,
  key: { creatorId: string; challengeId: string },
): Promise<Settlement | null> {
  const rows = await tx.$queryRaw<Settlement[]>`
    select ${COLUMNS} from settlement where creator_id = ${key.creatorId}
      and challenge_id = any(${idsOfRow(key.challengeId)})`
  return rows[0] ?? null
}

/** Keeps money that carries our mark and that no challenge knows; `false`: it was noted before. */
export async function insertStray(
  tx: Tx,
  stray: { paymentHash: Uint8Array; receivedMsat: Msat; settledAt: Date },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    insert into stray_settlement (payment_hash, received_msat, settled_at)
    values (${stray.paymentHash}, ${stray.receivedMsat}, ${stray.settledAt}) on conflict (payment_hash) do nothing`
  return count === 1
}

/** Settlements that are older than `settledBefore` and whose money still settles; locked until the transaction ends. */
export async function claimHeldSettlements(
  tx: Tx,
  key: { settledBefore: Date; limit: number },
): Promise<{ paymentHash: PaymentHash; creatorId: string; netMsat: bigint }[]> {
  return tx.$queryRaw<{ paymentHash: PaymentHash; creatorId: string; netMsat: bigint }[]>`
    select payment_hash as "paymentHash", creator_id as "creatorId", received_msat - fee_msat as "netMsat"
    from settlement where released_at is null and settled_at <= ${key.settledBefore}
    order by settled_at limit ${key.limit} for update skip locked`
}

/** Marks settlements as released, in the transaction that moved their money. */
export async function markReleased(tx: Tx, key: { paymentHashes: readonly Uint8Array[]; at: Date }): Promise<void> {
  await tx.$executeRaw`
    update settlement set released_at = ${key.at}
    where payment_hash in (${hashesFrom(key.paymentHashes)}) and released_at is null`
}

/** What was credited for each of these hashes, by hash in hex; money kept as stray counts, an unknown hash is left out. */
export async function listReceived(tx: Tx, paymentHashes: readonly Uint8Array[]): Promise<Map<string, bigint>> {
  const rows = await tx.$queryRaw<{ hash: string; receivedMsat: bigint }[]>`
    select encode(payment_hash, 'hex') as hash, received_msat as "receivedMsat" from settlement
    where payment_hash in (${hashesFrom(paymentHashes)})
    union all
    select encode(payment_hash, 'hex'), received_msat from stray_settlement
    where payment_hash in (${hashesFrom(paymentHashes)})`
  return new Map(rows.map((row) => [row.hash, row.receivedMsat]))
}

/** One text parameter for any number of hashes. */
function hashesFrom(hashes: readonly Uint8Array[]): Prisma.Sql {
  return Prisma.sql`select decode(hash, 'hex') from unnest(string_to_array(${hashes.map(encodeHex).join(',')}, ',')) as list(hash)`
}
