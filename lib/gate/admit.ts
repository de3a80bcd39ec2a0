/** Who was let in gets the target of what was asked for; counted uses are claimed first, everything else is already decided. */
import { encodeHex } from '#lib/l402/bytes.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
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
import { whilePaid } from './while-paid.ts'

export type Admission = Extract<Decision, { kind: 'admit' }>

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
  const { requireSettled, tokenAtOnce } = turn.asked.resource.access
  if (!requireSettled && tokenAtOnce === null) return admitNow(deps, turn, admission)
  return admitGuarded(deps, turn, admission)
}

/** Where a creator asks for more: the payment in the books, and few answers of one token at once. */
async function admitGuarded(deps: GateDeps, turn: Turn, admission: Admission): Promise<Admitted | Turn> {
  const unsettled = await findUnsettled(deps, turn, admission)
  if (unsettled !== null) return unsettled
  const { tokenAtOnce } = turn.asked.resource.access
  if (tokenAtOnce === null) return admitNow(deps, turn, admission)
  const tokenId = encodeHex(admission.token.identifier.tokenId)
  const share = deps.atOnce.take([[`${tokenId} ${turn.asked.resource.id}`, tokenAtOnce]])
  if (share.kind === 'full') return { ...turn, known: { ...turn.known, isCrowded: true } }
  try {
    const admitted = await admitNow(deps, turn, admission)
    if ('known' in admitted) share.release()
    return 'known' in admitted ? admitted : { ...admitted, release: share.release }
  } catch (cause) {
    share.release()
    throw cause
  }
}

/** The turn that knows of a payment which the creator wants in the books first and which is not there; `null`: nothing is missing. */
export async function findUnsettled(
  deps: Pick<GateDeps, 'settledSales'>,
  turn: Turn,
  { token, granted }: Admission,
): Promise<Turn | null> {
  const { creator, resource } = turn.asked
  if (!resource.access.requireSettled) return null
  if (await whilePaid(() => deps.settledSales.has(creator.creatorId, token, granted.service))) return null
  const tokenId = encodeHex(token.identifier.tokenId)
  return { ...turn, known: { ...turn.known, unsettled: new Set(turn.known.unsettled).add(tokenId) } }
}

function admitNow(deps: GateDeps, turn: Turn, admission: Admission): Admitted | Promise<Admitted | Turn> {
  const grant = grantOf(deps, turn.asked, admission)
  return grant.granted.limits.length === 0 ? letIn(deps, turn.asked, { grant }) : admitCounted(deps, turn, grant)
}

/** By which a request is let in; its token is noted for the workers. */
export function grantOf(deps: GateDeps, { creator }: Pick<Asked, 'creator'>, { token, granted }: Admission): Grant {
  deps.sightings.noteToken(creator.creatorId, token, () => bearsReceipt(deps, creator, token))
  return grantTo(creator, token, granted)
}

function bearsReceipt({ l402 }: GateDeps, { ring }: CreatorSnapshot, { identifier }: VerifiedToken): boolean {
  const ringKey = ring.find(identifier.keyId)
  return ringKey !== null && isReceipt(l402, ringKey.key, identifier)
}

/** The one write on the way to content. A store that does not answer is 503: what is metered is never given away. */
async function admitCounted(deps: GateDeps, turn: Turn, grant: Grant): Promise<Admitted | Turn> {
  const { asked, ask } = turn
  const wanted = await usesOf(deps, turn, grant)
  if (wanted === null) return letIn(deps, asked, { grant })
  const claimed = await claim(deps, wanted, { mayFail: ask.mayFail ?? false })
  if (claimed.kind === 'exhausted') return withSpent(turn, grant, claimed.counter)
  try {
    const { held, meter, remaining } = claimed
    const admitted = await letIn(deps, asked, { grant: withUsesLeft(grant, remaining), held, meter })
    return claimed.begun === undefined ? admitted : measured(deps, admitted, claimed.begun)
  } catch (cause) {
    await (claimed.held?.giveBack() ?? claimed.meter?.abandon())
    throw cause
  }
}

/** What this request takes from the counters of its token; `null`: nothing. Throws `database.unavailable`. */
export async function usesOf(
  deps: GateDeps,
  { asked, ask }: Turn,
  { token, granted }: Grant,
): Promise<UsesOfToken | null> {
  const cost = await ask.cost(asked)
  if (cost === null) return null
  const { creatorId } = asked.creator
  const { service } = granted
  const counter = await findCounter(deps, { creatorId, tokenId: token.identifier.tokenId, service })
  return {
    ...{ creatorId, tokenId: counter.tokenId, service },
    uses: granted.limits.map((limit) => useOf(limit, cost, counter)),
    ...(cost.part && { asked: { part: cost.part, now: deps.clock.now() } }),
  }
}

/** The turn in which it is known that this counter has run out. */
export function withSpent(turn: Turn, { token, granted }: Grant, counter: CountedKind): Turn {
  const { known } = turn
  return { ...turn, known: { ...known, spent: new Map(known.spent).set(nameUse(token, granted), counter) } }
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
async function claim(deps: GateDeps, wanted: UsesOfToken, { mayFail }: { mayFail: boolean }): Promise<Held> {
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
