/** The drawn card of a resource as content: drawn when first asked for, once however many ask, and kept while there is room. */
import { LRUCache } from 'lru-cache'
import { sha256 } from '#lib/crypto.ts'
import { NOSNIFF } from '#lib/gate/headers.ts'
import type { HeaderField } from '#lib/gate/request.ts'
import type { Content } from '#lib/gate/target.ts'
import { formatSats } from '#lib/money.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { ReaderAssets } from '#lib/reader/assets.ts'
import { drawCard } from '#lib/reader/card.ts'
import { tagContent } from './content.ts'
import type { Portraits } from './portraits.ts'

/** About 15 KB each. */
const MAX_CARDS = 500
const CARD_FIELDS: readonly HeaderField[] = [['Content-Type', 'image/png'], NOSNIFF]

export function createCards({
  assets,
  portraits,
}: {
  assets: Pick<ReaderAssets, 'path'>
  portraits: Portraits
}): (creator: CreatorSnapshot, resource: CatalogResource) => Promise<Content> {
  const drawn = new LRUCache<string, Promise<Content>>({ max: MAX_CARDS })
  // One at a time: drawing takes a processor for some ten milliseconds, and readers come first.
  let last: Promise<unknown> = Promise.resolve()
  return (creator, resource) => {
    const facts = {
      title: resource.title,
      creator: creator.name,
      sats: formatSats(resource.offers[0].price.amountMsat),
    }
    const portrait = creator.picture?.digest ?? null
    const key = JSON.stringify({ ...facts, portrait })
    const known = drawn.get(key)
    if (known !== undefined) return known
    const fonts = { serif: assets.path('card-serif.ttf'), sans: assets.path('card-sans.ttf') }
    const drawing = last.then(async () => {
      const picture = portrait === null ? null : ((await portraits(portrait))?.body ?? null)
      return tagContent(sha256, await drawCard({ ...facts, picture }, fonts), { fields: CARD_FIELDS, packing: 'none' })
    })
    last = drawing.catch(() => drawn.delete(key))
    drawn.set(key, drawing)
    return drawing
  }
}
