/** Who buys more of what is not used up yet goes on with what is left: the new token states both, on the same counter. */
import type { Db } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { countsOf, type Offer } from '#lib/paywall/offers/offer.ts'
import { reachOf } from './counter.ts'
import { type CounterKey, findPurchase, findUsed } from './counter-store.ts'
import { STEPS_OF } from './entitlement.ts'
import { findCounter, type KnownCounters } from './find-counter.ts'

export interface TopUpHeld {
  /** What the token that goes on states, by the name of the counter. */
  readonly held: ReadonlyMap<string, number>
  readonly parent: { readonly service: string; readonly tokenId: string }
}

interface TopUpInput {
  readonly creatorId: string
  readonly offer: Offer
  /** Tokens for what is bought that are good still, the first of them first. */
  readonly carried: readonly VerifiedToken[]
}

/** A caveat holds fifteen digits. */
const MAX_STATED = 999_999_999_999_999

/**
 * `null`: nothing is left of what the buyer shows, or its holder narrowed it; then the purchase has a counter of its own.
 * Throws `database.unavailable`.
 */
export async function findTopUp(
  deps: { db: Db; counters: KnownCounters },
  { creatorId, offer, carried }: TopUpInput,
): Promise<TopUpHeld | null> {
  const [service, ...others] = offer.covers
  const counts = countsOf(offer)
  if (service === undefined || others.length > 0 || counts.length === 0) return null
  for (const token of carried) {
    const { tokenId } = token.identifier
    const held = await readLeft(deps, { creatorId, tokenId, service }, { token, counts })
    if (held !== null) return { held, parent: { service, tokenId: encodeHex(tokenId) } }
  }
  return null
}

/** What it states of everything that the offer counts, when something of each is left. */
async function readLeft(
  deps: { db: Db; counters: KnownCounters },
  key: CounterKey,
  { token, counts }: { token: VerifiedToken; counts: ReturnType<typeof countsOf> },
): Promise<ReadonlyMap<string, number> | null> {
  const conditions = token.services.find(({ name }) => name === key.service)?.conditions
  const purchase = await findPurchase(deps.db.client, key)
  if (conditions === undefined || purchase === null) return null
  const counter = await findCounter(deps, key)
  const held = new Map<string, number>()
  for (const [name, bought] of counts) {
    const stated = purchase.minted.get(name)
    if (stated === undefined || conditions.get(name)?.text !== String(stated)) return null
    const used = await findUsed(deps.db.client, { ...key, tokenId: counter.tokenId }, name)
    const isLeft = used < reachOf(stated, counter.topUps.get(name)) * stepsOf(name)
    if (!isLeft || Number(stated) + bought > MAX_STATED) return null
    held.set(name, Number(stated))
  }
  return held
}

function stepsOf(name: string): bigint {
  if (name === 'uses' || name === 'bytes' || name === 'seconds') return STEPS_OF[name]
  return STEPS_OF.volume
}
