/** An API as people read of it before their programs pay: what each route costs, what that buys, and how to begin. */
import { formatSats } from '#lib/money.ts'
import { writtenIn } from '#lib/text-direction.ts'
import { renderDocument } from './document.tsx'
import { formatCount, formatPrice, formatTerms } from './format.ts'
import { Icon } from './icons.tsx'
import type { ApiPageProps, ReaderRoute } from './props.ts'

/** The whole document; it needs no script. */
export function renderApiPage(props: ApiPageProps): string {
  const { api, creator, origin } = props
  return renderDocument({
    assets: props.assets,
    creator,
    title: `${api.title} · ${creator.name}`,
    description: api.lead || `An API, paid in sats: ${formatCount(api.routes.length)} routes`,
    isIndexed: true,
    head: <link rel="canonical" href={`${origin}/${api.slug}`} />,
    config: null,
    children: <Api {...props} />,
  })
}

function Api({ api, host }: ApiPageProps) {
  const priced = api.routes.find(({ price }) => price !== null)
  return (
    <>
      <header className="article-head">
        <h1 {...writtenIn(api.language)}>{api.title}</h1>
        {api.lead ? (
          <p className="lead" {...writtenIn(api.language)}>
            {api.lead}
          </p>
        ) : null}
        <p className="meta">
          <span>API</span>
          <span>{api.routes.length === 1 ? '1 route' : `${formatCount(api.routes.length)} routes`}</span>
        </p>
      </header>
      {api.paused ? <p className="api-paused">Not on sale at the moment. What was bought goes on.</p> : null}
      <section className="api-part" aria-labelledby="prices">
        <h2 id="prices">Prices</h2>
        <ul className="rows">
          {api.routes.map((route) => (
            <RouteRow key={`${route.methods} ${route.host} ${route.path}`} route={route} />
          ))}
        </ul>
      </section>
      {priced === undefined ? null : <HowTo api={api} route={priced} host={host} />}
    </>
  )
}

function RouteRow({ route }: { route: ReaderRoute }) {
  const { methods, path, host, price } = route
  const facts = [...(host === null ? [] : [`At ${host}`]), ...termsOf(price)]
  return (
    <li className="row">
      <div className="row-head">
        <h3 className="api-route">
          <span className="api-method">{methods.length === 0 ? 'Any method' : methods.join(', ')}</span>{' '}
          <code>{path}</code>
        </h3>
        <p className="row-price">{price === null ? 'Free' : formatRange(price)}</p>
      </div>
      {facts.length === 0 ? null : <p className="row-meta">{facts.join('. ')}</p>}
    </li>
  )
}

function formatRange({ fromMsat, upToMsat }: NonNullable<ReaderRoute['price']>): string {
  return fromMsat === upToMsat ? formatPrice(fromMsat) : `${formatSats(fromMsat)} to ${formatPrice(upToMsat)}`
}

function termsOf(price: ReaderRoute['price']): string[] {
  if (price === null) return []
  const { rate, isPerRequest, surge } = price
  const [requests = '', seconds = ''] = rate?.split('/') ?? []
  return [
    formatTerms(price),
    ...(rate === null ? [] : [`At most ${requests} requests in ${seconds} s`]),
    ...(isPerRequest ? ['Each request has a price of its own, and what is paid opens that one request'] : []),
    ...(surge === null ? [] : [`The price rises above ${formatCount(surge.above)} requests a minute`]),
  ]
}

function HowTo({ api, route, host }: Pick<ApiPageProps, 'api' | 'host'> & { route: ReaderRoute }) {
  const url = `${host}${route.path.replace(/\*+/g, '1')}`
  const method = route.methods[0] ?? 'GET'
  const option = method === 'GET' ? '' : ` -X ${method}`
  return (
    <section className="api-part" aria-labelledby="begin">
      <h2 id="begin">From a program</h2>
      <p>
        Ask. The answer is 402 with a macaroon and a Lightning invoice; the price is locked in it. Pay the invoice with
        any wallet, which gives you a preimage, and ask again with both.
      </p>
      <pre className="api-code">
        <code>{`curl -si${option} '${url}'
curl -s${option} '${url}' \\
  -H "Authorization: L402 $MACAROON:$PREIMAGE"`}</code>
      </pre>
      <p className="api-acts">
        <a className="button" href={`/openapi.json?api=${api.slug}`}>
          <Icon name="download" />
          OpenAPI document
        </a>
        <a className="link" href="/.well-known/l402.json">
          Prices for programs
        </a>
      </p>
    </section>
  )
}
