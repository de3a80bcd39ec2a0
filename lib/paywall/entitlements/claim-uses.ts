/** Counted uses are taken together or not at all: a counter that has run out gives back what the others had given. */
import type { Db } from '#lib/db.ts'
import { Fault } from '#lib/errors.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
import { claimUse } from '#lib/paywall/tokens/use-counter-store.ts'

export interface UsesClaim {
  readonly creatorId: string
  readonly tokenId: Uint8Array
  readonly service: string
  readonly uses: readonly { readonly kind: CountedKind; readonly limit: bigint; readonly cost: bigint }[]
}

/** `remaining`: uses that are left; `null` when uses are not counted. */
export type UsesClaimed =
  | { readonly kind: 'claimed'; readonly remaining: bigint | null }
  | { readonly kind: 'exhausted'; readonly counter: CountedKind }

/** Claims one request from every counter of a token's service. Throws `database.unavailable`. Source: protocol.md §6.2. */
export async function claimUses(deps: { db: Db }, { uses, ...key }: UsesClaim): Promise<UsesClaimed> {
  try {
    return await deps.db.inTransaction(async (tx): Promise<UsesClaimed> => {
      let remaining: bigint | null = null
      for (const claim of uses) {
        const claimed = await claimUse(tx, { ...key, ...claim })
        if (claimed.kind === 'exhausted') throw new Exhausted(claim.kind)
        if (claim.kind === 'uses') remaining = claimed.remaining
      }
      return { kind: 'claimed', remaining }
    })
  } catch (cause) {
    if (cause instanceof Exhausted) return { kind: 'exhausted', counter: cause.counter }
    throw cause
  }
}

/** Only to leave the transaction so that it rolls back. */
class Exhausted extends Fault {
  readonly counter: CountedKind

  constructor(counter: CountedKind) {
    super('l402.exhausted', `no ${counter} left`)
    this.counter = counter
  }
}
