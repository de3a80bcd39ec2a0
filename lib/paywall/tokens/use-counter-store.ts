/** Counted uses: N are N under any concurrency, because the limit stands inside the one statement that counts. */
import type { Tx } from '#lib/db.ts'

export interface UseClaim {
  readonly creatorId: string
  readonly tokenId: Uint8Array
  readonly service: string
  /** Which counter of the token's service: uses, bytes, seconds, volume. */
  readonly kind: string
  readonly cost: bigint
  /** The last value of the caveat: uses + cost must not exceed it. */
  readonly limit: bigint
}

export type UseClaimed = { readonly kind: 'claimed'; readonly remaining: bigint } | { readonly kind: 'exhausted' }

/**
 * Takes `cost` from what is left, or nothing at all. The counter begins at zero with the first claim. Atomic against
 * every other claim on the same token, service and kind. Source: protocol.md §6.2.
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
