/** What an API asks for what, from the next challenge on; with its first price it is on sale. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { assertInvariant, type InvalidInput } from '#lib/errors.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { FIRST_OFFER, type OfferKind, type OfferTerms } from '#lib/paywall/offers/offer.ts'
import { withdrawOtherOffers, writeServiceOffer } from '#lib/paywall/offers/offer-store.ts'
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
import { parseMeter } from './parse-meter.ts'
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
  const fields = { ...refuseMeters(input.rules), ...refuseRules(input.rules), ...refusePrices(input.rules) }
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const { creatorId, resourceId } = input
  const key = { creatorId, resourceId }
  return deps.db.asCreator(creatorId, async (tx) => {
    await raiseChangeNumber(tx, creatorId)
    if (!(await lockResource(tx, key)) || !(await hasUpstream(tx, key))) return { kind: 'unknown' }
    const known = new Map((await listRules(tx, key)).map((rule) => [rule.service, rule]))
    const strange = refuseServices(input.rules, known)
    if (Object.keys(strange).length > 0) return { kind: 'invalid', fields: strange }
    const resource = await getListing(tx, key)
    const rules: Rule[] = []
    const offerIds: string[] = []
    for (const rule of input.rules) {
      const sold = await sellRule(tx, { key, rule, slug: resource.slug })
      rules.push(sold.rule)
      offerIds.push(...sold.offerIds)
    }
    await withdrawOtherOffers(tx, key, offerIds)
    await replaceRules(tx, key, rules)
    if (rules.some(({ service }) => service !== null)) await list(tx, key, resource, deps.clock.now())
    return { kind: 'saved', rules }
  })
}

function refuseMeters(rules: readonly RuleInput[]): Record<string, string> {
  return Object.fromEntries(
    rules.flatMap(({ meter = null }, n) => {
      const isReadable = meter === null || parseMeter(meter) !== null
      return isReadable ? [] : [[`rules.${n}.meter`, 'This is no way to measure an answer.']]
    }),
  )
}

function refusePrices(rules: readonly RuleInput[]): Record<string, string> {
  return Object.fromEntries(
    rules.flatMap((rule, n) =>
      listTerms(rule).flatMap(([kind, { price }]) => {
        const parsed = parsePrice(price)
        const field = kind === FIRST_OFFER ? 'price' : `${kind}.price`
        return parsed.kind === 'invalid' ? [[`rules.${n}.${field}`, parsed.message]] : []
      }),
    ),
  )
}

/** The ways in which a rule is sold, the first one first. */
function listTerms({ offer, pack = null }: RuleInput): readonly (readonly [OfferKind, RuleOffer])[] {
  if (offer === null) return []
  return [[FIRST_OFFER, offer], ...(pack === null ? [] : [['pack', pack] as const])]
}

/** A service is kept by one rule, and only by one that has a price; the unit in which it was sold is kept with it. */
function refuseServices(rules: readonly RuleInput[], known: ReadonlyMap<string | null, Rule>): Record<string, string> {
  const seen = new Set<string>()
  return Object.fromEntries(
    rules.flatMap(({ service = null, meter = null }, n) => {
      if (service === null) return []
      const before = known.get(service)
      const isKept = before !== undefined && !seen.has(service)
      seen.add(service)
      if (!isKept) return [[`rules.${n}.service`, 'No rule of this API has this service.']]
      const unit = before?.meter?.unit ?? null
      return unit === null || unit === meter?.unit ? [] : [[`rules.${n}.meter`, `It was sold by the ${unit}.`]]
    }),
  )
}

interface RuleToSell {
  readonly key: ResourceKey
  readonly rule: RuleInput
  readonly slug: string
}

/** The rule with the service under which it is sold, and by which offers. */
async function sellRule(tx: Tx, { key, rule, slug }: RuleToSell): Promise<{ rule: Rule; offerIds: string[] }> {
  const { offer, pack, service: before = null, ...kept } = rule
  if (offer === null) return { rule: { ...kept, service: null }, offerIds: [] }
  const { creatorId } = key
  const service = before ?? (await createService(tx, { creatorId, slug: `${slug}-${rule.name}` }))
  const offerIds: string[] = []
  for (const [kind, terms] of listTerms(rule)) {
    const price = parsePrice(terms.price)
    assertInvariant(price.kind === 'price', 'prices were read before')
    const offerId = await writeServiceOffer(tx, { ...key, service, kind, ...termsOf(rule, terms) })
    await appendPrice(tx, { creatorId, offerId, amountMsat: price.amountMsat })
    offerIds.push(offerId)
  }
  return { rule: { ...kept, service, ...(offer.pricing && { pricing: offer.pricing }) }, offerIds }
}

function termsOf({ tier, capability, meter }: RuleInput, terms: RuleOffer): OfferTerms {
  const { lastsSeconds, rate, bytes = null, seconds = null, volume: units = null } = terms
  // What is priced for one request is sold once, unless its seller says how often.
  const uses = terms.pricing?.endpoint?.per === 'request' ? (terms.uses ?? 1) : terms.uses
  const volume = units === null || !meter ? null : { unit: meter.unit, units }
  const amounts = bytes === null && seconds === null && volume === null ? {} : { amounts: { bytes, seconds, volume } }
  return { tier, capabilities: capability === null ? null : [capability], lastsSeconds, uses, rate, ...amounts }
}

async function list(tx: Tx, key: ResourceKey, { slug, ...listing }: Listing, at: Date): Promise<void> {
  const service = listing.service ?? (await createService(tx, { creatorId: key.creatorId, slug }))
  await putOnSale(tx, key, { ...listing, service, at })
}
