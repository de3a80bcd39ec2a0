/** Every request to a creator host: match, decide, act. */
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { type Admission, admit, letIn, letInFree } from './admit.ts'
import { describeGone } from './answers/gone.ts'
import { answerPreview } from './answers/preview.ts'
import { answerShortfall } from './answers/shortfall.ts'
import { decide, type Shortfall } from './decide.ts'
import type { GateDeps } from './deps.ts'
import { moved, preflightFields } from './headers.ts'
import type { Asked, NotAllowed } from './kinds/kind.ts'
import { matchPath } from './match.ts'
import { noteOutcome } from './note-outcome.ts'
import { countDemand } from './price-offer.ts'
import type { GateAnswer, GateRequest } from './request.ts'
import { serveReserved } from './routes/table.ts'
import type { Admitted } from './target.ts'
import { beginTurn, type Turn, withRecord, withYoungKeys } from './turn.ts'

export type Outcome = GateAnswer | Admitted

const READ_METHODS = ['GET', 'HEAD', 'OPTIONS']

/**
 * Answers one request, or lets it in; never throws. A good credential for a creator that was served before touches
 * memory only and is let in at once, so it works with database and node down (architecture.md §7.1).
 */
export function handle(deps: GateDeps, request: GateRequest): Outcome | Promise<Outcome> {
  if (request.method === 'OPTIONS') {
    return { kind: 'answer', status: 204, headers: preflightFields(request), body: null }
  }
  try {
    const creator = deps.catalog.peek(request.host)
    const outcome = creator === undefined ? findCreator(deps, request) : serve(deps, request, creator)
    if (!(outcome instanceof Promise)) return outcome
    return outcome.catch((cause: unknown) => deps.errors.fault(request, cause))
  } catch (cause) {
    return deps.errors.fault(request, cause)
  }
}

async function findCreator(deps: GateDeps, request: GateRequest): Promise<Outcome> {
  const refusal = deps.hostBudget.refusal(request.address)
  if (refusal !== null) return deps.errors.refuse(request, refusal)
  const creator = await deps.catalog.find(request.host)
  if (creator === null) {
    deps.hostBudget.count(request.address)
    return deps.errors.refuse(request, { code: 'paywall.resource_unknown' })
  }
  return serve(deps, request, creator)
}

function serve(deps: GateDeps, request: GateRequest, creator: CreatorSnapshot): Outcome | Promise<Outcome> {
  const match = matchPath(deps.kinds, creator, request.path)
  switch (match.kind) {
    case 'reserved':
      return serveReserved(deps, creator, request)
    case 'moved':
      return { kind: 'answer', status: 308, headers: moved(match.path, request), body: null }
    case 'gone':
      return deps.errors.refuse(request, describeGone(deps, { creator, request }, match.resource))
    case 'unknown':
      return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
    case 'front':
      if (!READ_METHODS.includes(request.method)) return refuseMethod(deps, { request, creator }, READ_METHODS)
      return deps.pages.front({ creator, request })
    case 'place':
      return servePlace(deps, { request, creator, ...match, method: request.method, path: request.path })
  }
}

/** What came of it is noted once, faults too. */
function servePlace(deps: GateDeps, asked: Asked): Outcome | Promise<Outcome> {
  const fail = (cause: unknown) => noteOutcome(deps, asked, deps.errors.fault(asked.request, cause))
  try {
    const turn = beginTurn(deps, asked)
    const outcome = 'methods' in turn ? refusePlace(deps, asked, turn) : takeTurn(deps, turn, SERVED)
    if (!(outcome instanceof Promise)) return noteOutcome(deps, asked, outcome)
    return outcome.then((found) => noteOutcome(deps, asked, found), fail)
  } catch (cause) {
    return fail(cause)
  }
}

/** What becomes of a turn: served here, told to somebody else's server by verify-request.ts. */
export interface Ends<T extends object> {
  free(deps: GateDeps, asked: Asked): T | Promise<T>
  /** A use that could not be claimed is known now, and changes the decision. */
  admit(deps: GateDeps, turn: Turn, admission: Admission): T | Promise<T | Turn>
  fallShort(deps: GateDeps, turn: Turn, shortfall: Shortfall): T | Promise<T>
  /** In place of a decision: too many ask what only the database knows. */
  limited(answer: GateAnswer): T
}

const SERVED: Ends<Outcome> = { free: letIn, admit, fallShort: answer, limited: (answer) => answer }

/** One decision, and one switch over what it is. */
export function takeTurn<T extends object>(deps: GateDeps, turn: Turn, ends: Ends<T>): T | Promise<T> {
  const { asked, ask, known } = turn
  const decision = decide(deps, asked, ask, known)
  switch (decision.kind) {
    case 'free':
      return ends.free(deps, asked)
    case 'admit': {
      countDemand(deps, turn)
      const admitted = ends.admit(deps, turn, decision)
      if (!(admitted instanceof Promise)) return admitted
      return admitted.then((outcome) => ('known' in outcome ? takeTurn(deps, outcome, ends) : outcome))
    }
    default:
      return isInDoubt(turn, decision)
        ? askDatabase(deps, { turn, ends }, decision)
        : ends.fallShort(deps, turn, decision)
  }
}

function answer(deps: GateDeps, turn: Turn, shortfall: Shortfall): Outcome | Promise<Outcome> {
  const { asked } = turn
  const { request, creator } = asked
  switch (shortfall.kind) {
    case 'preview':
      return answerPreview(deps, asked)
    case 'challenge':
      return turn.ask.sold?.freeMonthly === undefined
        ? answerShortfall(deps, turn, shortfall)
        : letInOrSell(deps, turn, shortfall)
    case 'refuse':
      return deps.errors.refuse(request, { ...shortfall.refused, creator })
  }
}

/** What is free for a while is had before anybody is asked to pay. */
async function letInOrSell(deps: GateDeps, turn: Turn, shortfall: Shortfall): Promise<Outcome> {
  return (await letInFree(deps, turn)) ?? answerShortfall(deps, turn, shortfall)
}

/** Whether the database may know what would let somebody in: a younger key, or that a token without proof was paid. */
function isInDoubt({ known }: Turn, { isKeyUnknown, invoice, pending }: Shortfall): boolean {
  if (isKeyUnknown && !known.isRingYoung) return true
  return pending !== null && invoice !== 'none' && known.record === null
}

async function askDatabase<T extends object>(
  deps: GateDeps,
  { turn, ends }: { turn: Turn; ends: Ends<T> },
  shortfall: Shortfall,
): Promise<T> {
  if (shortfall.isKeyUnknown && !turn.known.isRingYoung) {
    return takeTurn(deps, await withYoungKeys(deps, turn), ends)
  }
  const asked = await withRecord(deps, turn, shortfall)
  return 'answer' in asked ? ends.limited(asked.answer) : takeTurn(deps, asked.turn, ends)
}

function refusePlace(deps: GateDeps, asked: Asked, { methods, instead }: NotAllowed): GateAnswer {
  return instead === undefined
    ? refuseMethod(deps, asked, methods)
    : deps.errors.refuse(asked.request, { ...instead, creator: asked.creator })
}

function refuseMethod(
  deps: GateDeps,
  { request, creator }: Pick<Asked, 'request' | 'creator'>,
  methods: readonly string[],
): GateAnswer {
  const headers = [['Allow', methods.join(', ')]] as const
  return deps.errors.refuse(request, { code: 'http.method_not_allowed', creator, headers })
}
