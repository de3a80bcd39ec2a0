/** What an API asks for what, from the next challenge on; with its first price it is on sale. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import type { Msat } from '#lib/money.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { withdrawOtherServices, writeServiceOffer } from '#lib/paywall/offers/offer-store.ts'
import { parsePrice } from '#lib/paywall/offers/price.ts'
import { appendPrice } from '#lib/paywall/offers/price-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import {
  createService,
  getListing,
  type Listing,
  lockResource,
  putOnSale,
} from '#lib/paywall/resources/resource-store.ts'
import { hasUpstream, listRules, replaceRules } from './api-store.ts'
import { type Rule, type RuleInput, type RuleOffer, refuseRules } from './rule.ts'

export type RulesSet =
  /** As they are kept, with the services that new ones were given. */
  { readonly kind: 'saved'; readonly rules: readonly Rule[] } | { readonly kind: 'unknown' } | InvalidInput

export interface SetRules extends ResourceKey {
  /** In the order in which they are tried. */
  readonly rules: readonly RuleInput[]
}

/**
 * Replaces all rules. A rule that names the service of one that was there keeps what was sold of that; any other with a
 * price gets a service that never was, so that nothing sold before opens it.
 */
export async function setRules(deps: { db: Db; clock: Clock }, input: SetRules): Promise<RulesSet> {
  const prices = input.rules.map(({ offer }) => (offer === null ? null : parsePrice(offer.price)))
  const fields = { ...refuseRules(input.rules), ...refusePrices(prices) }
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const { creatorId, resourceId } = input
  const key = { creatorId, resourceId }
  return deps.db.asCreator(creatorId, async (tx) => {
    await raiseChangeNumber(tx, creatorId)
    if (!(await lockResource(tx, key)) || !(await hasUpstream(tx, key))) return { kind: 'unknown' }
    const known = new Set((await listRules(tx, key)).flatMap(({ service }) => service ?? []))
    const strange = refuseServices(input.rules, known)
    if (Object.keys(strange).length > 0) return { kind: 'invalid', fields: strange }
    const resource = await getListing(tx, key)
    const rules: Rule[] = []
    for (const [n, rule] of input.rules.entries()) {
      const price = prices[n]
      const amountMsat = price?.kind === 'price' ? price.amountMsat : null
      rules.push(await sellRule(tx, { key, rule, amountMsat, slug: resource.slug }))
    }
    await withdrawOtherServices(
      tx,
      key,
      rules.flatMap(({ service }) => service ?? []),
    )
    await replaceRules(tx, key, rules)
    if (rules.some(({ service }) => service !== null)) await list(tx, key, resource, deps.clock.now())
    return { kind: 'saved', rules }
  })
}

function refusePrices(prices: readonly (ReturnType<typeof parsePrice> | null)[]): Record<string, string> {
  return Object.fromEntries(
    prices.flatMap((price, n) => (price?.kind === 'invalid' ? [[`rules.${n}.price`, price.message]] : [])),
  )
}

/** A service is kept by one rule, and only by one that has a price. */
function refuseServices(rules: readonly RuleInput[], known: ReadonlySet<string>): Record<string, string> {
  const seen = new Set<string>()
  return Object.fromEntries(
    rules.flatMap(({ service = null }, n) => {
      if (service === null) return []
      const isKept = known.has(service) && !seen.has(service)
      seen.add(service)
      return isKept ? [] : [[`rules.${n}.service`, 'No rule of this API has this service.']]
    }),
  )
}

interface RuleToSell {
  readonly key: ResourceKey
  readonly rule: RuleInput
  readonly amountMsat: Msat | null
  readonly slug: string
}

/** The rule with the service under which it is sold. */
async function sellRule(tx: Tx, { key, rule, amountMsat, slug }: RuleToSell): Promise<Rule> {
  const { offer, service: before = null, ...kept } = rule
  if (offer === null || amountMsat === null) return { ...kept, service: null }
  const { creatorId } = key
  const service = before ?? (await createService(tx, { creatorId, slug: `${slug}-${rule.name}` }))
  const offerId = await writeServiceOffer(tx, { ...key, service, ...termsOf(rule, offer) })
  await appendPrice(tx, { creatorId, offerId, amountMsat })
  return { ...kept, service, ...(offer.pricing && { pricing: offer.pricing }) }
}

function termsOf({ tier, capability }: RuleInput, { lastsSeconds, uses: wanted, rate, pricing }: RuleOffer) {
  // What is priced for one request is sold once, unless its seller says how often.
  const uses = pricing?.endpoint?.per === 'request' ? (wanted ?? 1) : wanted
  return { tier, capabilities: capability === null ? null : [capability], lastsSeconds, uses, rate }
}

async function list(tx: Tx, key: ResourceKey, { slug, ...listing }: Listing, at: Date): Promise<void> {
  const service = listing.service ?? (await createService(tx, { creatorId: key.creatorId, slug }))
  await putOnSale(tx, key, { ...listing, service, at })
}
