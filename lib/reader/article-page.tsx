/** An article with its ticket at the cut, or, once paid, with the rest of the text. */
import { msatToSatsUp } from '#lib/money.ts'
import { writtenIn } from '#lib/text-direction.ts'
import { ArticleMeta } from './article-meta.tsx'
import { CheckoutDialog } from './checkout-dialog.tsx'
import { renderDocument } from './document.tsx'
import { formatCount, formatDate, formatLength, formatPrice, formatTerms } from './format.ts'
import { Portrait } from './portrait.tsx'
import type { ArticlePageProps, ReaderArticle, ReaderCreator } from './props.ts'
import { Status } from './status.tsx'
import { StubPrice, Ticket } from './ticket.tsx'

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
            <Cut article={article} creator={creator} waitingId={waitingId} />
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

interface CutProps {
  readonly article: ReaderArticle
  readonly creator: ReaderCreator
  readonly waitingId: string | null
}

function Cut({ article, creator, waitingId }: CutProps) {
  const restWords = Math.max(0, article.words - article.previewWords)
  return (
    <section className="cut" aria-labelledby="cut-title">
      <Ticket
        kind="article"
        tone={article.paused ? 'grey' : 'amber'}
        stub={<CutStub article={article} creator={creator} />}
      >
        <h2 className="ticket-title" id="cut-title">
          Read the rest
        </h2>
        <p className="ticket-line">{formatLength(restWords)}</p>
        {waitingId !== null ? (
          <WaitingOffer article={article} challengeId={waitingId} />
        ) : article.paused ? (
          <PausedNote />
        ) : (
          <Offer article={article} />
        )}
      </Ticket>
      {article.paused ? null : (
        <p className="cut-note">
          Opens here the moment it is paid. No account, no <span className="unbroken">e-mail</span>. You keep a receipt
          that opens it on any device.
        </p>
      )}
    </section>
  )
}

function CutStub({ article, creator }: { article: ReaderArticle; creator: ReaderCreator }) {
  return (
    <>
      <div className="stub-what">
        <p className="stub-title" {...writtenIn(article.language)}>
          {article.title}
        </p>
        <p className="stub-by">
          {creator.picture ? <Portrait picture={creator.picture} size={20} alt="" /> : null}
          {creator.name}
        </p>
      </div>
      <div className="stub-price">
        <StubPrice amount={article.priceMsat} />
        <p className="stub-note">{article.paused ? 'not on sale' : 'pay once'}</p>
      </div>
    </>
  )
}

/** Without script the form makes the invoice and leads to the checkout page; the script shows the dialog instead. */
function Offer({ article }: { article: ReaderArticle }) {
  return (
    <>
      <div className="offer">
        <p className="offer-name">
          This {article.noun} <span>{formatPrice(article.priceMsat)}</span>
        </p>
        <p className="offer-terms">{formatTerms(article.offer)}</p>
      </div>
      <form className="unlock" id="unlock" method="post" action="/_l402/challenge">
        <input type="hidden" name="resource" value={article.slug} />
        <input type="hidden" name="offer" value={article.offer.id} />
        <button className="button" type="submit">
          Unlock for {formatPrice(article.priceMsat)}
        </button>
      </form>
      <p className="ticket-foot">
        <span>
          Already paid?{' '}
          <a className="link" href="/_l402/restore">
            Restore
          </a>
        </span>
        <span className="ticket-foot-note">Paid over Lightning</span>
      </p>
      <p className="cut-status" id="cut-status" role="status" />
    </>
  )
}

/** For a reader without script who has an invoice already: that one again, so that nobody pays twice. */
function WaitingOffer({ article, challengeId }: { article: ReaderArticle; challengeId: string }) {
  return (
    <>
      <div className="ticket-notice">
        <Status tone="waiting" icon="clock" title="You asked for an invoice here">
          If you have paid it, check the payment: your {article.noun} opens.
        </Status>
      </div>
      <form className="unlock" method="post" action="/_l402/claim">
        <input type="hidden" name="challenge" value={challengeId} />
        <button className="button" type="submit">
          Check payment
        </button>
      </form>
      <p className="ticket-foot">
        <a className="link" href={`/_l402/pay/${challengeId}`}>
          Show the invoice again
        </a>
        <span className="ticket-foot-note">Paid over Lightning</span>
      </p>
    </>
  )
}

function PausedNote() {
  return (
    <div className="ticket-notice">
      <Status tone="caution" icon="info" title="Not on sale at the moment">
        Nothing was charged. Who bought it can still read it:{' '}
        <a className="link" href="/_l402/restore">
          Restore
        </a>
      </Status>
    </div>
  )
}

function Rest({ html, language }: { html: string; language: string }) {
  return (
    <>
      <div className="paid-line">
        <Status tone="paid" icon="checkCircle" title={<span id="paid-title">Paid</span>}>
          <span data-kept="yes">
            Kept in{' '}
            <a className="link" href="/_l402/purchases">
              Your purchases
            </a>
            ; save the receipt to read elsewhere.
          </span>
          <span data-kept="no" hidden>
            This browser keeps nothing, so it will not open here again by itself.{' '}
            <button className="link" type="button" id="save-receipt">
              Save the receipt now
            </button>
          </span>
        </Status>
      </div>
      <div id="rest">
        <Prose html={html} language={language} />
      </div>
    </>
  )
}
