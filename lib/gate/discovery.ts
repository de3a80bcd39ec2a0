/** What programs and crawlers may know without paying: the manifest, the text for language models, robots.txt (protocol.md §11). */

import { formatSats, msat, msatToSatsUp } from '#lib/money.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import { CORS_FIELDS, NOSNIFF, TEXT_TYPE } from './headers.ts'
import { type GateAnswer, type GateRequest, type HeaderField, originOf } from './request.ts'

const FIELDS: readonly HeaderField[] = [['Cache-Control', 'public, max-age=300'], NOSNIFF, ...CORS_FIELDS]

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

/** `GET /.well-known/l402.json`. */
export function answerManifest(creator: CreatorSnapshot): GateAnswer {
  const body = {
    version: '1.0',
    provider: { name: creator.name },
    currencies: ['msat'],
    macaroon_versions: [0],
    payment_methods: ['bolt11'],
    services: onSale(creator).map(describeService),
    caveats: CAVEATS,
    satstile: { schemes: ['L402'], unknown_caveats: 'skipped', own_namespace: 'refused' },
  }
  const headers: HeaderField[] = [['Content-Type', 'application/json'], ...FIELDS]
  return { kind: 'answer', status: 200, headers, body: JSON.stringify(body) }
}

function describeService(resource: CatalogResource): object {
  const pricing = { model: 'fixed', price_msat: Number(resource.offer.amountMsat) }
  return {
    name: resource.service,
    title: resource.title,
    tiers: [0],
    capabilities: ['read'],
    resources: [{ path: `/${resource.slug}`, method: 'GET', pricing, constraints: {} }],
  }
}

/** `GET /llms.txt`: how to buy in one sentence, then what there is. */
export function answerLlmsText(creator: CreatorSnapshot, request: GateRequest): GateAnswer {
  const origin = originOf(request)
  const lines = [
    `# ${creator.name}`,
    '',
    '> Articles, paid in sats by L402. Prices: /.well-known/l402.json. Ask any URL; a 402 tells the price; pay the invoice; send `Authorization: L402 <macaroon>:<preimage>`.',
    '',
    '## Articles',
    '',
    ...onSale(creator).map((resource) => describeArticle(resource, origin)),
    '',
  ]
  return { kind: 'answer', status: 200, headers: [TEXT_TYPE, ...FIELDS], body: lines.join('\n') }
}

function describeArticle(resource: CatalogResource, origin: string): string {
  const sats = formatSats(msat(msatToSatsUp(resource.offer.amountMsat) * 1000n))
  const words = resource.words.toLocaleString('en-US')
  const free = resource.previewWords > 0 ? ` First ${resource.previewWords.toLocaleString('en-US')} words free.` : ''
  const title = resource.title.replace(/[[\]\\]/g, '\\$&')
  return `- [${title}](${origin}/${encodeURIComponent(resource.slug)}): ${words} words, ${sats} sats.${free}`
}

/** `GET /robots.txt`: previews are for everybody, our own addresses for nobody's index. */
export function answerRobots(): GateAnswer {
  const body = 'User-agent: *\nDisallow: /_l402/\n'
  return { kind: 'answer', status: 200, headers: [TEXT_TYPE, ...FIELDS], body }
}

function onSale(creator: CreatorSnapshot): readonly CatalogResource[] {
  return creator.resources.filter((resource) => !resource.paused)
}
