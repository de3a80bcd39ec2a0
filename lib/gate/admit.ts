/** Who was let in gets the target of what was asked for; counted uses are claimed first, everything else is already decided. */
import type { VerifiedToken } from '#lib/l402/token.ts'
import { type Claimed, claimUses, type UsesOfToken } from '#lib/paywall/entitlements/claim-uses.ts'
import { reachOf } from '#lib/paywall/entitlements/counter.ts'
import { counterOf, isReceipt, STEPS_OF, type Use } from '#lib/paywall/entitlements/entitlement.ts'
import { type Counter, findCounter } from '#lib/paywall/entitlements/find-counter.ts'
import { type HeldUses, type HoldAnswer, holdUses } from '#lib/paywall/entitlements/hold-uses.ts'
import type { Meter } from '#lib/paywall/entitlements/meter.ts'
import { takeFreeUse } from '#lib/paywall/entitlements/take-free-use.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { grantTo, withUsesLeft } from './answers/grant.ts'
import { type Decision, nameUse } from './decide.ts'
import type { GateDeps } from './deps.ts'
import type { Asked, Cost } from './kinds/kind.ts'
import { groupClient } from './limits/client-address.ts'
import { measured } from './measured.ts'
import type { Admitted, Grant } from './target.ts'
import type { Turn } from './turn.ts'

type Admission = Extract<Decision, { kind: 'admit' }>

interface LetIn {
  readonly grant?: Grant | null
  readonly held?: HeldUses | null
  readonly meter?: Meter | null
}

/** By one of the free requests of the client's network; `null`: none is left. Throws `database.unavailable`. */
export async function letInFree(deps: GateDeps, { asked, ask }: Turn): Promise<Admitted | null> {
  const { request, creator } = asked
  const { service, freeMonthly: monthly = 0 } = ask.sold ?? {}
  if (service === undefined || asked.method === 'HEAD') return null
  const { network } = groupClient(request.address)
  const free = await takeFreeUse(deps, { creatorId: creator.creatorId, service, network, monthly })
  return free && { ...(await letIn(deps, asked, { held: free.held })), freeLeft: free.left }
}

/** Without a grant: what is free. */
export function letIn(
  deps: GateDeps,
  asked: Asked,
  { grant = null, held = null, meter = null }: LetIn = {},
): Admitted | Promise<Admitted> {
  const target = deps.kinds.of(asked.resource).target(asked)
  const { creator, resource } = asked
  const admitted = { kind: 'admitted', creator, resource, grant, held, meter } as const
  return target instanceof Promise ? target.then((found) => ({ ...admitted, target: found })) : { ...admitted, target }
}

/**
 * At once for a token without counters. A counter that has run out answers the turn in which that is known, to be decided
 * again. The first sight of a token is noted for the workers, beside the request. Throws `database.unavailable` for
 * counted tokens only.
 */
export function admit(deps: GateDeps, turn: Turn, admission: Admission): Admitted | Promise<Admitted | Turn> {
  const { creator } = turn.asked
  const { token, granted } = admission
  deps.sightings.noteToken(creator.creatorId, token, () => bearsReceipt(deps, creator, token))
  const grant = grantTo(creator, token, granted)
  return granted.limits.length === 0 ? letIn(deps, turn.asked, { grant }) : admitCounted(deps, turn, grant)
}

function bearsReceipt({ l402 }: GateDeps, { ring }: CreatorSnapshot, { identifier }: VerifiedToken): boolean {
  const ringKey = ring.find(identifier.keyId)
  return ringKey !== null && isReceipt(l402, ringKey.key, identifier)
}

/** The one write on the way to content. A store that does not answer is 503: what is metered is never given away. */
async function admitCounted(deps: GateDeps, turn: Turn, grant: Grant): Promise<Admitted | Turn> {
  const { asked, ask, known } = turn
  const { token, granted } = grant
  const cost = await ask.cost(asked)
  if (cost === null) return letIn(deps, asked, { grant })
  const { creatorId } = asked.creator
  const { service } = granted
  const counter = await findCounter(deps, { creatorId, tokenId: token.identifier.tokenId, service })
  const claimed = await claim(deps, {
    ...{ creatorId, tokenId: counter.tokenId, service },
    uses: granted.limits.map((limit) => useOf(limit, cost, counter)),
    mayFail: ask.mayFail ?? false,
    ...(cost.part && { asked: { part: cost.part, now: deps.clock.now() } }),
  })
  if (claimed.kind === 'exhausted') {
    return { ...turn, known: { ...known, spent: new Map(known.spent).set(nameUse(token, granted), claimed.counter) } }
  }
  try {
    const { held, meter, remaining } = claimed
    const admitted = await letIn(deps, asked, { grant: withUsesLeft(grant, remaining), held, meter })
    return claimed.begun === undefined ? admitted : measured(deps, admitted, claimed.begun)
  } catch (cause) {
    await (claimed.held?.giveBack() ?? claimed.meter?.abandon())
    throw cause
  }
}

function useOf({ kind, unit, limit }: Grant['granted']['limits'][number], cost: Cost, { topUps }: Counter): Use {
  const named = unit === null ? { kind } : { kind, unit }
  const reach = reachOf(BigInt(limit), topUps.get(counterOf(named)))
  const taking = cost.isMetered ? TAKING[kind] : 'whole'
  return { ...named, cost: cost[kind], limit: reach * STEPS_OF[kind], taking }
}

const TAKING = { uses: 'whole', bytes: 'drawn', seconds: 'drawn', volume: 'reserved' } as const satisfies Record<
  Use['kind'],
  Use['taking']
>

type Held = HoldAnswer | (Extract<Claimed, { kind: 'claimed' }> & { readonly held: null; readonly meter: Meter | null })

/** On lease where the result may not come, or is measured; at once and for good otherwise. */
async function claim(deps: GateDeps, { mayFail, ...wanted }: UsesOfToken & { mayFail: boolean }): Promise<Held> {
  if (mayFail) return holdUses(deps, wanted)
  if (wanted.uses.some(({ taking }) => taking !== 'whole')) {
    const answer = await holdUses(deps, wanted)
    if (answer.kind === 'exhausted') return answer
    await answer.held.keep()
    return { ...answer, held: null }
  }
  const claimed = await claimUses(deps, wanted)
  return claimed.kind === 'exhausted' ? claimed : { ...claimed, held: null, meter: null }
}
