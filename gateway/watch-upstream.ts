/** What a creator's server did with a request is counted: for the operator in all, for the creator by day. */
import { Fault } from '#lib/errors.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import type { Admitted } from '#lib/gate/target.ts'
import type { Metrics } from '#lib/metrics.ts'
import type { UpstreamBuffer, UpstreamCall } from '#lib/paywall/usage/upstream-buffer.ts'
import type { Tracing } from '#lib/tracing.ts'
import type { Upgraded } from './upgrade.ts'

type Answer = GateAnswer | Upgraded

/** Answers with what `call` does. */
export type WatchUpstream = (admitted: Admitted, request: GateRequest, call: () => Promise<Answer>) => Promise<Answer>

interface WatchDeps {
  readonly metrics: Metrics
  readonly upstreams: UpstreamBuffer
  readonly tracing: Tracing | null
}

/** Until the head of an answer is there. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** As in protocol.md §6.2: these bring no result, and nothing is charged for them. */
const NO_RESULT: ReadonlySet<number> = new Set([408, 425, 429])

export function watchUpstreams({ metrics, upstreams, tracing }: WatchDeps): WatchUpstream {
  const timing = metrics.timing({
    name: 'satstile_upstream_seconds',
    help: "From a request let in to the head of its answer from the creator's server",
    labels: ['outcome'],
    buckets: BUCKETS,
  })
  return async ({ creator, resource }, request, call) => {
    const startedAt = performance.now()
    const note = (outcome: UpstreamCall['outcome']) => {
      const durationMs = performance.now() - startedAt
      timing.note([outcome], durationMs / 1000)
      upstreams.count({ creatorId: creator.creatorId, resourceId: resource.id, outcome, durationMs })
    }
    try {
      const answer = await (tracing === null ? call() : tracing.resume(request, 'upstream', call))
      note(answer.kind === 'answer' && isFailed(answer.status) ? 'failed' : 'answered')
      return answer
    } catch (cause) {
      const outcome = request.signal.aborted ? null : troubleOf(cause)
      if (outcome !== null) note(outcome)
      throw cause
    }
  }
}

/** `null`: trouble of ours. Whoever hangs up says nothing of the server either. */
function troubleOf(cause: unknown): UpstreamCall['outcome'] | null {
  if (!(cause instanceof Fault)) return null
  if (cause.code === 'upstream.timeout') return 'timeouts'
  return cause.code === 'upstream.unreachable' ? 'unreachable' : null
}

function isFailed(status: number): boolean {
  return status >= 500 || NO_RESULT.has(status)
}
