/** APIs: what a request costs is said by the first of its rules that fits, and the answer comes from its creator's server. */

import type { Tx } from '#lib/db.ts'
import type { ProxyGrpcTarget, ProxyHttpTarget, Upstream } from '#lib/gate/target.ts'
import type { Log } from '#lib/log.ts'
import type { Offers } from '#lib/paywall/offers/offer.ts'
import { listSealedApis, type SealedApi } from '#lib/paywall/resources/api/api-store.ts'
import type { AskedPath } from '#lib/paywall/resources/api/path-pattern.ts'
import { chooseRule, createRuleTable, matchRules, type Rule, type RuleTable } from '#lib/paywall/resources/api/rule.ts'
import { type Protocol, parseUpstreamUrl, SIGNING, sealContext } from '#lib/paywall/resources/api/upstream.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import type { Ask, Asked, Cost, Description, Kind, NotAllowed, Sold } from './kind.ts'

/** What a gate knows of an API beside what every resource has. */
export interface CatalogApi {
  readonly upstream: Upstream
  readonly protocol: Protocol
  readonly table: RuleTable
}

type ApiResource = CatalogResource<CatalogApi>
type AskedApi = Asked<CatalogApi, AskedPath>

export interface ApiKindDeps {
  readonly log: Log
  /** Opens what the dashboard sealed; `null`: not with any of our keys. */
  readonly openSealed: (sealed: Uint8Array, context: Uint8Array) => Uint8Array | null
}

export function createApiKind(deps: ApiKindDeps): Kind<CatalogApi, AskedPath> {
  return {
    name: 'api',
    plural: 'APIs',
    load: (tx, resources) => load(deps, tx, resources),
    match: ({ detail }, segments) => matchRules(detail.table, `/${segments.join('/')}`),
    isAtRoot: isGrpc,
    ask,
    describe,
    sold: listRoutes,
    preview: () => {
      throw new TypeError('an API has no page')
    },
    target,
  }
}

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
  if (isGrpc(resource) && method !== 'POST') return { kind: 'not-allowed', methods: ['POST', 'OPTIONS'] }
  const chosen = choose(asked)
  if (chosen.kind === 'other-methods') return { kind: 'not-allowed', methods: [...chosen.methods, 'OPTIONS'] }
  const { rule } = chosen
  const sold = rule.service === null ? null : soldUnder(resource, rule)
  // A service that nobody can buy is as closed as if its rule were not there.
  if (rule.service !== null && sold === null) return { kind: 'not-allowed', methods: ['OPTIONS'] }
  return {
    kind: 'ask',
    free: sold === null,
    hasPage: false,
    hasPreview: false,
    services: sold === null ? [] : [sold.service],
    ...(sold !== null && { sold: { ...sold, path: pathOf(resource, place.path) } }),
    mayFail: true,
    method,
    tier: rule.tier,
    capability: rule.capability,
    cost: costOf,
  }
}

function choose({ resource, place, request, method }: AskedApi) {
  return chooseRule(resource.detail.table, place, { method, host: request.host })
}

/** What a condition counts that is not measured here yet: a token that has one is used up, and never given away. */
const UNMEASURED = 2n ** 60n

async function costOf({ method }: Pick<Asked, 'method'>): Promise<Cost | null> {
  return method === 'HEAD' ? null : { uses: 1n, bytes: UNMEASURED, seconds: UNMEASURED, volume: UNMEASURED }
}

/** Each rule with a price, at the address by which it is found. */
function listRoutes(resource: ApiResource): readonly [Sold, ...Sold[]] {
  const [first, ...others] = resource.detail.table.rules.flatMap((rule) => soldUnder(resource, rule) ?? [])
  if (first !== undefined) return [first, ...others]
  const { service, offers } = resource
  return [{ service, offers, method: 'GET', path: pathOf(resource, '/') }]
}

function soldUnder(resource: ApiResource, { service, methods, path }: Rule): Sold | null {
  if (service === null) return null
  const [first, ...others] = resource.offers.filter(({ covers }) => covers.includes(service))
  if (first === undefined) return null
  const own: Offers = [first, ...others]
  const method = isGrpc(resource) ? 'POST' : (methods[0] ?? 'GET')
  return { service, offers: own, method, path: pathOf(resource, path) }
}

const isGrpc = ({ detail }: ApiResource) => detail.protocol === 'grpc'

/** Where a path of the API is found; clients of gRPC ask for a method by its own name. */
function pathOf(resource: ApiResource, path: string): string {
  if (isGrpc(resource) && path !== '/') return path
  return `/${resource.slug}${path === '/' ? '' : path}`
}

function describe(resource: ApiResource): Description {
  const [{ method, path }, ...others] = listRoutes(resource)
  const routes = others.length + 1
  const size = routes === 1 ? '1 route' : `${routes} routes`
  return { noun: 'API', members: { routes }, size, length: size, freePart: '', method, path }
}

function target({ resource, place }: AskedApi): ProxyHttpTarget | ProxyGrpcTarget {
  const { upstream } = resource.detail
  const isFront = place.path === '/'
  return {
    kind: isGrpc(resource) ? 'proxy-grpc' : 'proxy-http',
    upstream,
    path: `${upstream.url.pathname === '/' ? '' : upstream.url.pathname}${isFront ? '' : place.path}` || '/',
    place: `/${resource.slug}`,
    isReading: true,
  }
}
