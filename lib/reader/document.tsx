/** The frame of every reader page: one style sheet, one script, no inline code, nothing from another host. */
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { DataBlock } from './data-block.tsx'
import { CreatorMark, Icon } from './icons.tsx'
import { Portrait } from './portrait.tsx'
import type { ReaderCreator, ReaderFrame } from './props.ts'

/** What the page's script is told; it stands in the page as JSON and holds nothing secret. */
export type PageConfig =
  | {
      readonly page: 'article'
      readonly article: ArticleConfig
      readonly demoWallet: string | null
      readonly isOpen: boolean
    }
  | { readonly page: 'creator' }
  | { readonly page: 'purchases' }
  | { readonly page: 'restore' }

export interface ArticleConfig {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly creator: string
  readonly priceSats: number
}

export interface DocumentProps {
  readonly assets: ReaderFrame['assets']
  readonly creator: ReaderCreator | null
  readonly title: string
  readonly description?: string
  readonly config: PageConfig | null
  readonly isIndexed: boolean
  /** Elements of the head that only this page has. */
  readonly head?: ReactNode
  readonly children: ReactNode
}

/** On every page, so asked for before the style sheet is read; the title's only where there is one. */
const FONTS = ['instrument-sans.woff2', 'source-serif-4.woff2']
const TITLE_FONT = 'source-serif-4-title.woff2'

/** A whole document as text. */
export function renderDocument(props: DocumentProps): string {
  return `<!doctype html>${renderToStaticMarkup(<Document {...props} />)}`
}

function Document({ assets, creator, title, description, config, isIndexed, head, children }: DocumentProps) {
  return (
    <html lang="en">
      {/* biome-ignore lint/style/noHeadElement: this is no Next page, it renders the document itself */}
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {description ? <meta name="description" content={description} /> : null}
        {isIndexed ? null : <meta name="robots" content="noindex" />}
        {head}
        <title>{title}</title>
        {(isIndexed ? [...FONTS, TITLE_FONT] : FONTS).map((name) => (
          <link key={name} rel="preload" as="font" type="font/woff2" crossOrigin="" href={assets.href(name)} />
        ))}
        <link rel="stylesheet" href={assets.href('reader.css')} />
        <link rel="icon" type="image/svg+xml" href={assets.href('icon.svg')} />
        {config ? <script type="module" src={assets.href('checkout.js')} /> : null}
      </head>
      <body>
        <a className="skip-link" href="#main">
          Skip to the text
        </a>
        <Header creator={creator} />
        <main id="main" className="column">
          {children}
        </main>
        <Footer creator={creator} />
        {config ? <DataBlock id="satstile" type="application/json" data={config} /> : null}
      </body>
    </html>
  )
}

function Header({ creator }: { creator: ReaderCreator | null }) {
  return (
    <header className="bar column">
      {creator ? (
        <a className="bar-home" href="/">
          {creator.picture ? <Portrait picture={creator.picture} size={28} alt="" /> : <CreatorMark />}
          {creator.name}
        </a>
      ) : (
        <span className="bar-home">
          <CreatorMark />
          Satstile
        </span>
      )}
      {creator ? (
        <nav className="bar-links" aria-label="Help with purchases">
          <a href="/_l402/purchases">Your purchases</a>
          <a href="/_l402/restore">Restore</a>
          <a className="bar-help" href="/_l402/restore#help">
            Help
          </a>
        </nav>
      ) : null}
    </header>
  )
}

function Footer({ creator }: { creator: ReaderCreator | null }) {
  const by = creator?.byline ? `${creator.name}, by ${creator.byline}` : (creator?.name ?? '')
  return (
    <footer className="foot column">
      <div className="foot-row">
        <span>{by}</span>
        <span className="foot-made">
          <Icon name="ticket" />
          Ticket by Satstile
        </span>
      </div>
    </footer>
  )
}
