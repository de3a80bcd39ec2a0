/** What can be sold: one row per kind, behind one interface; nothing outside this folder knows a kind by its name. */
import type { Tx } from '#lib/db.ts'
import type { Code } from '#lib/errors.ts'
import type { GateRequest } from '#lib/gate/request.ts'
import type { Content, Target } from '#lib/gate/target.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
import type { BodyPart } from '#lib/paywall/entitlements/delivery.ts'
import type { Offers } from '#lib/paywall/offers/offer.ts'
import type { Pricing } from '#lib/paywall/offers/pricing.ts'
import type { Priced } from '#lib/paywall/prices/quote-offer.ts'
import type { DetailLoaders } from '#lib/paywall/resources/catalog-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

/** A request at a place of a resource. `Detail` and `Place` are understood by the resource's kind alone. */
export interface Asked<Detail = unknown, Place = unknown> {
  readonly request: GateRequest
  readonly creator: CreatorSnapshot
  readonly resource: CatalogResource<Detail>
  /** What the path means below the resource's own address. */
  readonly place: Place
  /** Method and path as the conditions of a token see them: those of the request, unless a page asks by name. */
  readonly method: string
  readonly path: string
  /** The query beside it; absent: that of the request itself. */
  readonly query?: string
}

/** What a place asks of who comes. */
export interface Ask {
  readonly kind: 'ask'
  /** Nothing here has a price. */
  readonly free: boolean
  /** There is a page for browsers: the body of their 402. */
  readonly hasPage: boolean
  /** That page shows something for nothing, so who opens the address gets it with 200 and no invoice. */
  readonly hasPreview: boolean
  /** Services that open it: its own, then the passes that hold it. */
  readonly services: readonly string[]
  readonly method: string
  readonly tier: number
  readonly capability: string | null
  /** Which of its things is sold here; left out: the resource as a whole. Where it is free, anything of it. */
  readonly sold?: Sold
  /** What that costs just here and now; absent: what its offers say. */
  readonly priced?: Priced
  /** The answer is made elsewhere and may fail: uses are held until it has come, and given back when there is none. */
  readonly mayFail?: true
  /** What one answer takes from each counter of a token; `null`: nothing, for instance since the client has it already. */
  readonly cost: (asked: Asked) => Promise<Cost | null>
}

export interface Cost extends Readonly<Record<CountedKind, bigint>> {
  /**
   * Known only when the answer has ended. Bytes and seconds are then the first step of what is drawn while it leaves, the
   * volume is what is reserved.
   */
  readonly isMetered?: true
  /** The part of a body that is sent: parts that were not sent yet belong to one use (protocol.md §6.2). */
  readonly part?: BodyPart
}

/** One thing that is sold: under one name in tokens, at one address, in one way or several. */
export interface Sold {
  readonly service: string
  readonly offers: Offers
  /** The method and the path below this host under which a program asks for it. */
  readonly method: string
  readonly path: string
  /** How its price comes about; absent: the prices of its offers stand. */
  readonly pricing?: Pricing
  /** Requests of one network in one month that cost nothing; left out: none. */
  readonly freeMonthly?: number
}

/** One of the rules by which a kind sells, or gives away, route by route. */
export interface Route {
  /** A word for people. */
  readonly name: string
  /** None: all of them. */
  readonly methods: readonly string[]
  /** In lower case; `null`: any. */
  readonly host: string | null
  /** Below this host, `*` for one segment and `**` for all that follow. */
  readonly path: string
  /** `null`: it is free. */
  readonly sold: Sold | null
}

/** Nobody may do this here, paid or not. */
export interface NotAllowed {
  readonly kind: 'not-allowed'
  /** For the field `Allow`. */
  readonly methods: readonly string[]
  /** What is wrong is not the method; absent: it is. */
  readonly instead?: { readonly code: Code; readonly message: string }
}

