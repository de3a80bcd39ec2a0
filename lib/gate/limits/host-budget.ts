/** Hosts where nobody lives cost a query each, so clients who ask for them have a budget; a host that somebody has costs none of it. */
import { type BucketLimit, createBuckets } from './buckets.ts'
import { groupClient } from './client-address.ts'

export interface HostLimits {
  readonly client: BucketLimit
  readonly network: BucketLimit
  readonly all: BucketLimit
}

export interface HostBudget {
  /** Before a host is looked up; `null`: go on. */
  refusal(address: string | null): HostRefusal | null
  /** Nobody lives at the host that was looked up. */
  count(address: string | null): void
}

interface HostRefusal {
  readonly code: 'limit.rate' | 'queue.full'
  readonly retryAfterSeconds: number
}

/** Together less than a hundredth of what Postgres answers on one core. */
const LIMITS: HostLimits = {
  client: { ratePerSecond: 5, burst: 50 },
  network: { ratePerSecond: 20, burst: 200 },
  all: { ratePerSecond: 100, burst: 500 },
}

/** Counted afterwards: those who ask at the same moment may go over it together, and then wait for longer. */
export function createHostBudget(limits: HostLimits = LIMITS, nowMs = () => performance.now()): HostBudget {
  const clients = createBuckets(limits.client)
  const networks = createBuckets(limits.network)
  const all = createBuckets(limits.all)
  return {
    refusal(address) {
      const now = nowMs()
      const { client, network } = groupClient(address)
      const own = Math.max(clients.secondsUntilFree(client, now), networks.secondsUntilFree(network, now))
      if (own > 0) return { code: 'limit.rate', retryAfterSeconds: own }
      const shared = all.secondsUntilFree('', now)
      return shared > 0 ? { code: 'queue.full', retryAfterSeconds: shared } : null
    },
    count(address) {
      const now = nowMs()
      const { client, network } = groupClient(address)
      clients.take(client, now)
      networks.take(network, now)
      all.take('', now)
    },
  }
}
