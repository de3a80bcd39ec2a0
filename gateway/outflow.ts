/** Large answers share one budget of bytes in memory: a client has a part of it, and who takes free bytes leaves room for who paid. */
import { groupClient } from '#lib/gate/limits/client-address.ts'
import { decodeLatin1 } from '#lib/l402/bytes.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import { createShares, type Part } from '#lib/shares.ts'

export interface OutflowLimits {
  readonly all: number
  /** Of `all`, for answers that nobody paid for. */
  readonly free: number
  readonly client: number
  readonly network: number
  /** Of what one token opens, wherever it is used. */
  readonly token: number
}

/** An answer that is about to leave. */
interface Leaving {
  readonly address: string | null
  /** Of the token that opened it; `null`: it is free. */
  readonly tokenId: TokenId | null
  /** The most that it keeps in memory while its client reads. */
  readonly bytes: number
}

export interface Outflow {
  /** Takes room for one answer and says how to give it back, which may be done twice; else why there is none now. */
  take(leaving: Leaving): Taken
}

type Taken =
  | { readonly kind: 'taken'; readonly release: () => void }
  /** `limit.rate`: this token has as much under way as it may. */
  | { readonly kind: 'full'; readonly code: 'queue.full' | 'limit.rate' }

const MB = 1024 * 1024
const LIMITS: OutflowLimits = { all: 128 * MB, free: 96 * MB, client: 16 * MB, network: 48 * MB, token: 8 * MB }

/** An answer larger than one client's part still leaves, alone. */
export function createOutflow(limits: OutflowLimits = LIMITS): Outflow {
  const shares = createShares()
  return {
    take({ address, tokenId, bytes }) {
      const { client, network } = groupClient(address)
      const own: Part = tokenId === null ? ['free', limits.free] : [`token ${decodeLatin1(tokenId)}`, limits.token]
      const parts: Part[] = [
        own,
        [`client ${client}`, limits.client],
        [`network ${network}`, limits.network],
        ['all', limits.all],
      ]
      const share = shares.take(parts, bytes)
      if (share.kind === 'taken') return share
      return { kind: 'full', code: share.key.startsWith('token ') ? 'limit.rate' : 'queue.full' }
    },
  }
}
