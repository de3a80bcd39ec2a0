/** An API as its seller edits it: everything but what is sealed. */
import type { Db } from '#lib/db.ts'
import { msat, msatToSatsUp } from '#lib/money.ts'
import { FIRST_OFFER, type OfferKind } from '#lib/paywall/offers/offer.ts'
import { listOffers, type OfferRow } from '#lib/paywall/offers/offer-store.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import { listRules } from './api-store.ts'
import type { Rule, RuleInput, RuleOffer } from './rule.ts'
import type { Protocol } from './upstream.ts'

export interface EditedApi {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly publishedAt: Date | null
  readonly pausedAt: Date | null
  readonly url: string
  readonly protocol: Protocol
  readonly timeoutMs: number
  /** Of the secret fields; their values are sealed. */
  readonly headerNames: readonly string[]
  /** In their order, as `setRules` takes them. */
  readonly rules: readonly RuleInput[]
}

/** `null`: this creator has no such API. */
export async function findEditedApi(db: Db, { creatorId, resourceId }: ResourceKey): Promise<EditedApi | null> {
  const key = { creatorId, resourceId }
  return db.asCreator(creatorId, async (tx) => {
    const resource = await tx.resource.findFirst({
      where: { creatorId, id: resourceId, deletedAt: null },
      select: { id: true, slug: true, title: true, publishedAt: true, pausedAt: true },
    })
    const upstream = await tx.upstream.findFirst({ where: key, select: { url: true, protocol: true, timeoutMs: true } })
    if (resource === null || upstream === null) return null
    const headers = await tx.upstreamHeader.findMany({ where: key, orderBy: { name: 'asc' }, select: { name: true } })
    const rules = await listRules(tx, key)
    const offers = (await listOffers(tx, [key])).get(resourceName(key)) ?? []
    const offerOf = ({ service }: Rule, kind: OfferKind) =>
      service === null ? undefined : offers.find((offer) => offer.service === service && offer.kind === kind)
    return {
      ...resource,
      ...upstream,
      protocol: upstream.protocol as Protocol,
      headerNames: headers.map(({ name }) => name),
      rules: rules.map(({ pricing, ...rule }) => {
        const offer = toRuleOffer(offerOf(rule, FIRST_OFFER))
        return {
          ...rule,
          offer: offer && { ...offer, ...(pricing && { pricing }) },
          pack: toRuleOffer(offerOf(rule, 'pack')),
        }
      }),
    }
  })
}

function toRuleOffer(offer: OfferRow | undefined): RuleOffer | null {
  const price = offer?.prices[0]
  if (offer === undefined || price === undefined) return null
  const { lastsSeconds, uses, rate, bytes, seconds, volume } = offer
  const amounts = { bytes: toCount(bytes), seconds: toCount(seconds), volume: toCount(volume) }
  return { price: String(msatToSatsUp(msat(price.amountMsat))), lastsSeconds, uses, rate, ...amounts }
}

function toCount(amount: bigint | null): number | null {
  return amount === null ? null : Number(amount)
}
