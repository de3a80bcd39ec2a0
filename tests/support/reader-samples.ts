/** One realistic article and its creator, in the shapes that reader pages are told. */
import { renderArticle } from '#lib/content/render-article.ts'
import { satsToMsat } from '#lib/money.ts'
import type {
  ApiPageProps,
  ArticlePageProps,
  CheckoutPageProps,
  CreatorPageProps,
  ReaderArticle,
  ReaderFrame,
} from '#lib/reader/props.ts'

const MARKDOWN = `The harbor keeps two clocks. The one on the customs house has been four minutes slow since the winter of 1987, and everyone on the quay adds the four minutes without thinking. The other clock is the water. It runs fifty minutes later every day, and nobody corrects it.

I learned to read the second one from Anders Lund, who kept the tide tables for this stretch of coast for thirty-one years, in pencil, in school notebooks. He did not trust the printed ones. “They are right for Esbjerg,” he would say, “and Esbjerg is forty kilometres of mud away.” His own numbers came from a brass staff screwed to the third pile of the old ferry landing.

What follows is what he taught me over one summer: how to see slack water before it comes, why the highest tide of the month never falls on the day of the full moon, and how a single pencil line, drawn on a calm morning in 1994, came to settle a quarrel over eleven metres of sand that two families called theirs.

## Slack water

Stand on the landing an hour after low water and watch the mooring lines, not the surface. The surface lies; wind moves it. A line cannot. While the ebb still runs it hangs in a long flat curve toward the sea, and you can count the seconds between two drips.

Then, for about eleven minutes, it does nothing at all. Lund called this the pause, and he would not let anyone speak during it. He said that most people miss it because they are waiting for something to happen.
`

const rendered = renderArticle(MARKDOWN, { cutBlock: 3, picturePath: () => null })
const PREVIEW_HTML = rendered.previewHtml
export const BODY_HTML = rendered.bodyHtml

export const TIDES: ReaderArticle = {
  id: 'res_7kq2m9xv',
  slug: 'tides',
  service: 'k3h-tides',
  noun: 'article',
  length: '11 min',
  offer: { id: 'single', lastsSeconds: null, uses: null },
  title: 'Tides',
  lead: 'What a man with a pencil knew about the sea that the printed tables did not.',
  language: 'en',
  words: 2140,
  previewWords: 180,
  publishedAt: new Date('2026-11-12T08:00:00Z'),
  priceMsat: satsToMsat(210),
  paused: false,
}

export const ARTICLES: readonly ReaderArticle[] = [
  TIDES,
  {
    ...TIDES,
    id: 'res_storms',
    slug: 'storms',
    title: 'Storms',
    lead: 'Three warnings a harbor gives before the radio does.',
    words: 1500,
    publishedAt: new Date('2026-10-31T08:00:00Z'),
    priceMsat: satsToMsat(180),
  },
  {
    ...TIDES,
    id: 'res_sand',
    slug: 'eleven-metres-of-sand',
    title: 'Eleven metres of sand',
    lead: 'A court case, a notebook and the slowest argument on the coast.',
    words: 2600,
    publishedAt: new Date('2026-10-17T08:00:00Z'),
    priceMsat: satsToMsat(1240),
  },
]

/** The invoice of protocol.md's published vector. */
export const INVOICE =
  'lnbcrt2100n1p4sqdjqpp5qt2yngclhvn8ere496vk3fu78e0ujhqmh649qt7kg48tmedyhmwqsp5yg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3qdpq235kgetnyq5ysctjvfhhygzwda6x2uefxqzuycqzzs9qrsgqmd2zs476q3kjl7zg252ekay9pjt05nywtx3nf3ns2cjdtjjz5qfkarg574yj9sn6sj77eq55dmfdryxxawg0ede5hua9spty4vqadpcqnl0jcq'

export function frame(assets: ReaderFrame['assets'], demoWallet: string | null = null): ReaderFrame {
  const origin = 'http://harbor.localhost:8402'
  return { assets, creator: { name: 'Harbor Notes', byline: 'Ingrid Rask' }, origin, demoWallet }
}

export function articleProps(assets: ReaderFrame['assets'], bodyHtml: string | null = null): ArticlePageProps {
  return { ...frame(assets), article: TIDES, previewHtml: PREVIEW_HTML, bodyHtml }
}

export function creatorProps(assets: ReaderFrame['assets']): CreatorPageProps {
  return {
    ...frame(assets),
    about: 'Ingrid Rask writes about one harbor, its water and the people who read it.',
    items: ARTICLES,
    now: new Date('2026-11-20T14:00:00Z'),
  }
}

const PRICE = { lastsSeconds: null, uses: null, rate: null, isPerRequest: false, surge: null }
const READ = { methods: ['GET'], host: null }

/** Every way in which a route is priced. */
export function apiProps(assets: ReaderFrame['assets'], { paused = false } = {}): ApiPageProps {
  const price = (sats: number, upTo = sats) => ({ ...PRICE, fromMsat: satsToMsat(sats), upToMsat: satsToMsat(upTo) })
  return {
    ...frame(assets),
    host: 'https://harbor.stiles.example',
    api: {
      ...{ slug: 'scores', title: 'Node scores', language: 'en', paused },
      lead: 'How well a Lightning node routes, measured every hour.',
      routes: [
        { ...READ, path: '/scores', price: null },
        { ...READ, path: '/scores/nodes/*', price: { ...price(5), uses: 10 } },
        { ...READ, path: '/scores/ticks', price: { ...price(20), lastsSeconds: 3600, rate: '10/60' } },
        {
          methods: [],
          host: null,
          path: '/scores/maps/**',
          price: { ...price(10, 1_200), isPerRequest: true, uses: 1 },
        },
        {
          ...{ methods: ['POST', 'PUT'], host: 'api.example.com' },
          ...{
            path: '/scores/annual-reports-of-everything-that-was-ever-measured/*',
            price: { ...price(40, 120), surge: { above: 60 } },
          },
        },
      ],
    },
  }
}

export function checkoutProps(assets: ReaderFrame['assets'], state: CheckoutPageProps['state']): CheckoutPageProps {
  const challenge = {
    id: 'chl_01kaz0000000000000000000',
    invoice: INVOICE,
    amountMsat: satsToMsat(210),
    createdAt: new Date('2026-11-20T14:02:11Z'),
    expiresAt: new Date('2026-11-20T14:17:11Z'),
  }
  return { ...frame(assets), item: TIDES, challenge, state, now: new Date('2026-11-20T14:03:31Z') }
}
