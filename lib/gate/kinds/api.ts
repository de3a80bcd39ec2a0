/** APIs: what a request costs is said by the first of its rules that fits, and the answer comes from its creator's server. */

import type { Tx } from '#lib/db.ts'
import { wantsPage } from '#lib/gate/answers/media.ts'
import { readAskedNumber } from '#lib/gate/measuring/peek-body.ts'
import { upstreamQuery } from '#lib/gate/proxy-fields.ts'
import type { HostedTarget, ProxyGrpcTarget, ProxyHttpTarget, Upstream } from '#lib/gate/target.ts'
import type { Log } from '#lib/log.ts'
import { firstStep } from '#lib/paywall/entitlements/draw.ts'
import { estimateMilli, type VolumeMeter } from '#lib/paywall/entitlements/volume-meter.ts'
import type { Offers } from '#lib/paywall/offers/offer.ts'
import { selectQuery } from '#lib/paywall/prices/price-question.ts'
import type { Priced } from '#lib/paywall/prices/quote-offer.ts'
import { listSealedApis, type SealedApi } from '#lib/paywall/resources/api/api-store.ts'
import type { AskedPath } from '#lib/paywall/resources/api/path-pattern.ts'
import { chooseRule, createRuleTable, matchRules, type Rule, type RuleTable } from '#lib/paywall/resources/api/rule.ts'
import { type Protocol, parseUpstreamUrl, SIGNING, sealContext } from '#lib/paywall/resources/api/upstream.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import { type ApiPages, type ApiPagesDeps, createApiPages } from './api-pages.ts'
import type { Ask, Asked, Cost, Description, Kind, NotAllowed, Route, Sold } from './kind.ts'

/** What a gate knows of an API beside what every resource has. */
export interface CatalogApi {
  readonly upstream: Upstream
  readonly protocol: Protocol
  readonly table: RuleTable
}

type ApiResource = CatalogResource<CatalogApi>
type AskedApi = Asked<CatalogApi, AskedPath>

export interface ApiKindDeps extends ApiPagesDeps {
  readonly log: Log
  /** Opens what the dashboard sealed; `null`: not with any of our keys. */
  readonly openSealed: (sealed: Uint8Array, context: Uint8Array) => Uint8Array | null
}

export function createApiKind(deps: ApiKindDeps): Kind<CatalogApi, AskedPath> {
  const pages = createApiPages(deps)
  return {
    name: 'api',
    plural: 'APIs',
    load: (tx, resources) => load(deps, tx, resources),
    match: ({ detail }, segments) => matchRules(detail.table, `/${segments.join('/')}`) ?? frontOf(segments),
    isAtRoot: isGrpc,
    ask,
    describe,
    sold: listSold,
    routes: listRoutes,
    preview: () => {
      throw new TypeError('an API has no page')
    },
    target: (asked) => (isPriceList(asked) ? priceList(pages, asked) : target(asked)),
  }
}

/** The API's own address is there, whatever its rules say: it tells the prices. */
function frontOf(segments: readonly string[]): AskedPath | null {
  return segments.length === 0 ? { path: '/', fitting: [] } : null
}

/** Its own address, read by a person; for programs that is where its rules lead, and without one they are told the prices too. */
function isPriceList({ place, method, request }: AskedApi): boolean {
  if (place.path !== '/' || (method !== 'GET' && method !== 'HEAD')) return false
  return place.fitting.length === 0 || wantsPage(request)
}

function priceList(pages: ApiPages, { creator, resource, request }: AskedApi): HostedTarget {
  const draw = wantsPage(request) ? pages.page : pages.list
  return { kind: 'hosted', content: draw(creator, resource, listRoutes(resource)), access: 'paid', isReading: false }
}

/** Nothing has a price on the page that tells of them. */
const FOR_NOTHING = { free: true, hasPage: false, hasPreview: false, services: [], tier: 0, capability: null } as const

