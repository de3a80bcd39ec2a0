/** Who was let in gets the target of what was asked for; counted uses are claimed first, everything else is already decided. */
import { encodeHex } from '#lib/l402/bytes.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { claimUses } from '#lib/paywall/entitlements/claim-uses.ts'
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

type Admission = Extract<Decision, { kind: 'admit' }>

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
  const { creator, resource } = turn.asked
  const { token, granted } = admission
  const { requireSettled, tokenAtOnce } = resource.access
  const tokenId = encodeHex(token.identifier.tokenId)
  const isSettled =
    !requireSettled || (await whilePaid(() => deps.settledSales.has(creator.creatorId, token, granted.service)))
  if (!isSettled) return { ...turn, known: { ...turn.known, unsettled: new Set(turn.known.unsettled).add(tokenId) } }
  if (tokenAtOnce === null) return admitNow(deps, turn, admission)
  const share = deps.atOnce.take([[`${tokenId} ${resource.id}`, tokenAtOnce]])
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

function admitNow(deps: GateDeps, turn: Turn, admission: Admission): Admitted | Promise<Admitted | Turn> {
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
  const wanted = {
    creatorId: asked.creator.creatorId,
    tokenId: token.identifier.tokenId,
    service: granted.service,
    uses: granted.limits.map(({ kind, limit }) => ({ kind, limit: BigInt(limit), cost: cost[kind] })),
    ...(cost.part && { asked: { part: cost.part, now: deps.clock.now() } }),
  }
  const claimed = ask.mayFail ? await holdUses(deps, wanted) : { held: null, ...(await claimUses(deps, wanted)) }
  if (claimed.kind === 'claimed') {
    const admitted = await letIn(deps, asked, { grant: withUsesLeft(grant, claimed.remaining), held: claimed.held })
    return claimed.begun === undefined ? admitted : measured(deps, admitted, claimed.begun)
  }
  return { ...turn, known: { ...known, spent: new Map(known.spent).set(nameUse(token, granted), claimed.counter) } }
}