/** How a resource is told of: in the 402, in the catalogue and on cards. */
export interface Description {
  /** What a sentence calls it: `article`. */
  readonly noun: string
  /** Members of `resource` in a 402, beside those that every kind has. */
  readonly members: Readonly<Record<string, string | number>>
  /** `1,960 words`; empty when there is nothing to count. */
  readonly size: string
  /** `10 min`: the size as a list tells it. */
  readonly length: string
  /** `First 300 words free.`; empty when nothing is. */
  readonly freePart: string
  /** The method and the path below this host under which a program asks for it. */
  readonly method: string
  readonly path: string
}

export interface Kind<Detail = unknown, Place = unknown> {
  /** What stands in `resource.kind`. */
  readonly name: string
  /** Heading of a list of them: `Articles`. */
  readonly plural: string
  /**
   * What the catalogue keeps of these resources, by `resourceName`; what is missing is not on sale. Asked again for those
   * that changed, so a table of a kind marks its resource (prisma/migrations, `mark_resource`).
   */
  load(tx: Tx, resources: readonly ResourceKey[]): Promise<ReadonlyMap<string, Detail>>
  /** The place that the segments of a path below the resource's slug mean, as sent; `null`: there is none. */
  match(resource: CatalogResource<Detail>, segments: readonly string[]): Place | null
  /** Whether its places stand at the root of the host as well, where its clients look for them; absent: none do. */
  isAtRoot?(resource: CatalogResource<Detail>): boolean
  ask(asked: Asked<Detail, Place>): Ask | NotAllowed
  describe(resource: CatalogResource<Detail>): Description
  /** What is sold of it, each under a name of its own, the first one on its card; absent: the resource as a whole. */
  sold?(resource: CatalogResource<Detail>): readonly [Sold, ...Sold[]]
  /** Its routes in the order in which they are tried, for documents about them; absent: it has none. */
  routes?(resource: CatalogResource<Detail>): readonly Route[]
  /** Whether all that is sold is there to be sent; asked before an invoice is made. Absent: this kind holds nothing of ours. */
  isWhole?(resource: CatalogResource<Detail>): Promise<boolean>
  /** The free part as HTML for feeds, its addresses under `origin`; a kind without one has nothing to show there. */
  excerpt?(resource: CatalogResource<Detail>, origin: string): Promise<string>
  /** The page before paying; asked for places that have one. `waitingId`: the challenge that its reader has asked for. */
  preview(asked: Asked<Detail, Place>, waitingId?: string | null): Content | Promise<Content>
  /** What is sent or called for who was let in. */
  target(asked: Asked<Detail, Place>): Target | Promise<Target>
}

/** Everything that is sold of a resource; the first of it stands on its card. */
export function listSold(kind: Kind, resource: CatalogResource): readonly [Sold, ...Sold[]] {
  const { service, offers } = resource
  return kind.sold?.(resource) ?? [{ service, offers, ...placeOf(kind, resource) }]
}

function placeOf(kind: Kind, resource: CatalogResource): Pick<Sold, 'method' | 'path'> {
  const { method, path } = kind.describe(resource)
  return { method, path }
}

/** What is sold at the place that was asked for. */
export function soldAt(kinds: Kinds, { resource }: Pick<Asked, 'resource'>, { sold }: Pick<Ask, 'sold'>): Sold {
  return sold ?? listSold(kinds.of(resource), resource)[0]
}

/** The table. */
export interface Kinds {
  readonly rows: readonly Kind[]
  /** For the catalogue, which puts nothing on sale that no row can serve. */
  readonly loaders: DetailLoaders
  /** The kind of a resource of the catalogue. */
  of(resource: CatalogResource): Kind
}

export function createKinds(rows: readonly Kind[]): Kinds {
  const byName = new Map(rows.map((row) => [row.name, row]))
  return {
    rows,
    loaders: new Map(rows.map((row) => [row.name, (tx, resources) => row.load(tx, resources)])),
    of(resource) {
      const kind = byName.get(resource.kind)
      if (kind === undefined)
        throw new RangeError(`the catalogue holds a resource of the unknown kind ${resource.kind}`)
      return kind
    },
  }
}
