/** What programs and crawlers may know without paying: the manifest, the text for language models, robots.txt (protocol.md §11). */

import { answerContent } from '#lib/gate/answers/content.ts'
import { describeService } from '#lib/gate/answers/describe-sold.ts'
import { createKeptLists, cutList, type ListPage } from '#lib/gate/answers/kept-lists.ts'
import { type DescribedApi, describeOpenApi } from '#lib/gate/answers/openapi.ts'
import { JSON_TYPE, PUBLIC_FIELDS, TEXT_TYPE } from '#lib/gate/headers.ts'
import { type Kind, type Kinds, listSold, type Route, type Sold } from '#lib/gate/kinds/kind.ts'
import { type GateAnswer, type HeaderField, originOf } from '#lib/gate/request.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { formatSats, satsToMsat } from '#lib/money.ts'
import { priceSats } from '#lib/paywall/offers/offer.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { RouteContext } from './route.ts'

/** Every condition that a token may carry here, and how a holder may narrow it; one row per row of protocol.md §5.3. */
const CAVEATS = {
  services: { type: 'list', attenuation: 'subset' },
  '<service>_capabilities': { type: 'list', attenuation: 'subset' },
  '<service>_valid_until': { type: 'unix', attenuation: 'smaller' },
  '<service>_method': { type: 'list', attenuation: 'subset' },
  '<service>_path': { type: 'path', attenuation: 'within' },
  '<service>_request': { type: 'hex', attenuation: 'same' },
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

/** Services of one answer: 50 KB unpacked, written in less than a millisecond. */
const PAGE_RESOURCES = 200

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
    quote_endpoint: '/_l402/quote',
    services: resources.flatMap((resource) =>
      listSold(kinds.of(resource), resource).map((sold) => describeService(resource, sold)),
    ),
    caveats: CAVEATS,
    satstile: { schemes: ['L402'], unknown_caveats: 'skipped', own_namespace: 'refused', openapi: '/openapi.json' },
  }
}

/** Operations of one document: 400 KB unpacked. */
const MAX_ROUTES = 500

/** `GET /openapi.json`: of all that is sold route by route, or with `?api=` of one; 404 where there is none. */
export function answerOpenApi({ deps, creator, request }: RouteContext): Answer {
  const asked = new URLSearchParams(request.query).get('api')
  const origin = originOf(request)
  const all = creator.resources.flatMap((resource): DescribedApi[] => {
    const routes = resource.paused ? undefined : deps.kinds.of(resource).routes?.(resource)
    return routes === undefined || (asked !== null && resource.slug !== asked) ? [] : [{ resource, routes }]
  })
  if (all.length === 0) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  const content = lists.get(creator, `${request.path} ${origin} ${asked}`, () => {
    const apis = all.filter((_, n) => n === 0 || countRoutes(all.slice(0, n + 1)) <= MAX_ROUTES)
    const leftOut = all.filter((api) => !apis.includes(api)).map(({ resource }) => resource.slug)
    const title = asked === null ? creator.name : (all[0]?.resource.title ?? creator.name)
    const body = encodeUtf8(JSON.stringify(describeOpenApi({ title, about: creator.about, origin, apis, leftOut })))
    return { etag: null, length: body.length, fields: [JSON_TYPE], body, packing: 'quick' }
  })
  return answerContent(request, content, { headers: PUBLIC_FIELDS })
}

function countRoutes(apis: readonly DescribedApi[]): number {
  return apis.reduce((sum, { routes }) => sum + routes.length, 0)
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
  const routes = kind.routes?.(resource) ?? []
  const told = routes.slice(0, MAX_TOLD).map((route) => `  - ${tellRoute(route)}`)
  const more = routes.length > 0 ? ` Routes: ${origin}/openapi.json?api=${resource.slug}` : ''
  const head = `- [${title}](${origin}/${encodeURIComponent(resource.slug)}): ${facts}.${freePart && ` ${freePart}`}${more}`
  return [head, ...told].join('\n')
}

/** Routes of one API; the rest stands in its OpenAPI document. */
const MAX_TOLD = 20

function tellRoute({ methods, path, sold }: Route): string {
  const price = sold === null ? 'free' : tellPrice(sold)
  return `${methods.length === 0 ? 'any method' : methods.join(', ')} ${path}: ${price}`
}

function tellPrice({ offers: [offer], pricing }: Sold): string {
  const sats = `${formatSats(satsToMsat(priceSats(offer)))} sats`
  return pricing === undefined ? sats : `from ${sats}, ask /_l402/quote`
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
