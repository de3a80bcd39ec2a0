/** What came of a request at a place is noted once it is known: for the operator's figures, and a refusal by day for the creator. */
import type { RefusalBuffer } from '#lib/paywall/usage/refusal-buffer.ts'
import type { GateFigures } from './figures.ts'
import type { Asked } from './kinds/kind.ts'
import type { GateAnswer } from './request.ts'
import type { Admitted } from './target.ts'

export interface OutcomeDeps {
  readonly figures: GateFigures
  readonly refusals: Pick<RefusalBuffer, 'count'>
}

/** The same outcome. A first request without any credential is no refusal: that is how buying begins. */
export function noteOutcome<T extends GateAnswer | Admitted>(
  { figures, refusals }: OutcomeDeps,
  { creator, resource }: Pick<Asked, 'creator' | 'resource'>,
  outcome: T,
): T {
  figures.judged(outcome)
  if (outcome.kind === 'admitted' || outcome.why === undefined) return outcome
  const { code, detail } = outcome.why
  if (code === 'l402.missing' && detail === 'none') return outcome
  refusals.count({ creatorId: creator.creatorId, resourceId: resource.id, reason: code, detail })
  return outcome
}
