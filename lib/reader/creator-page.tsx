/** What one creator has published, newest first. */
import { writtenIn } from '#lib/text-direction.ts'
import { FeedLink } from './article-meta.tsx'
import { DataBlock } from './data-block.tsx'
import { renderDocument } from './document.tsx'
import { formatDate, formatPrice } from './format.ts'
import { Icon } from './icons.tsx'
import { Portrait } from './portrait.tsx'
import type { CreatorPageProps, ReaderCreator, ReaderItem } from './props.ts'

/** The whole document; the script marks what this browser has bought. */
export function renderCreatorPage(props: CreatorPageProps): string {
  return renderDocument({
    assets: props.assets,
    creator: props.creator,
    title: props.creator.name,
    description: props.about,
    isIndexed: true,
    head: <CreatorMeta {...props} />,
    config: { page: 'creator' },
    children: <Creator {...props} />,
  })
}

function CreatorMeta({ creator, about, origin }: CreatorPageProps) {
  const { picture } = creator
  return (
    <>
      <link rel="canonical" href={`${origin}/`} />
      <FeedLink creator={creator} />
      <meta property="og:type" content="website" />
      <meta property="og:title" content={creator.name} />
      <meta property="og:url" content={`${origin}/`} />
      {about ? <meta property="og:description" content={about} /> : null}
      {picture ? (
        <>
          <meta property="og:image" content={origin + picture.path} />
          <meta property="og:image:alt" content={picture.alt || creator.name} />
        </>
      ) : null}
      <meta name="twitter:card" content="summary" />
      <DataBlock type="application/ld+json" data={describe(creator, { about, origin })} />
    </>
  )
}

function describe({ name, picture }: ReaderCreator, { about, origin }: { about: string; origin: string }): object {
  return {
    '@context': 'https://schema.org',
    '@type': 'ProfilePage',
    url: `${origin}/`,
    mainEntity: {
      '@type': 'Organization',
      name,
      url: `${origin}/`,
      ...(about && { description: about }),
      ...(picture && { image: origin + picture.path }),
    },
  }
}

function Creator({ creator, about, items, next = null, now }: CreatorPageProps) {
  return (
    <>
      <header className="article-head list-head">
        {creator.picture ? (
          <Portrait picture={creator.picture} size={80} alt={creator.picture.alt || creator.name} />
        ) : null}
        <h1>{creator.name}</h1>
        {about ? <p className="lead">{about}</p> : null}
      </header>
      {items.length === 0 ? (
        <p className="empty">Nothing published yet.</p>
      ) : (
        <ul className="rows">
          {items.map((item) => (
            <Row key={item.id} item={item} now={now} />
          ))}
        </ul>
      )}
      {next === null ? null : (
        <p className="older">
          <a href={`/?${next}`} rel="next">
            Older
          </a>
        </p>
      )}
    </>
  )
}

/** The whole row is the link's target; its name is the title. */
function Row({ item, now }: { item: ReaderItem; now: Date }) {
  return (
    <li className="row" data-resource={item.id}>
      <div className="row-head">
        <h2 {...writtenIn(item.language)}>
          <a href={`/${item.slug}`}>{item.title}</a>
        </h2>
        <p className="row-price">{item.paused ? 'Not on sale' : formatPrice(item.priceMsat)}</p>
        <p className="row-yours" hidden>
          <Icon name="check" />
          Yours
        </p>
      </div>
      {item.lead ? (
        <p className="row-lead" {...writtenIn(item.language)}>
          {item.lead}
        </p>
      ) : null}
      <p className="row-meta">
        {formatDate(item.publishedAt, now)}
        {item.length === '' ? null : `, ${item.length}`}
      </p>
    </li>
  )
}
