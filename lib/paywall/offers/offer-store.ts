/** Every query on offers: rows of a resource to the noun, and the row that its first price needs. */
import type { Tx } from '#lib/db.ts'
import { assertInvariant } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { msat } from '#lib/money.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import { asRows } from '#lib/paywall/resources/resource-key-store.ts'
import type { Prisma } from '#prisma'
import {
  type Amounts,
  FIRST_OFFER,
  type Offer,
  type OfferKind,
  type OfferPrice,
  type Offers,
  type OfferTerms,
} from './offer.ts'

/** For the query of a resource: its offers in the order of making, each with the price that holds now. */
export const WITH_OFFERS = {
  offers: { orderBy: { createdAt: 'asc' }, include: { prices: { orderBy: { version: 'desc' }, take: 1 } } },
} as const satisfies Prisma.ResourceInclude

/** A row of `offer` with the price that holds now; empty: it was never priced. */
export interface OfferRow extends Omit<OfferTerms, 'amounts'>, AmountColumns {
  readonly id: string
  readonly kind: string
  /** What it opens; `null`: its resource under the name of that. */
  readonly service: string | null
  readonly prices: readonly PriceColumns[]
}

interface PriceColumns {
  readonly version: number
  readonly amountMsat: bigint
  readonly fiatCurrency: string | null
  readonly fiatMinor: bigint | null
}

interface AmountColumns {
  readonly bytes: bigint | null
  readonly seconds: bigint | null
  readonly volume: bigint | null
  readonly volumeUnit: string | null
}

/**
 * The priced offers of these resources in the order of making, by `resourceName`. One index look-up per offer, however
 * many versions its price has.
 */
export async function listOffers(tx: Tx, keys: readonly ResourceKey[]): Promise<ReadonlyMap<string, OfferRow[]>> {
  const rows = await tx.$queryRaw<(Omit<OfferRow, 'prices'> & ResourceKey & PriceColumns)[]>`
    select offer.creator_id as "creatorId", offer.resource_id as "resourceId", offer.id, offer.kind, offer.service,
      offer.tier, offer.capabilities, offer.lasts_seconds as "lastsSeconds", offer.uses, offer.rate, offer.bytes,
      offer.seconds, offer.volume, offer.volume_unit as "volumeUnit", latest.version, latest.amount_msat as "amountMsat",
      latest.fiat_currency as "fiatCurrency", latest.fiat_minor as "fiatMinor"
    from ${asRows(keys)}
    join offer on offer.creator_id = wanted.creator_id and offer.resource_id = wanted.resource_id
      and offer.withdrawn_at is null
    cross join lateral (
      select version, amount_msat, fiat_currency, fiat_minor from price
      where price.creator_id = offer.creator_id and price.offer_id = offer.id order by version desc limit 1) as latest
    order by offer.created_at, offer.id`
  const priced = rows.map(({ version, amountMsat, fiatCurrency, fiatMinor, ...row }) => ({
    ...row,
    prices: [{ version, amountMsat, fiatCurrency, fiatMinor }],
  }))
  return Map.groupBy(priced, (row) => resourceName(row))
}

/** The offers of a resource whose own service is `service`; `null`: none has a price yet. */
export function readOffers(rows: readonly OfferRow[], service: string): Offers | null {
  const [first, ...others] = rows.flatMap((row) => readOffer(row, service) ?? [])
  return first === undefined ? null : [first, ...others]
}

function readOffer(row: OfferRow, service: string): Offer | null {
  const [price] = row.prices
  if (price === undefined) return null
  const { id, tier, capabilities, lastsSeconds, uses, rate } = row
  return {
    ...{ id, tier, capabilities, lastsSeconds, uses, rate, ...readAmounts(row) },
    kind: row.kind as OfferKind,
    covers: [row.service ?? service],
    requires: [],
    price: readPrice(price),
  }
}

function readPrice({ version, amountMsat, fiatCurrency: currency, fiatMinor: minor }: PriceColumns): OfferPrice {
  const fiat = currency === null || minor === null ? null : { currency, minor, rate: null }
  return { version, amountMsat: msat(amountMsat), ...(fiat && { fiat }) }
}

function readAmounts({ bytes, seconds, volume, volumeUnit }: AmountColumns): Pick<Offer, 'amounts'> {
  if (bytes === null && seconds === null && volume === null) return {}
  const count = (value: bigint | null) => (value === null ? null : Number(value))
  return {
    amounts: {
      bytes: count(bytes),
      seconds: count(seconds),
      volume: volume === null || volumeUnit === null ? null : { unit: volumeUnit, units: Number(volume) },
    },
  }
}

/** The id of the offer that a resource is priced with, made at its first price. The caller holds the creator's row. */
export async function ensureOffer(tx: Tx, key: ResourceKey): Promise<string> {
  const { creatorId, resourceId } = key
  await tx.$executeRaw`
    insert into offer (creator_id, id, resource_id, kind)
    values (${creatorId}, ${newId('off')}, ${resourceId}, ${FIRST_OFFER}) on conflict do nothing`
  const offer = await tx.offer.findFirstOrThrow({
    where: { creatorId, resourceId, kind: FIRST_OFFER, service: null },
    select: { id: true },
  })
  return offer.id
}

/** How much the offer sells that a resource is priced with; it has one. The caller holds the creator's row. */
export async function writeAmounts(
  tx: Tx,
  { creatorId, resourceId }: ResourceKey,
  { bytes, seconds }: Pick<Amounts, 'bytes' | 'seconds'>,
): Promise<void> {
  await tx.$executeRaw`
    update offer set bytes = ${bytes}::bigint, seconds = ${seconds}::bigint
    where creator_id = ${creatorId} and resource_id = ${resourceId} and kind = ${FIRST_OFFER} and service is null`
}

/**
 * The id of the offer of this kind of one service of a resource, on these terms and on sale from now on. The caller holds
 * the creator's row.
 */
export async function writeServiceOffer(
  tx: Tx,
  { creatorId, resourceId, service, kind, ...terms }: ResourceKey & OfferTerms & { service: string; kind: OfferKind },
): Promise<string> {
  const capabilities = terms.capabilities === null ? null : [...terms.capabilities]
  const { bytes = null, seconds = null, volume = null } = terms.amounts ?? {}
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    insert into offer (creator_id, id, resource_id, kind, service, tier, capabilities, lasts_seconds, uses, rate, bytes,
      seconds, volume, volume_unit)
    values (${creatorId}, ${newId('off')}, ${resourceId}, ${kind}, ${service}, ${terms.tier}, ${capabilities}::text[],
      ${terms.lastsSeconds}::int, ${terms.uses}::int, ${terms.rate}, ${bytes}::bigint, ${seconds}::bigint,
      ${volume?.units ?? null}::bigint, ${volume?.unit ?? null})
    on conflict (creator_id, service, kind) where service is not null do update set tier = excluded.tier,
      capabilities = excluded.capabilities, lasts_seconds = excluded.lasts_seconds, uses = excluded.uses, rate = excluded.rate,
      bytes = excluded.bytes, seconds = excluded.seconds, volume = excluded.volume, volume_unit = excluded.volume_unit,
      withdrawn_at = null
    returning id`
  assertInvariant(row !== undefined, 'an offer is written')
  return row.id
}

/** Sells no service of a resource by any other offer than these any more; what was sold stays good. */
export async function withdrawOtherOffers(tx: Tx, key: ResourceKey, offerIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    update offer set withdrawn_at = now() where creator_id = ${key.creatorId} and resource_id = ${key.resourceId}
      and service is not null and id <> all(${[...offerIds]}::text[]) and withdrawn_at is null`
}
