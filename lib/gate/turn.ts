/** One request on its way to an answer, and what the database can add to the decision about it. */
import { describeLimit, takeLookup } from './answers/limits.ts'
import { readPaymentRecord } from './credentials/payment-record.ts'
import { type Known, type Lack, NOTHING_KNOWN } from './decide.ts'
import type { GateDeps } from './deps.ts'
import type { Ask, Asked, NotAllowed } from './kinds/kind.ts'
import type { GateAnswer } from './request.ts'
import { whilePaid } from './while-paid.ts'

export interface Turn {
  readonly asked: Asked
  readonly ask: Ask
  readonly known: Known
}

/** What the place asks of who comes, with nothing known yet. */
export function beginTurn(deps: GateDeps, asked: Asked): Turn | NotAllowed {
  const ask = deps.kinds.of(asked.resource).ask(asked)
  return ask.kind === 'ask' ? { asked, ask, known: NOTHING_KNOWN } : ask
}

/** The turn with the youngest keys, for a token that names one which this snapshot lacks: it may be a moment old. */
export async function withYoungKeys(deps: GateDeps, turn: Turn): Promise<Turn> {
  const { asked } = turn
  const known = { ...turn.known, isRingYoung: true }
  // Without Postgres the present snapshot stands: whoever holds a good credential does not wait for it.
  const creator = await deps.catalog.refresh(asked.request.host).catch(() => null)
  const resource = creator?.resources.find(({ id }) => id === asked.resource.id)
  if (creator === null || creator === asked.creator || resource === undefined) return { ...turn, known }
  const young = beginTurn(deps, { ...asked, creator, resource })
  return 'methods' in young ? { ...turn, known } : { ...young, known }
}

/**
 * The turn with what our books say of the unpaid token that came with it; an answer when too many ask for such records.
 * Throws `paywall.settlement_unknown`: where money may have moved, trouble of ours is told as just that.
 */
export async function withRecord(
  deps: GateDeps,
  turn: Turn,
  { pending }: Pick<Lack, 'pending'>,
): Promise<{ readonly turn: Turn } | { readonly answer: GateAnswer }> {
  const { asked, ask, known } = turn
  const limited = takeLookup(deps, asked.request)
  if (limited !== null) return { answer: deps.errors.refuse(asked.request, describeLimit(limited, asked.creator)) }
  const record = pending && (await whilePaid(() => readPaymentRecord(deps, { asked, ask }, pending)))
  return { turn: { ...turn, known: { ...known, record } } }
}
