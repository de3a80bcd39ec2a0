/** Unpaid requests cannot reach node or database faster than the budget of reliability.md §9.1: token buckets in bounded memory. */
import type { Clock } from '#lib/clock.ts'
import { groupClient } from './client-address.ts'

export interface BucketLimit {
  readonly ratePerSecond: number
  /** How many may come at once after a pause. */
  readonly burst: number
}

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
}

/** A full bucket says nothing, so dropping the oldest costs at worst one burst, and memory stays bounded under any flood. */
const MAX_BUCKETS_PER_SCOPE = 50_000

export function createChallengeBudget(limits: ChallengeLimits, clock: Clock): ChallengeBudget {
  const scopes = {
    client: createBuckets(limits.client),
    network: createBuckets(limits.network),
    resource: createBuckets(limits.resource),
    creator: createBuckets(creatorLimit(limits)),
    global: createBuckets(limits.global),
  } satisfies Record<BudgetScope, Buckets>
  return {
    take({ address, creatorId, resourceId }) {
      const nowMs = clock.now().getTime()
      const group = groupClient(address)
      const keys: readonly (readonly [BudgetScope, string])[] = [
        ['client', group.client],
        ['network', group.network],
        ['resource', `${creatorId}/${resourceId}`],
        ['creator', creatorId],
        ['global', ''],
      ]
      for (const [scope, key] of keys) {
        const waitSeconds = scopes[scope].secondsUntilFree(key, nowMs)
        if (waitSeconds > 0) return { kind: 'limited', scope, retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)) }
      }
      for (const [scope, key] of keys) scopes[scope].take(key, nowMs)
      return { kind: 'taken' }
    },
  }
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

/** Token buckets of one size by key. */
export interface Buckets {
  /** 0 when one can be taken now. */
  secondsUntilFree(key: string, nowMs: number): number
  take(key: string, nowMs: number): void
}

interface Bucket {
  level: number
  filledAtMs: number
}

/** Buckets that refill continuously and begin full; `maxKeys` bounds the memory, oldest untouched key out first. */
export function createBuckets(limit: BucketLimit, maxKeys = MAX_BUCKETS_PER_SCOPE): Buckets {
  const buckets = new Map<string, Bucket>()
  const levelAt = (bucket: Bucket | undefined, nowMs: number): number => {
    if (bucket === undefined) return limit.burst
    const refill = (Math.max(0, nowMs - bucket.filledAtMs) / 1000) * limit.ratePerSecond
    return Math.min(limit.burst, bucket.level + refill)
  }
  return {
    secondsUntilFree(key, nowMs) {
      const level = levelAt(buckets.get(key), nowMs)
      return level >= 1 ? 0 : (1 - level) / limit.ratePerSecond
    },
    take(key, nowMs) {
      const level = levelAt(buckets.get(key), nowMs) - 1
      buckets.delete(key)
      if (buckets.size >= maxKeys) dropOldest(buckets)
      buckets.set(key, { level, filledAtMs: nowMs })
    },
  }
}

function dropOldest(buckets: Map<string, Bucket>): void {
  const oldest = buckets.keys().next()
  if (!oldest.done) buckets.delete(oldest.value)
}
