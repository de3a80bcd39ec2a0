/** What is new, and what there is, for readers of feeds and for search engines: everything that is free to know, nothing that is paid. */
import { answerContent, tagContent } from '#lib/gate/answers/content.ts'
import type { GateDeps } from '#lib/gate/deps.ts'
import { PUBLIC_FIELDS } from '#lib/gate/headers.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { formatSats } from '#lib/money.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { RouteContext } from './route.ts'

const MAX_ENTRIES = 50
/** Addresses of one part; far more may stand in one (sitemaps.org), but others are served between parts. */
const PART_ADDRESSES = 1_000
/** A longer free part stands on the page; the feed then has the lead alone. */
const MAX_EXCERPT_CHARACTERS = 20_000

/** `GET /feed.xml`: Atom (RFC 4287), newest first, each entry with its free part. */
export async function answerFeed(context: RouteContext): Promise<GateAnswer> {
  return answerOnce(context, feeds, 'application/atom+xml; charset=utf-8', writeFeed)
}

/** `GET /sitemap.xml`: all addresses, or of more than fit into one part a list of `?part=1` and so on. */
export async function answerSitemap(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const parts = Math.max(1, Math.ceil(onSale(creator).length / PART_ADDRESSES))
  const asked = new URLSearchParams(request.query).get('part')
  if (asked === null && parts > 1)
    return answerOnce(context, sitemaps, XML, (deps, creator) => writeSitemapIndex(deps, creator, parts))
  const part = asked === null ? 1 : Number(/^[1-9]\d{0,3}$/.exec(asked)?.[0] ?? 0)
  if (part < 1 || part > parts) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  return answerOnce(context, partsOf(part), XML, (deps, creator) => writeSitemap(deps, creator, part))
}

const XML = 'application/xml; charset=utf-8'

type Written = WeakMap<CreatorSnapshot, Promise<Content>>
const feeds: Written = new WeakMap()
const sitemaps: Written = new WeakMap()
const sitemapParts = new Map<number, Written>()

/** Only as many as some creator has parts. */
function partsOf(part: number): Written {
  const written = sitemapParts.get(part) ?? new WeakMap()
  sitemapParts.set(part, written)
  return written
}

/** Written once for each snapshot, since anybody may ask as often as they like. */
async function answerOnce(
  { deps, creator, request }: RouteContext,
  written: Written,
  type: string,
  write: (deps: GateDeps, creator: CreatorSnapshot) => Promise<string>,
): Promise<GateAnswer> {
  const content =
    written.get(creator) ??
    write(deps, creator).then((text) =>
      tagContent(deps.l402.sha256, encodeUtf8(text), { fields: [['Content-Type', type]], packing: 'best' }),
    )
  written.set(creator, content)
  try {
    return await answerContent(request, await content, { headers: PUBLIC_FIELDS })
  } catch (cause) {
    written.delete(creator)
    throw cause
  }
}

async function writeFeed(deps: GateDeps, creator: CreatorSnapshot): Promise<string> {
  const origin = deps.pages.originOf(creator)
  const shown = onSale(creator).slice(0, MAX_ENTRIES)
  const entries: string[] = []
  for (const resource of shown) entries.push(await writeEntry(deps, resource, origin))
  const updated = shown[0]?.publishedAt ?? new Date(0)
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>${escapeXml(origin)}/</id>
  <title>${escapeXml(creator.name)}</title>
  ${creator.about === '' ? '' : `<subtitle>${escapeXml(creator.about)}</subtitle>\n  `}<updated>${updated.toISOString()}</updated>
  <author><name>${escapeXml(creator.byline || creator.name)}</name></author>
  <link rel="self" type="application/atom+xml" href="${escapeXml(origin)}/feed.xml"/>
  <link rel="alternate" type="text/html" href="${escapeXml(origin)}/"/>
${entries.join('')}</feed>
`
}

async function writeEntry(deps: GateDeps, resource: CatalogResource, origin: string): Promise<string> {
  const kind = deps.kinds.of(resource)
  const { noun, size } = kind.describe(resource)
  const url = `${origin}/${encodeURIComponent(resource.slug)}`
  const facts = [size, `${formatSats(resource.offers[0].price.amountMsat)} sats`].filter((fact) => fact !== '')
  const excerpt = (await kind.excerpt?.(resource, origin)) ?? ''
  const free = excerpt.length > MAX_EXCERPT_CHARACTERS ? '' : excerpt
  const rest = `<p><a href="${escapeXml(url)}">Read the rest: ${escapeXml(facts.join(', '))}</a></p>`
  return `  <entry>
    <id>${escapeXml(url)}</id>
    <title>${escapeXml(resource.title)}</title>
    <link rel="alternate" type="text/html" href="${escapeXml(url)}"/>
    <published>${resource.publishedAt.toISOString()}</published>
    <updated>${resource.publishedAt.toISOString()}</updated>
    <category term="${escapeXml(noun)}"/>
    ${resource.lead === '' ? '' : `<summary>${escapeXml(resource.lead)}</summary>\n    `}<content type="html" xml:lang="${escapeXml(resource.language)}" xml:base="${escapeXml(url)}">${escapeXml(free + rest)}</content>
  </entry>
`
}

async function writeSitemapIndex(deps: GateDeps, creator: CreatorSnapshot, parts: number): Promise<string> {
  const address = `${deps.pages.originOf(creator)}/sitemap.xml`
  const listed = Array.from(
    { length: parts },
    (_, n) => `  <sitemap><loc>${escapeXml(`${address}?part=${n + 1}`)}</loc></sitemap>\n`,
  )
  return `<?xml version="1.0" encoding="utf-8"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${listed.join('')}</sitemapindex>
`
}

async function writeSitemap(deps: GateDeps, creator: CreatorSnapshot, part: number): Promise<string> {
  const origin = deps.pages.originOf(creator)
  const resources = onSale(creator).slice((part - 1) * PART_ADDRESSES, part * PART_ADDRESSES)
  const addresses = resources.map(
    ({ slug, publishedAt }) =>
      `  <url><loc>${escapeXml(`${origin}/${encodeURIComponent(slug)}`)}</loc><lastmod>${publishedAt.toISOString()}</lastmod></url>\n`,
  )
  return `<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${part === 1 ? `  <url><loc>${escapeXml(origin)}/</loc></url>\n` : ''}${addresses.join('')}</urlset>
`
}

function onSale(creator: CreatorSnapshot): readonly CatalogResource[] {
  return creator.resources.filter(({ paused }) => !paused)
}

/** What XML 1.0 cannot hold at all is left out. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
