/** A demo creator with finished articles on sale, so that the first start has something to buy; run again it changes nothing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from '#lib/clock.ts'
import { createArticleRenderer } from '#lib/content/article-renderer.ts'
import { openBlobs } from '#lib/content/open-blobs.ts'
import { type Db, openDatabase } from '#lib/db.ts'
import { assertInvariant } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { createLog } from '#lib/log.ts'
import { createCreator } from '#lib/paywall/creators/create-creator.ts'
import { findCreatorByHandle } from '#lib/paywall/creators/creator-store.ts'
import type { VolumeMeter } from '#lib/paywall/entitlements/volume-meter.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'
import { setApi } from '#lib/paywall/resources/api/set-api.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'
import type { Protocol } from '#lib/paywall/resources/api/upstream.ts'
import { type Article, findArticle } from '#lib/paywall/resources/article/article-store.ts'
import { type PublishDeps, publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { listResources } from '#lib/paywall/resources/resource-list-store.ts'

export interface SeedOptions {
  /** Postgres as the owner, migrated. */
  databaseUrl: string
  /** Folder where published content is kept: `CONTENT_URL`. */
  contentUrl: string
  /** Store that keeps it in place of the folder: `CONTENT_BUCKET`. */
  contentBucket?: string | undefined
  /** A server to sell, and the gateway's key that seals for it; without it there is no demo API. */
  api?: { url: string; sealKey: Uint8Array }
}

export interface Seeded {
  readonly handle: string
  /** Address of the demo creator's owner, for a sign-in link. */
  readonly email: string
  /** In the order to show. */
  readonly slugs: readonly string[]
  /** Paths of priced routes of the demo API. */
  readonly api?: { readonly route: string; readonly stream: string; readonly chat: string }
}

export const DEMO_EMAIL = 'harbor@example.test'

/** The creator of the documentation: her short id stands in its tokens. */
const HARBOR = {
  handle: 'harbor',
  shortId: 'k3h',
  name: 'Harbor Notes',
  byline: 'Ingrid Rask',
  about: 'Ingrid Rask writes about one harbor, its water and the people who read it.',
}

interface DemoArticle {
  readonly slug: string
  readonly title: string
  readonly lead: string
  readonly priceSats: string
  readonly publishedAt: string
}

/** Newest first; the texts lie beside this file. The first three paragraphs are free. */
const ARTICLES: readonly DemoArticle[] = [
  {
    slug: 'tides',
    title: 'Tides',
    lead: 'What a man with a pencil knew about the sea that the printed tables did not.',
    priceSats: '210',
    publishedAt: '2026-11-12T07:30:00Z',
  },
  {
    slug: 'storms',
    title: 'Storms',
    lead: 'Three warnings a harbor gives before the radio does.',
    priceSats: '180',
    publishedAt: '2026-10-31T07:30:00Z',
  },
  {
    slug: 'reading-fog',
    title: 'Reading fog',
    lead: 'Distances by ear, and why bells beat horns.',
    priceSats: '150',
    publishedAt: '2026-10-03T06:30:00Z',
  },
]
const CUT_AFTER_BLOCKS = 3

/**
 * Creates what is missing of the demo creator, its owner and its articles. What the owner has changed since (texts,
 * prices, pauses) stays; a start that was cut off half-way is completed. Only for development.
 */
export async function seed({ databaseUrl, contentUrl, contentBucket, api }: SeedOptions): Promise<Seeded> {
  const db = openDatabase({ url: databaseUrl, log: createLog({ process: 'seed', level: 'error' }), poolSize: 2 })
  const blobs = openBlobs({ CONTENT_URL: contentUrl, CONTENT_BUCKET: contentBucket })
  const renderer = createArticleRenderer({ workerFile: join(import.meta.dirname, '../lib/content/render-worker.ts') })
  try {
    const userId = await ensureOwner(db)
    const creatorId = await ensureCreator(db, userId)
    for (const article of ARTICLES) await ensureArticle({ db, blobs, renderer, creatorId }, article)
    if (api !== undefined) for (const demo of APIS) await ensureApi(db, { creatorId, demo, ...api })
    return {
      ...{ handle: HARBOR.handle, email: DEMO_EMAIL, slugs: ARTICLES.map(({ slug }) => slug) },
      ...(api !== undefined && {
        api: { route: '/scores/nodes/alice', stream: '/scores/ticks', chat: '/chat/v1/chat/completions' },
      }),
    }
  } finally {
    await Promise.all([db.close(), renderer.close()])
  }
}

async function ensureOwner(db: Db): Promise<string> {
  const user = await db.client.user.upsert({
    where: { email: DEMO_EMAIL },
    create: { id: newId('usr'), email: DEMO_EMAIL, name: HARBOR.byline, emailVerified: new Date() },
    update: {},
  })
  return user.id
}

async function ensureCreator(db: Db, userId: string): Promise<string> {
  const known = await findCreatorByHandle(db.client, HARBOR.handle)
  if (known !== null) return known.id
  const created = await createCreator({ db }, { userId, ...HARBOR })
  assertInvariant(created.kind === 'created', 'the demo creator can be created')
  return created.creatorId
}

interface DemoApi {
  readonly slug: string
  readonly title: string
  readonly protocol: Protocol
  readonly rules: readonly RuleInput[]
}

