/** What one request costs is taken from all counters of its token, or from none. */
import type { Db, Tx } from '#lib/db.ts'
import { Fault } from '#lib/errors.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
import { type ClaimedUses, inLockOrder, type Use } from './entitlement.ts'
import { claimUse } from './entitlement-store.ts'

export interface UsesOfToken {
  readonly creatorId: string
  readonly tokenId: TokenId
  readonly service: string
  /** One for each counter; the first of them that has run out is the one that is told. */
  readonly uses: readonly Use[]
}

/**
 * Claims the uses of one request. `exhausted`: a counter has not enough left, and nothing was taken from any. Atomic
 * against every other claim on the same token, together with what `along` does. Throws `database.unavailable`: what is metered is then not given away.
 */
export async function claimUses(
  deps: { db: Db },
  { uses, ...token }: UsesOfToken,
  along: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<ClaimedUses> {
  try {
    return await deps.db.inTransaction(async (tx) => {
      const left = new Map<Use, bigint>()
      for (const use of inLockOrder(uses)) {
        const claimed = await claimUse(tx, { ...token, ...use })
        if (claimed.kind === 'claimed') left.set(use, claimed.remaining)
      }
      const spent = uses.find((use) => !left.has(use))
      if (spent !== undefined) throw new Exhausted(spent.kind)
      await along(tx)
      const counted = uses.find(({ kind }) => kind === 'uses')
      return { kind: 'claimed', remaining: (counted && left.get(counted)) ?? null }
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
