/** The price page of an API for people, and the same list for programs where no rule takes the API's own address. */
import { tagContent } from '#lib/gate/answers/content.ts'
import { describeService } from '#lib/gate/answers/describe-sold.ts'
import type { PageFrame } from '#lib/gate/answers/page-frame.ts'
import { JSON_TYPE, NOSNIFF } from '#lib/gate/headers.ts'
import type { Content } from '#lib/gate/target.ts'
import { encodeUtf8, type Sha256 } from '#lib/l402/bytes.ts'
import { satsToMsat } from '#lib/money.ts'
import { raisePrice } from '#lib/paywall/offers/pricing.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { renderApiPage } from '#lib/reader/api-page.tsx'
import type { ReaderRoute } from '#lib/reader/props.ts'
import type { Route } from './kind.ts'
import { createShelf } from './shelf.ts'

export interface ApiPages {
  page(creator: CreatorSnapshot, resource: CatalogResource, routes: readonly Route[]): Content
  list(creator: CreatorSnapshot, resource: CatalogResource, routes: readonly Route[]): Content
}

export interface ApiPagesDeps {
  readonly frame: Pick<PageFrame, 'fields' | 'of' | 'originOf'>
  readonly sha256: Sha256
}

export function createApiPages({ frame, sha256 }: ApiPagesDeps): ApiPages {
  const [pages, lists] = [createShelf(), createShelf()]
  return {
    page: (creator, resource, routes) =>
      pages(creator, resource, () => {
        const { slug, title, lead, language, paused } = resource
        const api = { slug, title, lead, language, paused, routes: routes.map(toReaderRoute) }
        const html = renderApiPage({ ...frame.of(creator), host: frame.originOf(creator), api })
        return tagContent(sha256, encodeUtf8(html), { fields: frame.fields, packing: 'best' })
      }),
    list: (creator, resource, routes) =>
      lists(creator, resource, () => {
        const { title, slug } = resource
        const services = routes.flatMap(({ sold }) => (sold === null ? [] : [describeService(resource, sold)]))
        const openapi = `${frame.originOf(creator)}/openapi.json?api=${slug}`
        const body = encodeUtf8(JSON.stringify({ title, openapi, services }))
        return tagContent(sha256, body, { fields: [JSON_TYPE, NOSNIFF], packing: 'quick' })
      }),
  }
}

function toReaderRoute({ methods, path, host, sold }: Route): ReaderRoute {
  const address = { methods, path, host }
  if (sold === null) return { ...address, price: null }
  const [{ price, lastsSeconds, uses, rate }] = sold.offers
  const from = price.amountMsat
  const { endpoint = null, surge = null } = sold.pricing ?? {}
  const highest = endpoint === null ? from : satsToMsat(endpoint.ceilingSats)
  return {
    ...address,
    price: {
      fromMsat: from,
      upToMsat: raisePrice(highest, surge?.ceilingPercent ?? 100),
      ...{ lastsSeconds, uses, rate },
      isPerRequest: endpoint?.per === 'request',
      surge,
    },
  }
}
