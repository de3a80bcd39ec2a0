/** An offer as it is sold to one request: bound to it where its price is this request's own, and quoted when it is sold. */

import { Fault } from '#lib/errors.ts'
import { isNormalPath, normalizePath } from '#lib/l402/path.ts'
import { digestRequest } from '#lib/l402/request-digest.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import type { Offer } from '#lib/paywall/offers/offer.ts'
import type { Demand } from '#lib/paywall/prices/demand.ts'
import { type QuoteDeps, quoteOffer } from '#lib/paywall/prices/quote-offer.ts'
import type { Ask, Asked } from './kinds/kind.ts'
import { upstreamQuery } from './proxy-fields.ts'

/** A request, and what its place asks. */
interface Place {
  readonly asked: Asked
  readonly ask: Ask
}

/** As conditions on paths allow it (protocol.md §5.3). */
const PATH_CHARACTERS = 256

/** The request as a whole, as a token for this one says it. */
export function digestOf({ l402 }: { l402: TokenContext }, asked: Asked): string {
  const { method, path, request } = asked
  return digestRequest(l402.sha256, { method, path, query: upstreamQuery(asked.query ?? request.query) })
}

/** What is sold here: where each request has a price of its own, a token for another one opens nothing. */
export function bindOffer(deps: { l402: TokenContext }, { asked, ask }: Place, offer: Offer): Offer {
  if (ask.priced?.pricing.endpoint?.per !== 'request') return offer
  const normal = normalizePath(asked.path) ?? ''
  const path = normal.length <= PATH_CHARACTERS && isNormalPath(normal) ? normal : null
  const method = asked.method === 'HEAD' ? 'GET' : asked.method
  return { ...offer, bound: { method, path, digest: digestOf(deps, asked) } }
}

/** For `issueChallenge`: asks for the price of this moment; `undefined`: the offer's own stands. Throws `paywall.price_unavailable`, `paywall.rate_stale`. */
export function quoteAt(
  deps: QuoteDeps,
  { ask }: Pick<Place, 'ask'>,
  offer: Offer,
): (() => Promise<Offer>) | undefined {
  const { priced } = ask
  if (offer.price.fiat?.rate === null) return refuseStale
  return priced && (() => quoteOffer(deps, offer, priced))
}

/** Better no sale than a guessed price. */
async function refuseStale(): Promise<Offer> {
  throw new Fault('paywall.rate_stale', 'a price in fiat meets no rate of now')
}

/** One more request for what rises with demand, paid or asking for its price. */
export function countDemand({ demand }: { demand: Pick<Demand, 'count'> }, { asked, ask }: Place): void {
  if (!ask.priced?.pricing.surge || asked.method === 'HEAD') return
  demand.count({ creatorId: asked.creator.creatorId, service: ask.priced.service })
}
