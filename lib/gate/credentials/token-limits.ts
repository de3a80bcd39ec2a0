/** Two promises of a token that are kept in memory: how many networks use it within a day, and how often it asks. */
import { LRUCache } from 'lru-cache'
import { groupClient } from '#lib/gate/limits/client-address.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import type { Rate } from '#lib/l402/satisfier.ts'

type LimitAnswer =
  | { readonly kind: 'within' }
  | { readonly kind: 'limited'; readonly detail: 'networks' | 'rate'; readonly retryAfterSeconds: number }

export interface TokenLimits {
  /** Tests both limits, then counts this request in both; a refused one counts in neither (protocol.md §5.3). */
  take(use: TokenUse): LimitAnswer
}

export interface TokenUse {
  readonly tokenId: TokenId
  readonly service: string
  readonly address: string | null
  /** At most this many networks in 24 h, this one included; `null`: any number. */
  readonly networks: number | null
  /** A bucket of that many requests, refilled within that many seconds; `null`: any number. */
  readonly rate: Rate | null
  readonly now: Date
}

const DAY_MS = 86_400_000
const MAX_KEYS = 20_000
const WITHIN: LimitAnswer = { kind: 'within' }

export function createTokenLimits(maxKeys = MAX_KEYS): TokenLimits {
  const networks = createNetworkMemory(maxKeys)
  const rates = createRateMemory(maxKeys)
  return {
    take(use) {
      if (use.networks === null && use.rate === null) return WITHIN
      const id = encodeHex(use.tokenId)
      const nowMs = use.now.getTime()
      const network = groupClient(use.address).network
      const networkWaitMs = use.networks === null ? 0 : networks.waitMs(id, network, { limit: use.networks, nowMs })
      if (networkWaitMs > 0) return limited('networks', networkWaitMs)
      const rateWaitMs = use.rate === null ? 0 : rates.waitMs(`${id}/${use.service}`, use.rate, nowMs)
      if (rateWaitMs > 0) return limited('rate', rateWaitMs)
      if (use.networks !== null) networks.count(id, network, nowMs)
      if (use.rate !== null) rates.count(`${id}/${use.service}`, use.rate, nowMs)
      return WITHIN
    },
  }
}

function limited(detail: 'networks' | 'rate', waitMs: number): LimitAnswer {
  return { kind: 'limited', detail, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) }
}

/** When each network last used a token; all copies of a token share one list. */
function createNetworkMemory(maxKeys: number) {
  const seen = new LRUCache<string, Map<string, number>>({ max: maxKeys })
  return {
    /** 0 when `network` may use the token now, else how long until the oldest of the others has been silent for a day. */
    waitMs(id: string, network: string, at: { limit: number; nowMs: number }): number {
      const others = [...(seen.get(id) ?? [])].filter(
        ([name, usedMs]) => name !== network && at.nowMs - usedMs < DAY_MS,
      )
      if (others.length < at.limit) return 0
      return Math.min(...others.map(([, usedMs]) => usedMs)) + DAY_MS - at.nowMs
    },
    count(id: string, network: string, nowMs: number): void {
      const used = seen.get(id) ?? new Map<string, number>()
      for (const [name, usedMs] of used) if (nowMs - usedMs >= DAY_MS) used.delete(name)
      used.set(network, nowMs)
      seen.set(id, used)
    },
  }
}

interface Spent {
  readonly amount: number
  readonly atMs: number
}

/**
 * Requests of a token, twice: all copies together, so that copies do not multiply a rate, and per limit, so that a
 * copy with a tighter rate keeps to it while the others go on. A tight copy cannot starve its owner: it adds at most
 * its own count to what all have spent.
 */
function createRateMemory(maxKeys: number) {
  const spent = new LRUCache<string, Spent>({ max: maxKeys })
  const spentNow = (key: string, rate: Rate, nowMs: number): number => {
    const before = spent.get(key)
    if (before === undefined) return 0
    return Math.max(0, before.amount - ((nowMs - before.atMs) / 1000) * (rate.requests / rate.seconds))
  }
  const keysOf = (key: string, rate: Rate): readonly string[] => [key, `${key}/${rate.requests}/${rate.seconds}`]
  return {
    waitMs(key: string, rate: Rate, nowMs: number): number {
      const excess = Math.max(...keysOf(key, rate).map((one) => spentNow(one, rate, nowMs) + 1 - rate.requests))
      return excess <= 0 ? 0 : Math.ceil((excess * rate.seconds * 1000) / rate.requests)
    },
    count(key: string, rate: Rate, nowMs: number): void {
      for (const one of keysOf(key, rate)) {
        spent.set(one, { amount: spentNow(one, rate, nowMs) + 1, atMs: nowMs })
      }
    },
  }
}
