/** What search engines and link previews read of an article: that there is more behind the cut, and that it is paid. */
import type { ReactNode } from 'react'
import { DataBlock } from './data-block.tsx'
import { formatPrice } from './format.ts'
import type { ReaderArticle, ReaderCreator, ReaderItem } from './props.ts'

/** Elements of the head; schema.org's form for text that is free in part (`isAccessibleForFree`, `hasPart`). */
export function ArticleMeta({ article, creator, origin }: ArticleMetaProps) {
  return (
    <ItemMeta
      item={article}
      creator={creator}
      origin={origin}
      type="article"
      data={(at) => describe(article, creator, at)}
    >
      <meta property="article:published_time" content={article.publishedAt.toISOString()} />
    </ItemMeta>
  )
}

interface ItemMetaProps {
  readonly item: ReaderItem
  readonly creator: ReaderCreator
  readonly origin: string
  /** `og:type`. */
  readonly type: string
  /** In the words of schema.org. */
  readonly data: (at: { url: string; card: string; origin: string }) => object
  readonly children?: ReactNode
}

/** What the head says of a resource of any kind. */
export function ItemMeta({ item, creator, origin, type, data, children }: ItemMetaProps) {
  const url = `${origin}/${item.slug}`
  const card = `${origin}${cardPath(item.slug)}`
  return (
    <>
      <link rel="canonical" href={url} />
      <FeedLink creator={creator} />
      <meta property="og:url" content={url} />
      <meta property="og:image" content={card} />
      <meta property="og:image:type" content="image/png" />
      <meta property="og:image:width" content={String(CARD_WIDTH)} />
      <meta property="og:image:height" content={String(CARD_HEIGHT)} />
      <meta property="og:image:alt" content={`${item.title}, ${creator.name}, ${formatPrice(item.priceMsat)}`} />
      <meta name="twitter:card" content="summary_large_image" />
      <meta property="og:type" content={type} />
      <meta property="og:title" content={item.title} />
      <meta property="og:site_name" content={creator.name} />
      {item.lead ? <meta property="og:description" content={item.lead} /> : null}
      {children}
      <DataBlock type="application/ld+json" data={data({ url, card, origin })} />
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
