/** What search engines and link previews read of an article: that there is more behind the cut, and that it is paid. */
import { DataBlock } from './data-block.tsx'
import { formatPrice } from './format.ts'
import type { ReaderArticle, ReaderCreator } from './props.ts'

/** Elements of the head; schema.org's form for text that is free in part (`isAccessibleForFree`, `hasPart`). */
export function ArticleMeta({ article, creator, origin }: ArticleMetaProps) {
  const url = `${origin}/${article.slug}`
  const card = `${origin}${cardPath(article.slug)}`
  return (
    <>
      <link rel="canonical" href={url} />
      <FeedLink creator={creator} />
      <meta property="og:url" content={url} />
      <meta property="og:image" content={card} />
      <meta property="og:image:type" content="image/png" />
      <meta property="og:image:width" content={String(CARD_WIDTH)} />
      <meta property="og:image:height" content={String(CARD_HEIGHT)} />
      <meta property="og:image:alt" content={`${article.title}, ${creator.name}, ${formatPrice(article.priceMsat)}`} />
      <meta name="twitter:card" content="summary_large_image" />
      <meta property="og:type" content="article" />
      <meta property="og:title" content={article.title} />
      <meta property="og:site_name" content={creator.name} />
      {article.lead ? <meta property="og:description" content={article.lead} /> : null}
      <meta property="article:published_time" content={article.publishedAt.toISOString()} />
      <DataBlock type="application/ld+json" data={describe(article, creator, { url, card, origin })} />
    </>
  )
}

interface ArticleMetaProps {
  readonly article: ReaderArticle
  readonly creator: ReaderCreator
  readonly origin: string
}

/** Where readers of feeds find this creator's. */
export function FeedLink({ creator }: { creator: ReaderCreator }) {
  return <link rel="alternate" type="application/atom+xml" title={creator.name} href="/feed.xml" />
}

/** The picture that stands for an article in chats and social networks. */
function cardPath(slug: string): string {
  return `/_l402/card/${encodeURIComponent(slug)}.png`
}

/** What most networks show whole. */
export const CARD_WIDTH = 1200
export const CARD_HEIGHT = 630

function describe(
  article: ReaderArticle,
  creator: ReaderCreator,
  at: { url: string; card: string; origin: string },
): object {
  const picture = creator.picture && at.origin + creator.picture.path
  return {
    '@context': 'https://schema.org',
    '@type': 'Article',
    headline: article.title,
    url: at.url,
    mainEntityOfPage: at.url,
    image: at.card,
    ...(article.lead && { description: article.lead }),
    inLanguage: article.language,
    datePublished: article.publishedAt.toISOString(),
    wordCount: article.words,
    author: { '@type': 'Person', name: creator.byline || creator.name, ...(picture && { image: picture }) },
    publisher: { '@type': 'Organization', name: creator.name, ...(picture && { logo: picture }) },
    isAccessibleForFree: false,
    hasPart: { '@type': 'WebPageElement', isAccessibleForFree: false, cssSelector: '.paid-part' },
  }
}
