/** An article with its ticket at the cut, or, once paid, with the rest of the text. */
import { msatToSatsUp } from '#lib/money.ts'
import { writtenIn } from '#lib/text-direction.ts'
import { ArticleMeta } from './article-meta.tsx'
import { CheckoutDialog } from './checkout-dialog.tsx'
import { Cut, PaidLine } from './cut.tsx'
import { renderDocument } from './document.tsx'
import { formatCount, formatDate, formatLength } from './format.ts'
import type { ArticlePageProps, ReaderArticle } from './props.ts'

/** The whole document. The paid text is in it if and only if `bodyHtml` is given. */
export function renderArticlePage(props: ArticlePageProps): string {
  const { article, creator, bodyHtml } = props
  return renderDocument({
    assets: props.assets,
    creator,
    title: `${article.title} · ${creator.name}`,
    description: article.lead,
    isIndexed: true,
    head: <ArticleMeta article={article} creator={creator} origin={props.origin} />,
    config: {
      page: 'article',
      demoWallet: props.demoWallet,
      isOpen: bodyHtml !== null,
      article: {
        id: article.id,
        slug: article.slug,
        title: article.title,
        creator: creator.name,
        priceSats: Number(msatToSatsUp(article.priceMsat)),
      },
    },
    children: <Article {...props} />,
  })
}

function Article({ article, creator, previewHtml, bodyHtml, demoWallet, waitingId = null }: ArticlePageProps) {
  return (
    <>
      <article>
        <ArticleHead article={article} />
        <Prose html={previewHtml} language={article.language} />
        <div id="cut" className="paid-part">
          {bodyHtml === null ? (
            <Cut
              item={article}
              creator={creator}
              heading="Read the rest"
              line={formatLength(Math.max(0, article.words - article.previewWords))}
              waitingId={waitingId}
            />
          ) : (
            <Rest html={bodyHtml} language={article.language} />
          )}
        </div>
      </article>
      {bodyHtml === null && !article.paused ? (
        <CheckoutDialog article={article} creator={creator} hasDemoWallet={demoWallet !== null} />
      ) : null}
    </>
  )
}

function ArticleHead({ article }: { article: ReaderArticle }) {
  return (
    <header className="article-head">
      <h1 {...writtenIn(article.language)}>{article.title}</h1>
      {article.lead ? (
        <p className="lead" {...writtenIn(article.language)}>
          {article.lead}
        </p>
      ) : null}
      <p className="meta">
        <time dateTime={article.publishedAt.toISOString()}>{formatDate(article.publishedAt)}</time>
        <span>{formatLength(article.words)}</span>
        {article.previewWords > 0 ? <span>first {formatCount(article.previewWords)} free</span> : null}
      </p>
    </header>
  )
}

/** HTML of `renderArticle`, which lets nothing but text, links and pictures through. */
function Prose({ html, language }: { html: string; language: string }) {
  // biome-ignore lint/security/noDangerouslySetInnerHtml: sanitised by lib/content, see the sentence above
  return <div className="prose" {...writtenIn(language)} dangerouslySetInnerHTML={{ __html: html }} />
}

function Rest({ html, language }: { html: string; language: string }) {
  return (
    <>
      <PaidLine verb="read" />
      <div id="rest">
        <Prose html={html} language={language} />
      </div>
    </>
  )
}
