/** What somebody who asks by name still has to buy, judged by the credentials that came with the request. */
import { type Decision, decide, type Refused, type Shortfall } from '#lib/gate/decide.ts'
import type { GateDeps } from '#lib/gate/deps.ts'
import type { Asked } from '#lib/gate/kinds/kind.ts'
import { type Turn, withYoungKeys } from '#lib/gate/turn.ts'

export interface StillToBuy {
  readonly asked: Asked
  /** `null`: it opens already, at this moment or when a limit of its token allows. */
  readonly shortfall: Shortfall | null
  /** Whoever is blocked is sold nothing. */
  readonly blocked: Refused | null
}

export async function findShortfall(deps: GateDeps, turn: Turn): Promise<StillToBuy> {
  const { asked, decision } = await decideWithYoungKeys(deps, turn)
  if (decision.kind === 'free' || decision.kind === 'admit') return { asked, shortfall: null, blocked: null }
  if (decision.kind !== 'refuse') return { asked, shortfall: decision, blocked: null }
  const { refused } = decision
  if (refused.code === 'paywall.blocked') return { asked, shortfall: null, blocked: refused }
  return { asked, shortfall: refused.code.startsWith('limit.') ? null : decision, blocked: null }
}

async function decideWithYoungKeys(deps: GateDeps, turn: Turn): Promise<{ asked: Asked; decision: Decision }> {
  const decision = decide(deps, turn.asked, turn.ask)
  if (!('isKeyUnknown' in decision) || !decision.isKeyUnknown) return { asked: turn.asked, decision }
  const young = await withYoungKeys(deps, turn)
  return { asked: young.asked, decision: decide(deps, young.asked, young.ask, young.known) }
}