/** One whose secrets do not open is not on sale: its server would be called without them. */
async function load(
  deps: ApiKindDeps,
  tx: Tx,
  resources: readonly ResourceKey[],
): Promise<ReadonlyMap<string, CatalogApi>> {
  const apis = new Map<string, CatalogApi>()
  for (const api of await listSealedApis(tx, resources)) {
    const upstream = openUpstream(deps, api)
    if (upstream === null) deps.log.error('an upstream cannot be opened', { resourceId: api.resourceId })
    else apis.set(resourceName(api), { upstream, protocol: api.protocol, table: createRuleTable(api.rules) })
  }
  return apis
}

function openUpstream({ openSealed }: ApiKindDeps, api: SealedApi): Upstream | null {
  const url = parseUpstreamUrl(api.url)
  const signingKey = openSealed(api.signingSealed, sealContext(api, SIGNING))
  const headers = api.headers.map(({ name, sealed }) => [name, openSealed(sealed, sealContext(api, name))] as const)
  const opened = headers.flatMap(([name, value]) =>
    value === null ? [] : [[name, new TextDecoder().decode(value)] as const],
  )
  if (url === null || signingKey === null || opened.length < headers.length) return null
  return { url, timeoutMs: api.timeoutMs, headers: opened, signingKey }
}

function ask(asked: AskedApi): Ask | NotAllowed {
  const { resource, place, method } = asked
  if (isPriceList(asked)) return { kind: 'ask', ...FOR_NOTHING, method, cost: async () => null }
  if (isGrpc(resource) && method !== 'POST') return { kind: 'not-allowed', methods: ['POST', 'OPTIONS'] }
  if (place.fitting.length === 0) return { kind: 'not-allowed', methods: ['GET', 'HEAD', 'OPTIONS'] }
  const chosen = choose(asked)
  if (chosen.kind === 'other-methods') return { kind: 'not-allowed', methods: [...chosen.methods, 'OPTIONS'] }
  const { rule } = chosen
  const sold = rule.service === null ? null : soldUnder(resource, rule)
  const priced = sold?.pricing && pricedAt(asked, { ...sold, pricing: sold.pricing })
  // A service that nobody can buy is as closed as if its rule were not there.
  if (rule.service !== null && sold === null) return { kind: 'not-allowed', methods: ['OPTIONS'] }
  if (priced === null) return UNREADABLE
  return {
    kind: 'ask',
    free: sold === null,
    hasPage: false,
    hasPreview: false,
    services: sold === null ? [] : [sold.service],
    ...(sold !== null && { sold: { ...sold, path: pathOf(resource, place.path) } }),
    ...(priced && { priced }),
    mayFail: true,
    method,
    tier: rule.tier,
    capability: rule.capability,
    cost: (asked) => costOf(asked, rule.meter ?? null),
  }
}

/** Who asked with such a query could pay for one thing and be given another. */
const UNREADABLE: NotAllowed = {
  kind: 'not-allowed',
  methods: [],
  instead: {
    code: 'http.malformed',
    message: 'The price depends on this query, and servers disagree about what it says. Nothing was charged.',
  },
}

/** `null`: servers read the query in several ways, and the price depends on it. */
function pricedAt(
  asked: AskedApi,
  { service, offers, pricing }: Sold & { pricing: NonNullable<Sold['pricing']> },
): Priced | null {
  const { endpoint } = pricing
  if (endpoint === null) return { service, pricing, question: null }
  const { creator, resource } = asked
  const { signingKey } = resource.detail.upstream
  const key = { creatorId: creator.creatorId, resourceId: resource.id, service, signingKey }
  const question = { ...key, endpoint, floorMsat: offers[0].price.amountMsat, asked: null }
  if (endpoint.per === 'rule') return { service, pricing, question }
  const query = selectQuery(upstreamQuery(asked.query ?? asked.request.query), endpoint.query)
  if (query === null) return null
  const method = asked.method === 'HEAD' ? 'GET' : asked.method
  return { service, pricing, question: { ...question, asked: { method, path: asked.place.path, query } } }
}

