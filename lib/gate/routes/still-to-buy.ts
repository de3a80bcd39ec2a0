/** What somebody who asks by name still has to buy, judged by the credentials that came with the request. */
import { type Decision, decide, type Shortfall } from '#lib/gate/decide.ts'
import type { GateDeps } from '#lib/gate/deps.ts'
import type { Asked } from '#lib/gate/kinds/kind.ts'
import { type Turn, withYoungKeys } from '#lib/gate/turn.ts'

/** `shortfall` is null where it opens already, at this moment or when a limit of its token allows. */
export async function findShortfall(
  deps: GateDeps,
  turn: Turn,
): Promise<{ readonly asked: Asked; readonly shortfall: Shortfall | null }> {
  const { asked, decision } = await decideWithYoungKeys(deps, turn)
  if (decision.kind === 'free' || decision.kind === 'admit') return { asked, shortfall: null }
  const isLimited = decision.kind === 'refuse' && decision.refused.code.startsWith('limit.')
  return { asked, shortfall: isLimited ? null : decision }
}

async function decideWithYoungKeys(deps: GateDeps, turn: Turn): Promise<{ asked: Asked; decision: Decision }> {
  const decision = decide(deps, turn.asked, turn.ask)
  if (!('isKeyUnknown' in decision) || !decision.isKeyUnknown) return { asked: turn.asked, decision }
  const young = await withYoungKeys(deps, turn)
  return { asked: young.asked, decision: decide(deps, young.asked, young.ask, young.known) }
}
