/** A reading is counted when its answer has begun to leave; both doors count by this. */
import type { GateDeps } from './deps.ts'
import type { GateAnswer, GateRequest } from './request.ts'
import type { Admitted } from './target.ts'

/** Counts `answer` to an admitted request if it is a paid reading: the whole, to who asked for it and not only about it. */
export function countRead(
  { usage }: Pick<GateDeps, 'usage'>,
  { creator, resource, grant, target }: Admitted,
  exchange: { request: Pick<GateRequest, 'method'>; answer: Pick<GateAnswer, 'status'> },
): void {
  if (!target.isReading || grant === null || exchange.request.method === 'HEAD') return
  const { status } = exchange.answer
  if (status < 200 || status > 299 || status === 206) return
  usage.count({ creatorId: creator.creatorId, resourceId: resource.id, kind: 'read' })
}