function choose({ resource, place, request, method }: AskedApi) {
  return chooseRule(resource.detail.table, place, { method, host: request.host })
}

/** What nothing measures here: a token that counts it is used up, and never given away. */
const UNMEASURED = 2n ** 60n

async function costOf(
  { method, request }: Pick<Asked, 'method' | 'request'>,
  meter: VolumeMeter | null,
): Promise<Cost | null> {
  if (method === 'HEAD') return null
  const volume = meter === null ? UNMEASURED : await reserve(meter, request)
  return { uses: 1n, bytes: firstStep('bytes'), seconds: firstStep('seconds'), volume, isMetered: true }
}

async function reserve(meter: VolumeMeter, request: Asked['request']): Promise<bigint> {
  const { asked } = meter.estimate
  return estimateMilli(meter, asked === null ? null : await readAskedNumber(request, asked.pointer))
}

/** Each rule with a price, at the address by which it is found. */
function listSold(resource: ApiResource): readonly [Sold, ...Sold[]] {
  const [first, ...others] = resource.detail.table.rules.flatMap((rule) => soldUnder(resource, rule) ?? [])
  if (first !== undefined) return [first, ...others]
  const { service, offers } = resource
  return [{ service, offers, method: 'GET', path: pathOf(resource, '/') }]
}

function listRoutes(resource: ApiResource): readonly Route[] {
  return resource.detail.table.rules.flatMap((rule) => {
    const sold = soldUnder(resource, rule)
    // What nobody can buy is no route of which anybody is told.
    if (rule.service !== null && sold === null) return []
    const { name, methods, host, path } = rule
    return [{ name, methods, host, path: pathOf(resource, path), sold }]
  })
}

function soldUnder(resource: ApiResource, rule: Rule): Sold | null {
  const { service, methods, path, pricing, freeMonthly } = rule
  if (service === null) return null
  const [first, ...others] = resource.offers.filter(({ covers }) => covers.includes(service))
  if (first === undefined) return null
  const own: Offers = [first, ...others]
  const address = { method: isGrpc(resource) ? 'POST' : (methods[0] ?? 'GET'), path: pathOf(resource, path) }
  return { service, offers: own, ...address, ...(pricing && { pricing }), ...(freeMonthly && { freeMonthly }) }
}

const isGrpc = ({ detail }: ApiResource) => detail.protocol === 'grpc'

/** Where a path of the API is found; clients of gRPC ask for a method by its own name. */
function pathOf(resource: ApiResource, path: string): string {
  if (isGrpc(resource) && path !== '/') return path
  return `/${resource.slug}${path === '/' ? '' : path}`
}

function describe(resource: ApiResource): Description {
  const all = listSold(resource)
  const [{ method, path }, ...others] = all
  const freeMonthly = all.find((sold) => sold.freeMonthly !== undefined)?.freeMonthly
  const routes = others.length + 1
  const size = routes === 1 ? '1 route' : `${routes} routes`
  const freePart = freeMonthly === undefined ? '' : `${freeMonthly} free requests a month for each network.`
  return { noun: 'API', members: { routes }, size, length: size, freePart, method, path }
}

function target(asked: AskedApi): ProxyHttpTarget | ProxyGrpcTarget {
  const { resource, place } = asked
  const chosen = choose(asked)
  const { upstream } = resource.detail
  const isFront = place.path === '/'
  return {
    kind: isGrpc(resource) ? 'proxy-grpc' : 'proxy-http',
    upstream,
    path: `${upstream.url.pathname === '/' ? '' : upstream.url.pathname}${isFront ? '' : place.path}` || '/',
    place: `/${resource.slug}`,
    ...(chosen.kind === 'rule' && chosen.rule.meter && { meter: chosen.rule.meter }),
    isReading: true,
  }
}
