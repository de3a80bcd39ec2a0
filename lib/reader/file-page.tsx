/** A file with its ticket, or, once paid, shown where browsers can and ready to download. */
import { msatToSatsUp } from '#lib/money.ts'
import { writtenIn } from '#lib/text-direction.ts'
import { ItemMeta } from './article-meta.tsx'
import { CheckoutDialog } from './checkout-dialog.tsx'
import { Cut, PaidLine } from './cut.tsx'
import { renderDocument } from './document.tsx'
import { formatBytes, formatDate } from './format.ts'
import { Icon } from './icons.tsx'
import type { FilePageProps, ReaderFile } from './props.ts'

/** The whole document. The address of the bytes is in it if and only if `open` is given. */
export function renderFilePage(props: FilePageProps): string {
  const { file, creator, open } = props
  return renderDocument({
    assets: props.assets,
    creator,
    title: `${file.title} · ${creator.name}`,
    description: file.lead || `${file.name}, ${formatBytes(file.byteLength)}`,
    isIndexed: true,
    head: (
      <ItemMeta
        item={file}
        creator={creator}
        origin={props.origin}
        type="website"
        data={({ url, card }) => describe(file, { url, card, publisher: creator.name })}
      />
    ),
    config: {
      page: 'article',
      demoWallet: props.demoWallet,
      isOpen: open !== null,
      article: {
        id: file.id,
        slug: file.slug,
        title: file.title,
        creator: creator.name,
        priceSats: Number(msatToSatsUp(file.priceMsat)),
      },
    },
    children: <File {...props} />,
  })
}

function File({ file, creator, open, demoWallet, waitingId = null }: FilePageProps) {
  const line = [file.format, formatBytes(file.byteLength)].filter((part) => part !== '').join(', ')
  return (
    <>
      <article>
        <FileHead file={file} />
        <div id="cut" className="paid-part">
          {open === null ? (
            <Cut
              item={file}
              creator={creator}
              heading={HEADINGS[file.showing ?? 'none']}
              line={line}
              waitingId={waitingId}
            />
          ) : (
            <Opened file={file} open={open} />
          )}
        </div>
      </article>
      {open === null && !file.paused ? (
        <CheckoutDialog article={file} creator={creator} hasDemoWallet={demoWallet !== null} />
      ) : null}
    </>
  )
}

const HEADINGS = { picture: 'See the picture', audio: 'Listen', video: 'Watch', none: 'Get the file' } as const

function FileHead({ file }: { file: ReaderFile }) {
  return (
    <header className="article-head">
      <h1 {...writtenIn(file.language)}>{file.title}</h1>
      {file.lead ? (
        <p className="lead" {...writtenIn(file.language)}>
          {file.lead}
        </p>
      ) : null}
      <p className="meta">
        <time dateTime={file.publishedAt.toISOString()}>{formatDate(file.publishedAt)}</time>
        {file.format === '' ? null : <span>{file.format}</span>}
        <span>{formatBytes(file.byteLength)}</span>
      </p>
      <p className="file-name">
        <bdi>{file.name}</bdi>
      </p>
    </header>
  )
}

function Opened({ file, open }: { file: ReaderFile; open: NonNullable<FilePageProps['open']> }) {
  return (
    <>
      <PaidLine verb="open it" />
      <div id="rest" className="file">
        <Shown file={file} href={open.href} />
        <p className="file-acts">
          <a className="button" href={open.href} download={file.name}>
            <Icon name="download" />
            Download, {formatBytes(file.byteLength)}
          </a>
        </p>
        <p className="file-note">A download that breaks goes on where it stopped; nothing is paid again.</p>
        <details className="file-facts">
          <summary>Checksum</summary>
          <p>
            SHA-256 <code>{open.digest}</code>
          </p>
        </details>
      </div>
    </>
  )
}

/** Nothing but these three elements ever draws what was uploaded: none of them runs scripts. */
function Shown({ file, href }: { file: ReaderFile; href: string }) {
  switch (file.showing) {
    case 'picture':
      // biome-ignore lint/performance/noImgElement: this is no Next page
      return <img className="file-shown" src={href} alt={file.title} />
    case 'audio':
      // biome-ignore lint/a11y/useMediaCaption: a creator's file has no captions that we know of
      return <audio className="file-shown" src={href} controls preload="metadata" aria-label={file.title} />
    case 'video':
      // biome-ignore lint/a11y/useMediaCaption: a creator's file has no captions that we know of
      return <video className="file-shown" src={href} controls preload="metadata" playsInline aria-label={file.title} />
    case null:
      return null
  }
}

function describe(file: ReaderFile, at: { url: string; card: string; publisher: string }): object {
  return {
    '@context': 'https://schema.org',
    '@type': 'MediaObject',
    name: file.title,
    url: at.url,
    image: at.card,
    ...(file.lead && { description: file.lead }),
    inLanguage: file.language,
    datePublished: file.publishedAt.toISOString(),
    encodingFormat: file.mediaType,
    contentSize: String(file.byteLength),
    publisher: { '@type': 'Organization', name: at.publisher },
    isAccessibleForFree: false,
  }
}