const ROUTE = { methods: ['GET'], host: null, tier: 0, capability: null }
const METHOD = { ...ROUTE, methods: ['POST'] }
const TERMS = { lastsSeconds: null, uses: null, rate: null }

/** A word of the demo's answers is a token; what a request asks for is reserved, and what was said is paid. */
const TOKENS: VolumeMeter = {
  unit: 'token',
  told: {
    from: 'json',
    values: [
      { pointer: '/usage/prompt_tokens', weightMilli: 1_000 },
      { pointer: '/usage/completion_tokens', weightMilli: 1_000 },
    ],
  },
  estimate: { units: 100, asked: { pointer: '/max_tokens', weightMilli: 1_000, ceiling: 1_000 } },
}

const APIS: readonly DemoApi[] = [
  {
    slug: 'scores',
    title: 'Node scores',
    protocol: 'http',
    rules: [
      { ...ROUTE, name: 'about', path: '/', offer: null },
      { ...ROUTE, name: 'node', path: '/nodes/*', offer: { ...TERMS, price: '5', uses: 10 } },
      {
        ...{ ...ROUTE, name: 'score', path: '/score/*', freeMonthly: 3 },
        offer: { ...TERMS, price: '10', uses: 1 },
        pack: { ...TERMS, price: '800', uses: 100 },
      },
      { ...ROUTE, name: 'ticks', path: '/ticks', offer: { ...TERMS, price: '20', lastsSeconds: 3600 } },
    ],
  },
  {
    slug: 'chat',
    title: 'Harbor chat',
    protocol: 'http',
    rules: [
      {
        ...{ ...ROUTE, methods: ['POST'], name: 'completions', path: '/v1/chat/completions', meter: TOKENS },
        offer: { ...TERMS, price: '50', volume: 10_000 },
        pack: { ...TERMS, price: '400', volume: 100_000 },
      },
    ],
  },
  // `scores.v1.Scores`; without an end, for clients that keep one token for ever.
  {
    slug: 'scores-grpc',
    title: 'Node scores over gRPC',
    protocol: 'grpc',
    rules: [
      { ...METHOD, name: 'get', path: '/scores.v1.Scores/Get', offer: { ...TERMS, price: '25' } },
      { ...METHOD, name: 'follow', path: '/scores.v1.Scores/Follow', offer: { ...TERMS, price: '50' } },
    ],
  },
]

interface DemoApiDeps {
  readonly creatorId: string
  readonly demo: DemoApi
  readonly url: string
  readonly sealKey: Uint8Array
}

/** Its server may be at another port after every start; its rules are its owner's once they are there. */
async function ensureApi(db: Db, { creatorId, demo, url, sealKey }: DemoApiDeps): Promise<void> {
  const { rules, ...named } = demo
  const known = (await listResources(db, creatorId, { search: demo.slug })).find(({ slug }) => slug === demo.slug)
  const resourceId = known?.kind === 'api' ? known.id : null
  const saved = await setApi({ db, sealKey }, { ...named, creatorId, resourceId, url, timeoutMs: 30_000, headers: {} })
  assertInvariant(saved.kind === 'saved', `the demo API ${demo.slug} can be saved`)
  if (known?.publishedAt) return
  const ruled = await setRules({ db, clock: systemClock }, { creatorId, resourceId: saved.resourceId, rules })
  assertInvariant(ruled.kind === 'saved', `the demo API ${demo.slug} can be priced`)
}

interface ArticleDeps extends Omit<PublishDeps, 'clock'> {
  readonly creatorId: string
}

async function ensureArticle(deps: ArticleDeps, demo: DemoArticle): Promise<void> {
  const article = (await findBySlug(deps, demo.slug)) ?? (await saveDemo(deps, demo))
  const key = { creatorId: deps.creatorId, resourceId: article.id }
  if (article.amountMsat === null) await setPrice(deps, { ...key, price: demo.priceSats })
  if (article.publishedAt !== null) return
  const clock: Clock = { now: () => new Date(demo.publishedAt) }
  const published = await publishArticle({ ...deps, clock }, { ...key, revision: article.revision })
  assertInvariant(published.kind === 'published', `the demo article ${demo.slug} can be published`)
}

async function findBySlug({ db, creatorId }: ArticleDeps, slug: string): Promise<Article | null> {
  const known = (await listResources(db, creatorId)).find((resource) => resource.slug === slug)
  return known === undefined ? null : findArticle(db, { creatorId, resourceId: known.id })
}

async function saveDemo({ db, creatorId }: ArticleDeps, demo: DemoArticle): Promise<Article> {
  const markdown = readFileSync(join(import.meta.dirname, 'seed', `${demo.slug}.md`), 'utf8')
  const { slug, title, lead } = demo
  const draft = { title, lead, markdown, cutBlock: CUT_AFTER_BLOCKS, slug }
  const saved = await saveArticle({ db }, { creatorId, resourceId: null, revision: null, ...draft })
  assertInvariant(saved.kind === 'saved', `the demo article ${slug} can be saved`)
  const article = await findArticle(db, { creatorId, resourceId: saved.resourceId })
  assertInvariant(article !== null, `the demo article ${slug} is there after saving`)
  return article
}
