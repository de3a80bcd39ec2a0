/** Our own addresses on every creator host, one row each (protocol.md §10, §11). */

import { describeLimit, takeLookup } from '#lib/gate/answers/limits.ts'
import type { GateDeps } from '#lib/gate/deps.ts'
import { moved } from '#lib/gate/headers.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import { whilePaid } from '#lib/gate/while-paid.ts'
import { CHALLENGE_ID } from '#lib/paywall/challenges/challenge-id.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { askChallenge } from './ask-challenge.ts'
import { answerCard, answerIcon, answerPortrait } from './card.ts'
import { claim } from './claim.ts'
import { answerLlmsText, answerManifest, answerOpenApi, answerRobots } from './discovery.ts'
import { answerFeed, answerSitemap } from './feed.ts'
import { forget, saveReceipts, showForget } from './forget.ts'
import { openOwn } from './open-own.ts'
import { showCheckout, showPurchases, showRestore } from './pages.ts'
import { quote } from './quote.ts'
import { restore } from './restore.ts'
import type { Route, RouteContext } from './route.ts'
import { showChallenge, streamChallenge } from './wait-challenge.ts'

interface Row {
  /** Its group, if any, is the route's parameter. */
  readonly pattern: RegExp
  readonly get?: Route
  readonly post?: Route
  /** About a purchase that may be paid: it costs a look-up, and trouble there is no "nothing was charged". */
  readonly purchase?: true
}

const CHALLENGE = `(${CHALLENGE_ID})`

const ROWS: readonly Row[] = [
  { pattern: /^\/\.well-known\/l402\.json$/, get: answerManifest },
  { pattern: /^\/llms\.txt$/, get: answerLlmsText },
  { pattern: /^\/openapi\.json$/, get: answerOpenApi },
  { pattern: /^\/robots\.txt$/, get: answerRobots },
  { pattern: /^\/feed\.xml$/, get: answerFeed },
  { pattern: /^\/sitemap\.xml$/, get: answerSitemap },
  { pattern: /^\/favicon\.ico$/, get: answerIcon },
  { pattern: /^\/_l402\/card\/([a-z0-9-]{1,100})\.png$/, get: answerCard },
  { pattern: /^\/_l402\/picture\/([0-9a-f]{64})\.webp$/, get: answerPortrait },
  { pattern: /^\/_l402\/assets\/([a-z0-9.-]{1,80})$/, get: (context) => showAsset(context) },
  { pattern: /^\/_l402\/challenge$/, post: askChallenge },
  { pattern: /^\/_l402\/quote$/, post: quote },
  { pattern: new RegExp(`^/_l402/challenge/${CHALLENGE}$`), get: showChallenge, purchase: true },
  { pattern: new RegExp(`^/_l402/challenge/${CHALLENGE}/events$`), get: streamChallenge, purchase: true },
  { pattern: /^\/_l402\/claim$/, post: claim, purchase: true },
  { pattern: /^\/_l402\/restore$/, get: showRestore, post: restore, purchase: true },
  { pattern: /^\/_l402\/forget$/, get: showForget, post: forget },
  { pattern: /^\/_l402\/receipts$/, get: saveReceipts },
  { pattern: /^\/_l402\/receipt$/, get: showRestore },
  { pattern: /^\/_l402\/purchases$/, get: showPurchases },
  { pattern: /^\/_l402\/open\/([a-z0-9-]{1,100})$/, get: openOwn, purchase: true },
  { pattern: new RegExp(`^/_l402/pay/${CHALLENGE}$`), get: showCheckout, purchase: true },
]

/** The answer to a reserved path; 404 when no row has it, 405 when the row has another method. */
export function serveReserved(
  deps: GateDeps,
  creator: CreatorSnapshot,
  request: GateRequest,
): GateAnswer | Promise<GateAnswer> {
  for (const row of ROWS) {
    const match = row.pattern.exec(request.path)
    if (match !== null) return serveRow(row, { deps, creator, request, parameter: match[1] ?? '' })
  }
  const bare = request.path.replace(/\/+$/, '')
  if (bare !== request.path && ROWS.some(({ pattern }) => pattern.test(bare))) {
    return { kind: 'answer', status: 308, headers: moved(bare, request), body: null }
  }
  return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
}

function serveRow(row: Row, context: RouteContext): GateAnswer | Promise<GateAnswer> {
  const { deps, creator, request } = context
  const route = routeFor(row, request.method)
  if (route === undefined) {
    const allowed = [...(row.get ? ['GET', 'HEAD'] : []), ...(row.post ? ['POST'] : []), 'OPTIONS'].join(', ')
    return deps.errors.refuse(request, { code: 'http.method_not_allowed', creator, headers: [['Allow', allowed]] })
  }
  if (!row.purchase) return route(context)
  const limited = takeLookup(deps, request)
  if (limited !== null) return deps.errors.refuse(request, describeLimit(limited, creator))
  return whilePaid(() => route(context))
}

function routeFor(row: Row, method: string): Route | undefined {
  if (method === 'POST') return row.post
  return method === 'GET' || method === 'HEAD' ? row.get : undefined
}

const showAsset: Route = ({ deps, creator, request, parameter }) =>
  deps.pages.asset(request, parameter) ?? deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
