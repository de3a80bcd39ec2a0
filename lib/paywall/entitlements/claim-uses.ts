/** What one request costs is taken from all counters of its token, or from none. */
import type { Db, Tx } from '#lib/db.ts'
import { Fault } from '#lib/errors.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
import { type BodyPart, begin, isCovered } from './delivery.ts'
import { lockDelivery, writeDelivery } from './delivery-store.ts'
import { leastOf } from './draw.ts'
import type { BegunPart } from './end-part.ts'
import { type ClaimedUses, counterOf, inLockOrder, type Use } from './entitlement.ts'
import { claimUse, drawUse } from './entitlement-store.ts'

export interface UsesOfToken {
  readonly creatorId: string
  readonly tokenId: TokenId
  readonly service: string
  /** One for each counter; the first of them that has run out is the one that is told. */
  readonly uses: readonly Use[]
  /** What is asked for now, where a use may bring it in several parts. */
  readonly asked?: { readonly part: BodyPart; readonly now: Date }
}

/** `begun`: the part that leaves now; how far it comes is to be told (end-part.ts). */
export type Claimed = ClaimedUses & { readonly begun?: BegunPart }

/** What was taken of each counter. */
export type Taken = ReadonlyMap<Use, bigint>

/**
 * Claims the uses of one request. `exhausted`: a counter has not enough left, and nothing was taken from any. Atomic
 * against every other claim on the same token, together with what `around` does besides taking them. Throws
 * `database.unavailable`: what is metered is then not given away.
 */
export async function claimUses(
  deps: { db: Db },
  wanted: UsesOfToken,
  around: (tx: Tx, take: () => Promise<Claimed>, taken: Taken) => Promise<Claimed> = (_tx, take) => take(),
): Promise<Claimed> {
  try {
    return await deps.db.inTransaction((tx) => {
      const taken = new Map<Use, bigint>()
      return around(tx, () => takePart(tx, wanted, taken), taken)
    })
  } catch (cause) {
    if (cause instanceof Exhausted) return { kind: 'exhausted', counter: cause.counter }
    throw cause
  }
}

/** What was paid for by an earlier part of the same use costs none. Throws as `takeAll`. */
async function takePart(tx: Tx, { asked, ...token }: UsesOfToken, taken: Map<Use, bigint>): Promise<Claimed> {
  const isCounted = token.uses.some(({ kind }) => kind === 'uses')
  if (asked === undefined || !isCounted) return takeAll(tx, token, taken)
  const { part, now } = asked
  const key = { creatorId: token.creatorId, tokenId: token.tokenId, service: token.service }
  const delivery = await lockDelivery(tx, { ...key, etag: part.etag })
  const covered = isCovered(delivery, part, now)
  const claimed = await takeAll(tx, covered ? withoutUse(token) : token, taken)
  const begun = begin(delivery, part, { isCovered: covered, now })
  await writeDelivery(tx, { ...key, etag: part.etag }, begun)
  return { ...claimed, begun: { ...key, part, uses: begun.uses } }
}

/** Throws `Exhausted` when a counter has not enough left. */
async function takeAll(
  tx: Tx,
  { uses, ...token }: Omit<UsesOfToken, 'asked'>,
  taken: Map<Use, bigint>,
): Promise<ClaimedUses> {
  const left = new Map<Use, bigint>()
  for (const use of inLockOrder(uses)) {
    const claim = { ...token, ...use, kind: counterOf(use) }
    if (use.taking === 'drawn') {
      const drawn = await drawUse(tx, { ...claim, least: leastOf(use.kind) })
      if (drawn > 0n) taken.set(use, drawn)
      continue
    }
    const claimed = await claimUse(tx, claim)
    if (claimed.kind === 'exhausted') continue
    taken.set(use, use.cost)
    left.set(use, claimed.remaining)
  }
  const spent = uses.find((use) => !taken.has(use))
  if (spent !== undefined) throw new Exhausted(spent.kind)
  const counted = uses.find(({ kind }) => kind === 'uses')
  return { kind: 'claimed', remaining: (counted && left.get(counted)) ?? null }
}

function withoutUse<T extends Pick<UsesOfToken, 'uses'>>(token: T): T {
  return { ...token, uses: token.uses.map((use) => (use.kind === 'uses' ? { ...use, cost: 0n } : use)) }
}

/** Only to leave the transaction so that it rolls back. */
class Exhausted extends Fault {
  readonly counter: CountedKind

  constructor(counter: CountedKind) {
    super('l402.exhausted', `no ${counter} left`)
    this.counter = counter
  }
}
