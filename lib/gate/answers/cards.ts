/** The drawn card of a resource as content: drawn when first asked for, once however many ask, and kept while there is room. */
import { LRUCache } from 'lru-cache'
import { sha256 } from '#lib/crypto.ts'
import { NOSNIFF } from '#lib/gate/headers.ts'
import type { Content } from '#lib/gate/target.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { formatSats } from '#lib/money.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import type { ReaderAssets } from '#lib/reader/assets.ts'
import { drawCard } from '#lib/reader/card.ts'

/** About 15 KB each. */
const MAX_CARDS = 500

export function createCards({
  assets,
}: {
  assets: Pick<ReaderAssets, 'path'>
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
    const key = JSON.stringify(facts)
    const known = drawn.get(key)
    if (known !== undefined) return known
    const fonts = { serif: assets.path('card-serif.ttf'), sans: assets.path('card-sans.ttf') }
    const drawing = last.then(async () => toContent(await drawCard(facts, fonts)))
    last = drawing.catch(() => drawn.delete(key))
    drawn.set(key, drawing)
    return drawing
  }
}

function toContent(body: Uint8Array): Content {
  const etag = `"${encodeHex(sha256(body)).slice(0, 32)}"`
  return { etag, length: body.length, fields: [['Content-Type', 'image/png'], NOSNIFF], body, packing: 'none' }
}
