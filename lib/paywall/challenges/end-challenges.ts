/** By an operator's word, and nobody else's, every unsettled challenge of a backend that is gone becomes final. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import type { BackendId, Backends } from '#lib/lightning/backend.ts'
import { cancelUnsettled, countUnsettled, type WaitingAt } from './sweep-store.ts'

export interface EndDeps {
  readonly db: Db
  readonly clock: Clock
  readonly backends: Backends
}

/** `unknown`: a backend of ours does not answer, so it may be that one. */
export interface GoneCandidate extends WaitingAt {
  readonly connection: 'connected' | 'none' | 'unknown'
}

/** Every backend that has unsettled challenges, and whether it is one that we are connected to. */
export async function listWaiting({ db, clock, backends }: EndDeps): Promise<GoneCandidate[]> {
  const answers = await Promise.allSettled(backends.list().map((backend) => backend.getId()))
  const connected = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const others = connected.length === answers.length ? 'none' : 'unknown'
  const waiting = await countUnsettled(db.client, clock.now())
  return waiting.map((at) => ({ ...at, connection: connected.includes(at.backendId) ? 'connected' : others }))
}

/** In one transaction; its row locks are held for some milliseconds. */
const BATCH_ROWS = 1_000

export type EndAnswer =
  /** How many were ended now; those that were settled stay settled. */
  | { readonly kind: 'ended'; readonly count: number }
  /** It answers, so what became of its invoices is its own to say. */
  | { readonly kind: 'connected' }

/**
 * Ends what this backend never settled. Refused for one that answers. Money that it reports afterwards is credited all
 * the same, as that of any canceled invoice, and somebody is told. Done again it ends nothing more. `onEnded` is told after
 * each batch how many there are so far.
 */
export async function endChallenges(
  deps: EndDeps,
  { backendId, onEnded }: { backendId: BackendId; onEnded?: (count: number) => void },
): Promise<EndAnswer> {
  const answers = await Promise.allSettled(deps.backends.list().map((backend) => backend.getId()))
  if (answers.some((answer) => answer.status === 'fulfilled' && answer.value === backendId))
    return { kind: 'connected' }
  let count = 0
  for (;;) {
    const ended = await deps.db.inTransaction((tx) => cancelUnsettled(tx, { backendId, limit: BATCH_ROWS }))
    count += ended
    if (ended > 0) onEnded?.(count)
    else return { kind: 'ended', count }
  }
}
