/** What a request would meet now that its token is used up, so that a stream which is cut can say how to go on. */
import type { GateDeps } from '#lib/gate/deps.ts'
import { handle } from '#lib/gate/handle.ts'
import type { GateRequest } from '#lib/gate/request.ts'

/** The body of the 402; `null`: it goes on after all, by something else that its client holds, or nothing is sold. */
export async function challengeAnew(deps: GateDeps, request: GateRequest): Promise<string | null> {
  const outcome = await handle(deps, request)
  if (outcome.kind === 'answer') return outcome.status === 402 && typeof outcome.body === 'string' ? outcome.body : null
  outcome.release?.()
  await outcome.held?.giveBack()
  await outcome.meter?.abandon()
  return null
}
