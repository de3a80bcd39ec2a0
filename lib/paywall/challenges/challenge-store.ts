/** Every query on challenges that the gate and the dashboard ask; the sweep's are in sweep-store.ts. */

import type { Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { saleHashOf } from '#lib/paywall/entitlements/entitlement-store.ts'
import { Prisma } from '#prisma'
import { CHAIN_LIMIT, type Challenge, type ChallengeProgress, type NewChallenge, REUSE_SECONDS } from './challenge.ts'
import { idsOfRow } from './challenge-id.ts'

/** Columns of a whole challenge under the names of `Challenge`; the cast in `readRow` rests on this list. */
const COLUMNS = Prisma.sql`creator_id as "creatorId", id, token_id as "tokenId", payment_hash as "paymentHash",
  resource_id as "resourceId", offer_id as "offerId", price_version as "priceVersion", amount_msat as "amountMsat",
  services, caveats, parents, replaces, depth, claim_hash as "claimHash", channel, invoice, backend_id as "backendId",
  list_cursor as "listCursor", expires_at as "expiresAt", created_at as "createdAt", state, settled_at as "settledAt"`

/**
 * Inserts challenges in one statement, whole or not at all. One JSON parameter keeps the text of the statement the same
 * for any number of rows, so Postgres plans it once per connection (lib/db.ts, prepared statements).
 */
export async function insertChallenges(tx: Tx, rows: readonly NewChallenge[]): Promise<void> {
  const json = JSON.stringify(rows.map(toJsonRow))
  await tx.$executeRaw`/* prepared: insert_challenges */
    insert into challenge (creator_id, id, token_id, payment_hash, resource_id, offer_id, price_version, amount_msat,
      services, caveats, parents, replaces, depth, claim_hash, channel, invoice, backend_id, list_cursor, expires_at,
      created_at, fiat_currency, fiat_minor, micro_per_btc)
    select creator_id, id, decode(token_id, 'hex'), decode(payment_hash, 'hex'), resource_id, offer_id, price_version,
      amount_msat, services, caveats, parents, decode(replaces, 'hex'), depth, decode(claim_hash, 'hex'), channel,
      invoice, backend_id, list_cursor, expires_at, created_at, fiat_currency, fiat_minor, micro_per_btc
    from jsonb_to_recordset(${json}::jsonb) as row(creator_id text, id text, token_id text, payment_hash text,
      resource_id text, offer_id text, price_version int, amount_msat bigint, services text[], caveats text[],
      parents jsonb, replaces text, depth int, claim_hash text, channel text, invoice text, backend_id text,
      list_cursor text, expires_at timestamptz, created_at timestamptz, fiat_currency text, fiat_minor bigint,
      micro_per_btc bigint)`
}

function toJsonRow(row: NewChallenge): Record<string, unknown> {
  return {
    creator_id: row.creatorId,
    id: row.id,
    token_id: encodeHex(row.tokenId),
    payment_hash: encodeHex(row.paymentHash),
    resource_id: row.resourceId,
    offer_id: row.offerId,
    price_version: row.priceVersion,
    amount_msat: row.amountMsat.toString(),
    fiat_currency: row.locked?.currency ?? null,
    fiat_minor: row.locked?.minor.toString() ?? null,
    micro_per_btc: row.locked?.microPerBtc.toString() ?? null,
    services: row.services,
    caveats: row.caveats,
    parents: row.parents,
    replaces: row.replaces && encodeHex(row.replaces),
    depth: row.depth,
    claim_hash: row.claimHash && encodeHex(row.claimHash),
    channel: row.channel,
    invoice: row.invoice,
    backend_id: row.backendId,
    list_cursor: row.listCursor,
    expires_at: row.expiresAt.toISOString(),
    created_at: row.createdAt.toISOString(),
  }
}

/** By the id that was given out, also when its row was lost and adopted since. `null`: this creator has no such challenge, or it was pruned. */
export async function findChallenge(
  tx: Tx,
  key: { creatorId: string; challengeId: string },
): Promise<Challenge | null> {
  const rows = await tx.$queryRaw<Challenge[]>`
    select ${COLUMNS} from challenge where creator_id = ${key.creatorId} and id = any(${idsOfRow(key.challengeId)})`
  const [row] = rows
  return row === undefined ? null : { ...row, id: key.challengeId }
}

/** How far these challenges are, in one query; those that are none of ours are left out. */
export async function listProgress(
  tx: Tx,
  keys: readonly { creatorId: string; challengeId: string }[],
): Promise<ChallengeProgress[]> {
  const creatorIds = keys.map(({ creatorId }) => creatorId)
  const challengeIds = keys.map(({ challengeId }) => challengeId)
  return tx.$queryRaw<ChallengeProgress[]>`
    select creator_id as "creatorId", id as "challengeId", state, settled_at as "settledAt" from challenge
    join unnest(${creatorIds}::text[], ${challengeIds}::text[]) as wanted(creator_id, id) using (creator_id, id)`
}

export async function findChallengeByHash(tx: Tx, paymentHash: Uint8Array): Promise<Challenge | null> {
  const rows = await tx.$queryRaw<Challenge[]>`select ${COLUMNS} from challenge where payment_hash = ${paymentHash}`
  return rows[0] ?? null
}

/** What an asker proves to hold: an authentic token that was never paid, or the hash of a claim secret. */
export type Held = { readonly tokenId: Uint8Array } | { readonly claimHash: Uint8Array }

/**
 * The challenge that the asker holds for this resource and offer (`condition`: and for the request that it says): one that is settled, else the youngest open one with
 * enough time left to pay it. `null`: there is none and a new one is made. Source: protocol.md §1.6, §2.5.
 */
export async function findHeldChallenge(
  tx: Tx,
  key: { creatorId: string; resourceId: string; offerId: string; condition?: string | null; held: Held; now: Date },
): Promise<Challenge | null> {
  const holds =
    'tokenId' in key.held ? Prisma.sql`token_id = ${key.held.tokenId}` : Prisma.sql`claim_hash = ${key.held.claimHash}`
  const payableUntil = new Date(key.now.getTime() + REUSE_SECONDS * 1000)
  const rows = await tx.$queryRaw<Challenge[]>`
    select ${COLUMNS} from challenge
    where creator_id = ${key.creatorId} and ${holds} and resource_id = ${key.resourceId} and offer_id = ${key.offerId}
      and (${key.condition ?? null}::text is null or ${key.condition ?? null}::text = any(caveats))
      and (state = 'settled' or (state = 'open' and expires_at >= ${payableUntil}))
    order by state = 'settled' desc, created_at desc limit 1`
  return rows[0] ?? null
}

/**
 * How many purchases of this resource, settled after `since`, stand in a row behind a challenge that would replace the
 * purchase `paymentHash`; 0 when that is none of ours. Follows one chain only, so siblings do not count, and never
 * looks at more than the limit. Source: protocol.md §1.6, loop guard.
 */
export async function countChain(
  tx: Tx,
  key: { creatorId: string; resourceId: string; paymentHash: Uint8Array; since: Date },
): Promise<number> {
  const rows = await tx.$queryRaw<{ depth: number }[]>`
    with recursive chain as (
      select replaces, 1 as depth from settlement
      where payment_hash = ${saleHashOf(key.paymentHash)} and creator_id = ${key.creatorId}
        and resource_id = ${key.resourceId} and settled_at > ${key.since}
      union all
      select settlement.replaces, chain.depth + 1 from chain
      join settlement on settlement.payment_hash = ${saleHashOf(Prisma.sql`chain.replaces`)}
      where settlement.creator_id = ${key.creatorId} and settlement.resource_id = ${key.resourceId}
        and settlement.settled_at > ${key.since} and chain.depth < ${CHAIN_LIMIT}
    )
    select coalesce(max(depth), 0)::int as depth from chain`
  return rows[0]?.depth ?? 0
}

/** Invoices of a resource that can still be paid, by amount: they keep their price when it changes. */
export async function countOpenInvoices(
  tx: Tx,
  key: { creatorId: string; resourceId: string; now: Date },
): Promise<{ amountMsat: bigint; count: number }[]> {
  return tx.$queryRaw<{ amountMsat: bigint; count: number }[]>`
    select amount_msat as "amountMsat", count(*)::int as count from challenge
    where creator_id = ${key.creatorId} and resource_id = ${key.resourceId} and state = 'open' and expires_at > ${key.now}
    group by amount_msat order by amount_msat`
}
