/** A reading is counted when its answer has begun to leave; both doors count by this. */
import type { GateDeps } from './deps.ts'
import type { GateAnswer, GateRequest } from './request.ts'
import type { Admitted } from './target.ts'

/** Counts `answer` to an admitted request if it is a paid reading: the whole, to who asked for it and not only about it. */
export function countRead(
  { usage }: Pick<GateDeps, 'usage'>,
  { creator, resource, grant, target }: Admitted,
  exchange: { request: Pick<GateRequest, 'method'>; answer: Pick<GateAnswer, 'status' | 'headers'> },
): void {
  if (!target.isReading || grant === null || exchange.request.method === 'HEAD') return
  if (!isWhole(exchange.answer)) return
  usage.count({ creatorId: creator.creatorId, resourceId: resource.id, kind: 'read' })
}

/** A success, or the one range that is all of it: so players ask for what they play. */
function isWhole({ status, headers }: Pick<GateAnswer, 'status' | 'headers'>): boolean {
  if (status !== 206) return status >= 200 && status <= 299
  const range = headers.find(([name]) => name === 'Content-Range')?.[1] ?? ''
  const [, last, length] = /^bytes 0-(\d+)\/(\d+)$/.exec(range) ?? []
  return last !== undefined && Number(last) + 1 === Number(length)
}
