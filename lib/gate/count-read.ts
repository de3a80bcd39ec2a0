/** A reading is counted when its answer has begun to leave; both doors count by this. */
import type { GateDeps } from './deps.ts'
import type { GateAnswer, GateRequest } from './request.ts'
import type { Admitted } from './target.ts'

/** Counts `answer` to an admitted request if it is a paid reading: the whole, to who asked for it and not only about it. */
export function countRead(
  { usage }: Pick<GateDeps, 'usage'>,
  { creator, resource, target }: Admitted,
  exchange: { request: Pick<GateRequest, 'method'>; answer: Pick<GateAnswer, 'status'> },
): void {
  if (!target.isReading || target.access !== 'paid') return
  if (exchange.answer.status !== 200 || exchange.request.method !== 'GET') return
  usage.count({ creatorId: creator.creatorId, resourceId: resource.id, kind: 'read' })
}
