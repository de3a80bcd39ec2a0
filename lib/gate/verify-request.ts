/** A request that somebody else's server was asked is judged as it would be here, by the same decision; nothing of ours is sent. */
import type { Tx } from '#lib/db.ts'
import { codeRow } from '#lib/errors.ts'
import { counterOf, type Use } from '#lib/paywall/entitlements/entitlement.ts'
import { findUsed } from '#lib/paywall/entitlements/entitlement-store.ts'
import { claimLast } from '#lib/paywall/entitlements/hold-uses.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { type Admission, findUnsettled, grantOf, usesOf, withSpent } from './admit.ts'
import { describeGone } from './answers/gone.ts'
import type { ErrorAnswer } from './answers/refusal.ts'
import { answerShortfall } from './answers/shortfall.ts'
import type { Shortfall } from './decide.ts'
import type { GateDeps } from './deps.ts'
import { type Ends, takeTurn } from './handle.ts'
import { matchPath } from './match.ts'
import type { GateAnswer, GateRequest } from './request.ts'
import type { Grant } from './target.ts'
import { beginTurn, type Turn } from './turn.ts'

export type Verdict = Free | Admitted | Refused

interface Free {
  readonly kind: 'free'
}

interface Admitted {
  readonly kind: 'admit'
  readonly grant: Grant
  /** Of its uses; `null`: they are not counted. */
  readonly usesLeft: bigint | null
}

interface Refused {
  /** `challenge`: who pays is let in. */
  readonly kind: 'challenge' | 'refuse'
  /** What would be answered here. */
  readonly status: number
  readonly reason: string
  readonly detail: string | null
  /** All of it, with its invoice; `null`: nobody wanted it. */
  readonly answer: GateAnswer | null
}

export interface VerifyOptions {
  /** Takes a use where uses are counted. */
  readonly consume: boolean
  /** Makes what would be answered here, and so an invoice where that would have one. */
  readonly wantsAnswer: boolean
  /** In the transaction that takes a use: before it, and with the verdict. What they throw takes nothing. */
  readonly around?: { begin(tx: Tx): Promise<void>; end(tx: Tx, verdict: Verdict): Promise<void> }
}

/** Throws `Fault` when database or node do not answer: what is not known is neither let in nor sold. */
export async function verifyRequest(
  deps: GateDeps,
  { request, creator }: { request: GateRequest; creator: CreatorSnapshot },
  options: VerifyOptions,
): Promise<Verdict> {
  if (request.method === 'OPTIONS') return FREE
  const refuse = (error: ErrorAnswer) => refused(deps, request, { error, wantsAnswer: options.wantsAnswer })
  const match = matchPath(deps.kinds, creator, request.path)
  if (match.kind === 'gone') return refuse(describeGone(deps, { creator, request }, match.resource))
  if (match.kind !== 'place') return refuse({ code: 'paywall.resource_unknown', creator })
  const asked = { request, creator, ...match, method: request.method, path: request.path }
  const turn = beginTurn(deps, asked)
  if ('methods' in turn) return refuse({ code: 'http.method_not_allowed', ...turn.instead, creator })
  return await takeTurn(deps, turn, endsFor(options))
}

const FREE: Verdict = { kind: 'free' }

function endsFor(options: VerifyOptions): Ends<Verdict> {
  const { wantsAnswer } = options
  return {
    free: () => FREE,
    admit: (deps, turn, admission) => admitVerified(deps, turn, { admission, options }),
    async fallShort(deps, turn, shortfall) {
      const { request, creator } = turn.asked
      if (shortfall.kind === 'refuse') {
        return refused(deps, request, { error: { ...shortfall.refused, creator }, wantsAnswer })
      }
      return wantsAnswer ? toldBy(await answerShortfall(deps, turn, shortfall), shortfall) : untold(shortfall)
    },
    limited: (answer) => toldBy(answer, null),
  }
}

/** A use is a use: the parts in which somebody else's server sends a body are not known here. */
async function admitVerified(
  deps: GateDeps,
  turn: Turn,
  { admission, options }: { admission: Admission; options: VerifyOptions },
): Promise<Verdict | Turn> {
  const unsettled = await findUnsettled(deps, turn, admission)
  if (unsettled !== null) return unsettled
  const grant = grantOf(deps, turn.asked, admission)
  const admitted = (usesLeft: bigint | null): Verdict => ({ kind: 'admit', grant, usesLeft })
  const wanted = grant.granted.limits.length === 0 ? null : await usesOf(deps, turn, grant)
  if (wanted === null) return admitted(null)
  const { asked: _, ...asked } = wanted
  // What is measured elsewhere is taken as it is estimated.
  const token = { ...asked, uses: asked.uses.map((use) => ({ ...use, taking: 'whole' }) as const) }
  if (!options.consume) {
    const left = await Promise.all(token.uses.map((use) => leftOf(deps, token, use)))
    const spent = token.uses.find(({ cost }, at) => (left[at] ?? 0n) < cost)
    return spent === undefined ? admitted(countedLeft(token.uses, left)) : withSpent(turn, grant, spent.kind)
  }
  const claimed = await claimLast(deps, token, async (tx, take) => {
    await options.around?.begin(tx)
    const taken = await take()
    if (taken.kind === 'claimed') await options.around?.end(tx, admitted(taken.remaining))
    return taken
  })
  return claimed.kind === 'claimed' ? admitted(claimed.remaining) : withSpent(turn, grant, claimed.counter)
}

async function leftOf(
  { db }: Pick<GateDeps, 'db'>,
  token: { creatorId: string; tokenId: Uint8Array; service: string },
  use: Use,
): Promise<bigint> {
  return use.limit - (await findUsed(db.client, { ...token, kind: counterOf(use) }))
}

function countedLeft(uses: readonly Use[], left: readonly bigint[]): bigint | null {
  const at = uses.findIndex(({ kind }) => kind === 'uses')
  return left[at] ?? null
}

function refused(
  deps: GateDeps,
  request: GateRequest,
  { error, wantsAnswer }: { error: ErrorAnswer; wantsAnswer: boolean },
): Verdict {
  const answer = wantsAnswer ? deps.errors.refuse(request, error) : null
  const status = error.status ?? codeRow(error.code).http
  return { kind: 'refuse', status, reason: error.code, detail: error.detail ?? null, answer }
}

function untold({ refusal }: Shortfall): Verdict {
  return { kind: 'challenge', status: 402, reason: refusal.reason, detail: refusal.detail, answer: null }
}

/** A limit in front of the node may have the last word. */
function toldBy(answer: GateAnswer, shortfall: Shortfall | null): Verdict {
  const reason = answer.headers.find(([name]) => name === 'L402-Reason')?.[1] ?? ''
  const isChallenge = answer.status === 402
  const detail = isChallenge && shortfall !== null ? shortfall.refusal.detail : null
  return { kind: isChallenge ? 'challenge' : 'refuse', status: answer.status, reason, detail, answer }
}
