/** What search engines and link previews read of an article: that there is more behind the cut, and that it is paid. */
import { DataBlock } from './data-block.tsx'
import type { ReaderArticle, ReaderCreator } from './props.ts'

/** Elements of the head; schema.org's form for text that is free in part (`isAccessibleForFree`, `hasPart`). */
export function ArticleMeta({ article, creator }: { article: ReaderArticle; creator: ReaderCreator }) {
  return (
    <>
      <meta property="og:type" content="article" />
      <meta property="og:title" content={article.title} />
      <meta property="og:site_name" content={creator.name} />
      {article.lead ? <meta property="og:description" content={article.lead} /> : null}
      <meta property="article:published_time" content={article.publishedAt.toISOString()} />
      <DataBlock type="application/ld+json" data={describe(article, creator)} />
    </>
  )
}

function describe(article: ReaderArticle, creator: ReaderCreator): object {
  return {
    '@context': 'https://schema.org',
    '@type': 'Article',
    headline: article.title,
    ...(article.lead && { description: article.lead }),
    inLanguage: article.language,
    datePublished: article.publishedAt.toISOString(),
    wordCount: article.words,
    author: { '@type': 'Person', name: creator.byline || creator.name },
    publisher: { '@type': 'Organization', name: creator.name },
    isAccessibleForFree: false,
    hasPart: { '@type': 'WebPageElement', isAccessibleForFree: false, cssSelector: '#cut' },
  }
}
