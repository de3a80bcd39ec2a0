/** What programs and crawlers may know without paying: the manifest, the text for language models, robots.txt (protocol.md §11). */

import { freeTerms } from '#lib/gate/answers/challenge.ts'
import { answerContent } from '#lib/gate/answers/content.ts'
import { createKeptLists, cutList, type ListPage } from '#lib/gate/answers/kept-lists.ts'
import { JSON_TYPE, PUBLIC_FIELDS, TEXT_TYPE } from '#lib/gate/headers.ts'
import { type Kind, type Kinds, listSold, type Sold } from '#lib/gate/kinds/kind.ts'
import { type GateAnswer, type HeaderField, originOf } from '#lib/gate/request.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { formatSats, satsToMsat } from '#lib/money.ts'
import { countsOf, type Offer, priceSats } from '#lib/paywall/offers/offer.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { RouteContext } from './route.ts'

/** Every condition that a token may carry here, and how a holder may narrow it; one row per row of protocol.md §5.3. */
const CAVEATS = {
  services: { type: 'list', attenuation: 'subset' },
  '<service>_capabilities': { type: 'list', attenuation: 'subset' },
  '<service>_valid_until': { type: 'unix', attenuation: 'smaller' },
  '<service>_method': { type: 'list', attenuation: 'subset' },
  '<service>_path': { type: 'path', attenuation: 'within' },
  '<service>_address': { type: 'cidr-list', attenuation: 'within' },
  '<service>_origin': { type: 'list', attenuation: 'subset' },
  '<service>_networks': { type: 'uint', attenuation: 'smaller' },
  '<service>_rate': { type: 'rate', attenuation: 'smaller' },
  '<service>_uses': { type: 'uint', attenuation: 'smaller' },
  '<service>_bytes': { type: 'uint', attenuation: 'smaller' },
  '<service>_seconds': { type: 'uint', attenuation: 'smaller' },
  '<service>_volume_<unit>': { type: 'uint', attenuation: 'smaller' },
  '<service>_quality': { type: 'uint', attenuation: 'smaller' },
  '<service>_variant': { type: 'name', attenuation: 'same' },
  preimage: { type: 'hex', attenuation: 'same' },
  expiration: { type: 'unix-ms', attenuation: 'smaller' },
} as const

/** Services of one answer: 120 KB unpacked. */
const PAGE_RESOURCES = 500

/** `GET /.well-known/l402.json`; `next` leads to the following part of `services`. */
export function answerManifest({ deps, creator, request }: RouteContext): Answer {
  return answerList({ deps, creator, request }, [JSON_TYPE], ({ resources, next }) => {
    const more = next === null ? {} : { next: `${originOf(request)}${request.path}?${next}` }
    return JSON.stringify({ ...manifestOf(deps.kinds, creator, resources), ...more })
  })
}

function manifestOf(kinds: Kinds, creator: CreatorSnapshot, resources: readonly CatalogResource[]): object {
  return {
    version: '1.0',
    provider: { name: creator.name },
    currencies: ['msat'],
    macaroon_versions: [0],
    payment_methods: ['bolt11'],
    services: resources.flatMap((resource) =>
      listSold(kinds.of(resource), resource).map((sold) => describeService(resource, sold)),
    ),
    caveats: CAVEATS,
    satstile: { schemes: ['L402'], unknown_caveats: 'skipped', own_namespace: 'refused' },
  }
}

function describeService(resource: CatalogResource, { service, offers, method, path, freeMonthly }: Sold): object {
  const [offer] = offers
  const pricing = { model: 'fixed', price_msat: Number(offer.price.amountMsat) }
  return {
    name: service,
    title: resource.title,
    tiers: [offer.tier],
    capabilities: offer.capabilities ?? [],
    resources: [{ path, method, pricing, constraints: {} }],
    ...(freeMonthly !== undefined && { free: freeTerms(freeMonthly) }),
    ...(offers.length > 1 && { offers: offers.map(describeOffer) }),
  }
}

/** One of several ways to buy it, by the name under which it is asked for. */
function describeOffer(offer: Offer): object {
  return { id: offer.kind, price_msat: Number(offer.price.amountMsat), ...Object.fromEntries(countsOf(offer)) }
}

/** `GET /llms.txt`: how to buy in one sentence, then what there is, kind by kind, then where the rest is. */
export function answerLlmsText({ deps, creator, request }: RouteContext): Answer {
  return answerList({ deps, creator, request }, [TEXT_TYPE], ({ resources, next }) => {
    const origin = originOf(request)
    const sold = Map.groupBy(resources, (resource) => deps.kinds.of(resource))
    // Nothing on sale yet: what there could be.
    const kinds = sold.size === 0 ? deps.kinds.rows : [...sold.keys()]
    return [
      `# ${creator.name}`,
      '',
      `> ${kinds.map(({ plural }) => plural).join(', ')}, paid in sats by L402. Prices: /.well-known/l402.json. Ask any URL; a 402 tells the price; pay the invoice; send \`Authorization: L402 <macaroon>:<preimage>\`.`,
      '',
      ...kinds.flatMap((kind) => [
        `## ${kind.plural}`,
        '',
        ...(sold.get(kind) ?? []).map((resource) => describeResource(resource, kind, origin)),
        '',
      ]),
      ...(next === null ? [] : [`More: ${origin}${request.path}?${next}`, '']),
    ].join('\n')
  })
}

type Answer = GateAnswer | Promise<GateAnswer>

const lists = createKeptLists()

/** A part of the list as `write` writes it, made once and kept packed; 404 when it begins behind what is not there. */
function answerList(
  { deps, creator, request }: Omit<RouteContext, 'parameter'>,
  fields: readonly HeaderField[],
  write: (page: ListPage) => string,
): Answer {
  const page = cutList(creator, request, PAGE_RESOURCES)
  if (page === null) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  const key = `${request.path} ${originOf(request)} ${page.resources[0]?.id}`
  const content = lists.get(creator, key, () => {
    const body = encodeUtf8(write(page))
    return { etag: null, length: body.length, fields, body, packing: 'quick' }
  })
  return answerContent(request, content, { headers: PUBLIC_FIELDS })
}

function describeResource(resource: CatalogResource, kind: Kind, origin: string): string {
  const { size, freePart } = kind.describe(resource)
  const sats = formatSats(satsToMsat(priceSats(resource.offers[0])))
  const title = resource.title.replace(/[[\]\\]/g, '\\$&')
  const facts = [size, `${sats} sats`].filter((fact) => fact !== '').join(', ')
  return `- [${title}](${origin}/${encodeURIComponent(resource.slug)}): ${facts}.${freePart && ` ${freePart}`}`
}

/** `GET /robots.txt`: previews are for everybody, and what draws them; our own addresses are for nobody's index. */
export function answerRobots({ deps, creator }: RouteContext): GateAnswer {
  const body = [
    'User-agent: *',
    'Disallow: /_l402/',
    'Allow: /_l402/assets/',
    'Allow: /_l402/card/',
    'Allow: /_l402/picture/',
    '',
    `Sitemap: ${deps.pages.originOf(creator)}/sitemap.xml`,
    '',
  ].join('\n')
  return { kind: 'answer', status: 200, headers: [TEXT_TYPE, ...PUBLIC_FIELDS], body }
}
