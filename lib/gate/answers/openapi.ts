/** The OpenAPI document of what a creator sells route by route, made from its rules; pure. */
import type { Route } from '#lib/gate/kinds/kind.ts'
import type { CatalogResource } from '#lib/paywall/resources/snapshot.ts'
import { describePricing, describeTerms, invoicedMsat } from './describe-sold.ts'

export interface DescribedApi {
  readonly resource: CatalogResource
  readonly routes: readonly Route[]
}

export interface OpenApiInput {
  readonly title: string
  readonly about: string
  /** Of the creator's host. */
  readonly origin: string
  readonly apis: readonly DescribedApi[]
  /** APIs that are told of in a document of their own: slugs. */
  readonly leftOut: readonly string[]
}

/** Of OpenAPI's path items. A rule for all methods is written for those that a client would use. */
const METHODS: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])
const EVERY: readonly string[] = ['get', 'post', 'put', 'patch', 'delete']
const WITH_BODY: ReadonlySet<string> = new Set(['post', 'put', 'patch'])

type Paths = Record<string, Record<string, unknown>>

/** Version 3.1. Of two rules that mean one operation the first one is written, as it is the first that is asked. */
export function describeOpenApi({ title, about, origin, apis, leftOut }: OpenApiInput): object {
  const paths: Paths = {}
  const names = new Map<string, number>()
  for (const api of apis) for (const route of api.routes) addRoute(paths, names, { api, route })
  return {
    openapi: '3.1.1',
    info: {
      title,
      version: '1.0.0',
      description: [about, HOW, ...leftOut.map((slug) => `More: ${origin}/openapi.json?api=${slug}`)]
        .join('\n\n')
        .trim(),
    },
    servers: [{ url: origin }],
    paths,
    components: COMPONENTS,
  }
}

const HOW =
  'Paid by L402: an operation with a price answers 402 with a macaroon and a Lightning invoice. Pay the invoice, then repeat the request with `Authorization: L402 <macaroon>:<preimage>`.'

function addRoute(paths: Paths, names: Map<string, number>, { api, route }: { api: DescribedApi; route: Route }): void {
  const { template, parameters } = templateOf(route.path)
  const item = paths[template] ?? { ...(parameters.length > 0 && { parameters }) }
  const methods = route.methods.length === 0 ? EVERY : route.methods.map((method) => method.toLowerCase())
  for (const method of methods) {
    if (!METHODS.has(method) || item[method] !== undefined) continue
    item[method] = {
      operationId: nameOf(names, [api.resource.slug, route.name, method]),
      ...describe(api, route, method),
    }
  }
  if (Object.keys(item).some((key) => METHODS.has(key))) paths[template] = item
}

/** Unique in the document. */
function nameOf(names: Map<string, number>, parts: readonly string[]): string {
  const name = parts.join('_').replace(/[^A-Za-z0-9_]/g, '_')
  const times = (names.get(name) ?? 0) + 1
  names.set(name, times)
  return times === 1 ? name : `${name}__${times}`
}

/** `/scores/*` becomes `/scores/{segment1}`: by its place, so that two patterns of one shape are one template. */
function templateOf(pattern: string): { template: string; parameters: object[] } {
  const parameters: object[] = []
  const segments = pattern.split('/').map((segment, n) => {
    if (segment !== '*' && segment !== '**') return segment
    const name = segment === '*' ? `segment${n}` : 'rest'
    const description = segment === '**' ? { description: 'Whatever is below, slashes included.' } : {}
    parameters.push({ name, in: 'path', required: true, schema: { type: 'string' }, ...description })
    return `{${name}}`
  })
  return { template: segments.join('/'), parameters }
}

function describe({ resource }: DescribedApi, { name, host, sold }: Route, method: string): object {
  const { title } = resource
  const shared = {
    summary: `${title}: ${name}`,
    tags: [title],
    ...(host !== null && { description: `At the host ${host} alone.` }),
    ...(WITH_BODY.has(method) && { requestBody: { content: { '*/*': {} } } }),
  }
  if (sold === null) return { ...shared, responses: { default: { description: "The seller's answer, for nothing." } } }
  const [offer] = sold.offers
  return {
    ...shared,
    security: [{ l402: [] }],
    'x-payment-info': {
      ...{ method: 'lightning', intent: 'charge', currency: 'msat', amount: String(invoicedMsat(offer)) },
      ...(sold.pricing !== undefined && { pricing: 'dynamic' }),
    },
    'x-l402': {
      service: sold.service,
      ...(sold.pricing === undefined && { price_msat: invoicedMsat(offer) }),
      pricing: describePricing(sold),
      offers: sold.offers.map((each) => ({ ...describeTerms(each), price_msat: invoicedMsat(each) })),
      tier: offer.tier,
      capability: offer.capabilities?.[0] ?? null,
    },
    responses: {
      402: { $ref: '#/components/responses/PaymentRequired' },
      default: { description: "The seller's answer, once paid." },
    },
  }
}

const COMPONENTS = {
  securitySchemes: {
    l402: {
      type: 'http',
      scheme: 'L402',
      description: '`L402 <macaroon>:<preimage>`, as bought by a 402 of the operation.',
    },
  },
  responses: {
    PaymentRequired: {
      description: 'Nothing presented was sufficient. The invoice buys what is asked for; the price is locked in it.',
      headers: {
        'WWW-Authenticate': {
          description: '`L402 macaroon="…", invoice="…", version="0", token="…"`',
          schema: { type: 'string' },
        },
        'L402-Reason': { description: 'Why, for programs.', schema: { type: 'string' } },
      },
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['error', 'reason', 'price_sats'],
            properties: {
              error: { const: 'payment_required' },
              reason: { type: 'string' },
              macaroon: { type: 'string' },
              invoice: { type: 'string' },
              payment_hash: { type: 'string' },
              price_sats: { type: 'integer', minimum: 1 },
              expires_at: { type: 'string', format: 'date-time' },
            },
          },
        },
      },
    },
  },
} as const
