/** Our own addresses on every creator host, one row each (protocol.md §10, §11). */
import { describeLimit, takeLookup } from '#lib/gate/answer-shortfall.ts'
import type { GateDeps } from '#lib/gate/deps.ts'
import { answerLlmsText, answerManifest, answerRobots } from '#lib/gate/discovery.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import { askChallenge } from '#lib/gate/routes/ask-challenge.ts'
import { claim } from '#lib/gate/routes/claim.ts'
import { showCheckout, showPurchases, showRestore } from '#lib/gate/routes/pages.ts'
import { restore } from '#lib/gate/routes/restore.ts'
import type { Route } from '#lib/gate/routes/route.ts'
import { showChallenge, streamChallenge } from '#lib/gate/routes/wait-challenge.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'

interface Row {
  /** Its group, if any, is the route's parameter. */
  readonly pattern: RegExp
  readonly get?: Route
  readonly post?: Route
  /** Asks the database for whatever id a client names, so it counts as a look-up. */
  readonly looksUp?: boolean
}

const CHALLENGE = '(chl_[0-9a-z]{1,40})'

const ROWS: readonly Row[] = [
  { pattern: /^\/\.well-known\/l402\.json$/, get: ({ creator }) => answerManifest(creator) },
  { pattern: /^\/llms\.txt$/, get: ({ creator, request }) => answerLlmsText(creator, request) },
  { pattern: /^\/robots\.txt$/, get: () => answerRobots() },
  { pattern: /^\/_l402\/assets\/([a-z0-9.-]{1,80})$/, get: (context) => showAsset(context) },
  { pattern: /^\/_l402\/challenge$/, post: askChallenge },
  { pattern: new RegExp(`^/_l402/challenge/${CHALLENGE}$`), get: showChallenge, looksUp: true },
  { pattern: new RegExp(`^/_l402/challenge/${CHALLENGE}/events$`), get: streamChallenge, looksUp: true },
  { pattern: /^\/_l402\/claim$/, post: claim, looksUp: true },
  { pattern: /^\/_l402\/restore$/, get: showRestore, post: restore },
  { pattern: /^\/_l402\/receipt$/, get: showRestore },
  { pattern: /^\/_l402\/purchases$/, get: showPurchases },
  { pattern: new RegExp(`^/_l402/pay/${CHALLENGE}$`), get: showCheckout, looksUp: true },
]

/** The answer to a reserved path; 404 when no row has it, 405 when the row has another method. */
export function serveReserved(
  deps: GateDeps,
  creator: CreatorSnapshot,
  request: GateRequest,
): GateAnswer | Promise<GateAnswer> {
  for (const row of ROWS) {
    const match = row.pattern.exec(request.path)
    if (match === null) continue
    const route = routeFor(row, request.method)
    const limited = row.looksUp ? takeLookup(deps, request) : null
    if (limited !== null) return deps.errors.refuse(request, describeLimit(limited, creator))
    if (route !== undefined) return route({ deps, creator, request, parameter: match[1] ?? '' })
    const allowed = [...(row.get ? ['GET', 'HEAD'] : []), ...(row.post ? ['POST'] : []), 'OPTIONS'].join(', ')
    return deps.errors.refuse(request, { code: 'http.method_not_allowed', creator, headers: [['Allow', allowed]] })
  }
  return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
}

function routeFor(row: Row, method: string): Route | undefined {
  if (method === 'POST') return row.post
  return method === 'GET' || method === 'HEAD' ? row.get : undefined
}

const showAsset: Route = ({ deps, creator, request, parameter }) =>
  deps.pages.asset(parameter) ?? deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
