/** Every query on counters that several purchases share. */
import type { Tx } from '#lib/db.ts'
import { type CountedPurchase, readPurchase, type TopUp } from './counter.ts'

export interface CounterKey {
  readonly creatorId: string
  readonly tokenId: Uint8Array
  readonly service: string
}

export interface PlacedTopUp extends TopUp {
  readonly kind: string
  readonly rootTokenId: Uint8Array
}

/** Where a purchase stands on the counters that it shares; empty: it shares none, or was never used. */
export function listTopUps(tx: Tx, { creatorId, tokenId, service }: CounterKey): Promise<PlacedTopUp[]> {
  return tx.$queryRaw<PlacedTopUp[]>`
    select kind, root_token_id as "rootTokenId", amount, minted, raised from top_up
    where creator_id = ${creatorId} and token_id = ${tokenId} and service = ${service}`
}

/** The purchase behind a token, paid or about to be; `null`: it is not in our books. */
export async function findPurchase(
  tx: Tx,
  { creatorId, tokenId, service }: CounterKey,
): Promise<CountedPurchase | null> {
  const [row] = await tx.$queryRaw<{ caveats: string[]; parents: unknown }[]>`
    select caveats, parents from challenge where creator_id = ${creatorId} and token_id = ${tokenId}
    union all
    select caveats, parents from settlement where creator_id = ${creatorId} and token_id = ${tokenId}
    limit 1`
  return row === undefined ? null : readPurchase(row, service)
}

/** Holds a counter until the transaction ends, made when there is none; answers what was topped up on it so far. */
export async function lockCounter(tx: Tx, { creatorId, tokenId, service }: CounterKey, kind: string): Promise<bigint> {
  await tx.$executeRaw`
    insert into use_counter (creator_id, token_id, service, kind, used)
    values (${creatorId}, ${tokenId}, ${service}, ${kind}, 0) on conflict do nothing`
  await tx.$queryRaw`
    select 1 from use_counter where creator_id = ${creatorId} and token_id = ${tokenId} and service = ${service}
      and kind = ${kind} for update`
  const [row] = await tx.$queryRaw<{ sum: bigint }[]>`
    select coalesce(sum(amount), 0)::bigint as sum from top_up
    where creator_id = ${creatorId} and root_token_id = ${tokenId} and service = ${service} and kind = ${kind}`
  return row?.sum ?? 0n
}

/** `false`: it has its place already. The caller holds the counter. */
export async function insertTopUp(tx: Tx, key: CounterKey, topUp: PlacedTopUp): Promise<boolean> {
  const { kind, rootTokenId, amount, minted, raised } = topUp
  const count = await tx.$executeRaw`
    insert into top_up (creator_id, token_id, service, kind, root_token_id, amount, minted, raised)
    values (${key.creatorId}, ${key.tokenId}, ${key.service}, ${kind}, ${rootTokenId}, ${amount}, ${minted}, ${raised})
    on conflict do nothing`
  return count === 1
}

/** What was used of one counter. */
export async function findUsed(tx: Tx, { creatorId, tokenId, service }: CounterKey, kind: string): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ used: bigint }[]>`
    select used from use_counter
    where creator_id = ${creatorId} and token_id = ${tokenId} and service = ${service} and kind = ${kind}`
  return row?.used ?? 0n
}
