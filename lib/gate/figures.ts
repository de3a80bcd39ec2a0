/** What the gate measures of itself for its operator: outcomes, challenges, what the caches found; one addition in memory for a request that is let in. */
import type { Cell, Metrics } from '#lib/metrics.ts'
import type { Recall } from './credentials/recall.ts'
import type { VerifiedCache } from './credentials/verified-cache.ts'
import type { GateAnswer } from './request.ts'
import type { Admitted } from './target.ts'

export interface GateFigures {
  judged(outcome: GateAnswer | Admitted): void
  /** How a challenge came about, and how long node and database took for it. */
  challenge(result: 'issued' | 'reused' | 'settled' | 'limited' | 'failed', seconds: number): void
}

/** An invoice takes a node some milliseconds and seldom more than a second; budgets answer at once. */
const CHALLENGE_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export function createGateFigures(metrics: Metrics): GateFigures {
  const judgements = metrics.tally({
    name: 'satstile_judgements_total',
    help: 'Requests at something that is sold, by what came of them and the reason of protocol.md 9',
    labels: ['outcome', 'reason'],
  })
  const challenges = metrics.timing({
    name: 'satstile_challenge_seconds',
    help: 'From a decision to ask for payment to its answer, node and database included',
    labels: ['result'],
    buckets: CHALLENGE_BUCKETS,
  })
  const admitted = judgements.cell('admit', '')
  const free = judgements.cell('free', '')
  const preview = judgements.cell('preview', '')
  return {
    judged(outcome) {
      if (outcome.kind === 'admitted') (outcome.grant === null ? free : admitted).count += 1
      else if (outcome.why === undefined) preview.count += 1
      else judgements.cell(nameOutcome(outcome.status), outcome.why.code).count += 1
    },
    challenge: (result, seconds) => challenges.note([result], seconds),
  }
}

function nameOutcome(status: number): string {
  if (status === 402) return 'challenge'
  return status >= 500 ? 'fault' : 'refuse'
}

/** The same memory, counted. */
export function countFindings(
  metrics: Metrics,
  { recall, cache }: { recall: Recall; cache: VerifiedCache },
): { recall: Recall; cache: VerifiedCache } {
  const found = metrics.tally({
    name: 'satstile_credentials_total',
    help: 'Credentials by how they were known: as the same letters, by their digest, or verified anew',
    labels: ['known'],
  })
  const [letters, digest, anew] = [found.cell('letters'), found.cell('digest'), found.cell('verified')]
  return {
    recall: { note: recall.note, find: (...asked) => counted(recall.find(...asked), letters) },
    cache: { ...cache, find: (asked) => counted(cache.find(asked), digest, anew) },
  }
}

function counted<T>(found: T | null, hit: Cell, miss?: Cell): T | null {
  if (found !== null) hit.count += 1
  else if (miss !== undefined) miss.count += 1
  return found
}
