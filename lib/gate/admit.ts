/** Who was let in gets the target of what was asked for; counted uses are claimed first, everything else is already decided. */
import { encodeHex } from '#lib/l402/bytes.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { claimUses, type UsesOfToken } from '#lib/paywall/entitlements/claim-uses.ts'
import { isReceipt } from '#lib/paywall/entitlements/entitlement.ts'
import { type HeldUses, holdUses } from '#lib/paywall/entitlements/hold-uses.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { grantTo, withUsesLeft } from './answers/grant.ts'
import { type Decision, nameUse } from './decide.ts'
import type { GateDeps } from './deps.ts'
import type { Asked } from './kinds/kind.ts'
import { measured } from './measured.ts'
import type { Admitted, Grant } from './target.ts'
import type { Turn } from './turn.ts'
import { whilePaid } from './while-paid.ts'

export type Admission = Extract<Decision, { kind: 'admit' }>

/** Without a grant: what is free. */
export function letIn(
  deps: GateDeps,
  asked: Asked,
  { grant = null, held = null }: { grant?: Grant | null; held?: HeldUses | null } = {},
): Admitted | Promise<Admitted> {
  const target = deps.kinds.of(asked.resource).target(asked)
  const { creator, resource } = asked
  if (!(target instanceof Promise)) return { kind: 'admitted', creator, resource, grant, held, target }
  return target.then((found) => ({ kind: 'admitted', creator, resource, grant, held, target: found }))
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
  const claimed = ask.mayFail ? await holdUses(deps, wanted) : { held: null, ...(await claimUses(deps, wanted)) }
  if (claimed.kind === 'claimed') {
    const admitted = await letIn(deps, asked, { grant: withUsesLeft(grant, claimed.remaining), held: claimed.held })
    return claimed.begun === undefined ? admitted : measured(deps, admitted, claimed.begun)
  }
  return withSpent(turn, grant, claimed.counter)
}

/** What this request takes from the counters of its token; `null`: nothing. */
export async function usesOf(
  deps: GateDeps,
  { asked, ask }: Turn,
  { token, granted }: Grant,
): Promise<UsesOfToken | null> {
  const cost = await ask.cost(asked)
  if (cost === null) return null
  return {
    creatorId: asked.creator.creatorId,
    tokenId: token.identifier.tokenId,
    service: granted.service,
    uses: granted.limits.map(({ kind, limit }) => ({ kind, limit: BigInt(limit), cost: cost[kind] })),
    ...(cost.part && { asked: { part: cost.part, now: deps.clock.now() } }),
  }
}

/** The turn in which it is known that this counter has run out. */
export function withSpent(turn: Turn, { token, granted }: Grant, counter: CountedKind): Turn {
  const { known } = turn
  return { ...turn, known: { ...known, spent: new Map(known.spent).set(nameUse(token, granted), counter) } }
}
