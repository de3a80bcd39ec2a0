/**
 * Unpaid requests cannot reach node or database faster than the budget of reliability.md §9.1, however many gateways there
 * are: token buckets in bounded memory.
 */
import type { Clock } from '#lib/clock.ts'
import { type BucketLimit, createBuckets } from './buckets.ts'
import { groupClient } from './client-address.ts'
import { createSharedBuckets, type SharedBuckets } from './shared-buckets.ts'

/** As `CHALLENGE_LIMITS` says it. `creatorPercent`: one creator's part of the global bucket. */
export interface ChallengeLimits {
  readonly client: BucketLimit
  readonly network: BucketLimit
  readonly resource: BucketLimit
  readonly global: BucketLimit
  readonly creatorPercent: number
}

type BudgetScope = 'client' | 'network' | 'resource' | 'creator' | 'global'

/** `limited`: nothing was taken from any bucket; `retryAfterSeconds` is at least 1. */
type BudgetAnswer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'limited'; readonly scope: BudgetScope; readonly retryAfterSeconds: number }

export interface ChallengeBudget {
  /** Takes one challenge from every bucket it counts in, or from none of them. */
  take(asker: { address: string | null; creatorId: string; resourceId: string }): BudgetAnswer
  /** From now on this is one of so many gateways that share. One that comes to others begins with little. */
  divide(gateways: number): void
}

/** What networks share is divided among gateways too; clients and networks are counted by each gateway for itself. */
const SHARED = ['resource', 'creator', 'global'] as const
type Shared<T> = Record<(typeof SHARED)[number], T>

/**
 * `gateways`: how many share; 0: not known yet, and until `divide` says it no challenge is made. Source: decisions/022.
 */
export function createChallengeBudget(limits: ChallengeLimits, clock: Clock, gateways = 1): ChallengeBudget {
  const own = { client: createBuckets(limits.client), network: createBuckets(limits.network) }
  let scopes = { ...own, ...createShared(divideLimits(limits, gateways)) }
  let sharing = gateways
  return {
    take({ address, creatorId, resourceId }) {
      if (sharing === 0) return { kind: 'limited', scope: 'global', retryAfterSeconds: 1 }
      const nowMs = clock.now().getTime()
      const { client, network } = groupClient(address)
      const buckets: Record<BudgetScope, Pick<SharedBuckets, 'secondsUntilFree' | 'take'>> = scopes
      const keys: readonly (readonly [BudgetScope, string])[] = [
        ['client', client],
        ['network', network],
        ['resource', `${creatorId}/${resourceId}`],
        ['creator', creatorId],
        ['global', ''],
      ]
      for (const [scope, key] of keys) {
        const waitSeconds = buckets[scope].secondsUntilFree(key, nowMs, network)
        if (waitSeconds > 0) return { kind: 'limited', scope, retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)) }
      }
      for (const [scope, key] of keys) buckets[scope].take(key, nowMs, network)
      return { kind: 'taken' }
    },
    divide(among) {
      const sizes = divideLimits(limits, among)
      // Who is alone from the beginning has all at once: nobody else can have used any of it.
      if (sharing === 0 && among === 1) scopes = { ...own, ...createShared(sizes) }
      else if (among !== sharing) for (const scope of SHARED) scopes[scope].resize(sizes[scope], clock.now().getTime())
      sharing = among
    },
  }
}

function createShared(sizes: Shared<BucketLimit>): Shared<SharedBuckets> {
  return {
    resource: createSharedBuckets(sizes.resource),
    creator: createSharedBuckets(sizes.creator),
    global: createSharedBuckets(sizes.global),
  }
}

/** Who comes to others begins with this part of what all have at once: enough for its first readers, little beside the rest. */
const FIRST_PART = 0.1

function divideLimits(limits: ChallengeLimits, gateways: number): Shared<BucketLimit> {
  // Not known yet: nothing comes in, and what is there stays when the number is known.
  const [rate, room] = gateways === 0 ? [0, FIRST_PART] : [1 / gateways, 1 / gateways]
  const part = ({ ratePerSecond, burst }: BucketLimit): BucketLimit => ({
    ratePerSecond: ratePerSecond * rate,
    burst: Math.max(1, burst * room),
  })
  return { resource: part(limits.resource), creator: part(creatorLimit(limits)), global: part(limits.global) }
}

/**
 * One creator's part: its share of the global rate, and a burst of which one network can use up half at most, or one crowd
 * would close a shop for everybody else (docs/decisions/007). Never more than all have.
 */
function creatorLimit({ global, network, creatorPercent }: ChallengeLimits): BucketLimit {
  const share = creatorPercent / 100
  return {
    ratePerSecond: global.ratePerSecond * share,
    burst: Math.max(1, Math.min(global.burst, Math.max(global.burst * share, 2 * network.burst))),
  }
}

/** Look-ups by id or proof: a challenge, a bare token, a claim secret. A holder pays nothing for them from the budget. */
export interface LookupBudget {
  /** Seconds to wait; 0 when one was taken. */
  take(address: string | null): number
}

/** For each challenge that may be asked for; above anybody who polls for a payment, and a bound for made-up proofs. */
const LOOKUPS_PER_CHALLENGE = 10

export function createLookupBudget(limits: Pick<ChallengeLimits, 'client' | 'network'>, clock: Clock): LookupBudget {
  const clients = createBuckets(times(limits.client, LOOKUPS_PER_CHALLENGE))
  const networks = createBuckets(times(limits.network, LOOKUPS_PER_CHALLENGE))
  return {
    take(address) {
      const nowMs = clock.now().getTime()
      const { client, network } = groupClient(address)
      const waitSeconds = Math.max(clients.secondsUntilFree(client, nowMs), networks.secondsUntilFree(network, nowMs))
      if (waitSeconds > 0) return waitSeconds
      clients.take(client, nowMs)
      networks.take(network, nowMs)
      return 0
    },
  }
}

function times({ ratePerSecond, burst }: BucketLimit, factor: number): BucketLimit {
  return { ratePerSecond: ratePerSecond * factor, burst: burst * factor }
}
