/** How many sign-in mails leave: limited by who asks, never by whose address it is, so nobody can close the door to another. */
import { LRUCache } from 'lru-cache'
import { groupClient } from '#lib/gate/limits/client-address.ts'

interface MailLimits {
  /** Mails for one client (an IPv4 address or an IPv6 /64), one network (/24, /48) and altogether, per window. */
  readonly client: number
  readonly network: number
  readonly total: number
}

const LIMITS: MailLimits = { client: 20, network: 60, total: 1200 }
const WINDOW_MS = 15 * 60_000
/** A second press within this time brings no second mail: the first one holds. */
const MERGED_MS = 60_000
/** Keys remembered at once; the one not used longest gives way, so memory stays bounded. */
const MAX_KEYS = 50_000

/** `merged`: this browser had a mail to this address a moment ago. `limited`: none is sent. */
type MailAnswer = 'send' | 'merged' | 'limited'

interface MailAsk {
  readonly client: string | null
  readonly browserSecret: string
  readonly address: string
}

export interface MailBudget {
  /** Takes one mail from the budget of everybody it counts for, or from nobody's. */
  take(ask: MailAsk, now: Date): MailAnswer
  /** Gives it back: the mail could not be handed over, and the next press tries again. */
  giveBack(ask: MailAsk): void
}

/** Buckets that fill again within the window; what is full again says nothing and may be forgotten. */
export function createMailBudget(limits: MailLimits = LIMITS): MailBudget {
  const buckets = new LRUCache<string, { readonly left: number; readonly atMs: number }>({ max: MAX_KEYS })
  const sent = new LRUCache<string, number>({ max: MAX_KEYS })
  const leftIn = (key: string, size: number, nowMs: number): number => {
    const bucket = buckets.get(key)
    return bucket === undefined ? size : Math.min(size, bucket.left + ((nowMs - bucket.atMs) / WINDOW_MS) * size)
  }
  return {
    take(ask, now) {
      const nowMs = now.getTime()
      if (nowMs - (sent.get(pressOf(ask)) ?? Number.NEGATIVE_INFINITY) < MERGED_MS) return 'merged'
      const group = groupClient(ask.client)
      const counted = [
        { key: `client ${group.client}`, size: limits.client },
        { key: `network ${group.network}`, size: limits.network },
        { key: 'total', size: limits.total },
      ].map((bucket) => ({ ...bucket, left: leftIn(bucket.key, bucket.size, nowMs) }))
      const [own, , total] = counted
      // The second half of all mails is for those who have asked for hardly any: a crowd cannot use up everybody's.
      const isScarce = total !== undefined && total.left < limits.total / 2
      const isModest = own !== undefined && own.left >= Math.max(1, limits.client * 0.85)
      if (counted.some(({ left }) => left < 1) || (isScarce && !isModest)) return 'limited'
      for (const { key, left } of counted) buckets.set(key, { left: left - 1, atMs: nowMs })
      sent.set(pressOf(ask), nowMs)
      return 'send'
    },
    giveBack(ask) {
      sent.delete(pressOf(ask))
    },
  }
}

function pressOf({ browserSecret, address }: MailAsk): string {
  return `${browserSecret} ${address}`
}

/** Codes that did not fit, per browser: its secret is what a code belongs to, so nobody else's tries count here. */
export interface TryLimit {
  /** Whether this browser may try another code. */
  isOpen(browserSecret: string): boolean
  /** One did not fit. */
  count(browserSecret: string): void
}

const MAX_TRIES = 10

export function createTryLimit(): TryLimit {
  const tries = new LRUCache<string, number>({ max: MAX_KEYS, ttl: WINDOW_MS })
  return {
    isOpen: (browserSecret) => (tries.get(browserSecret) ?? 0) < MAX_TRIES,
    count: (browserSecret) => tries.set(browserSecret, (tries.get(browserSecret) ?? 0) + 1),
  }
}
