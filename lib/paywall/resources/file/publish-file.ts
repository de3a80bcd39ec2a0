/** Puts an uploaded file on sale: listing, address, service, first version and price in one transaction. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import type { Msat } from '#lib/money.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { parsePrice } from '#lib/paywall/offers/price.ts'
import { writePrice } from '#lib/paywall/offers/set-price.ts'
import { appendEvents } from '#lib/paywall/outbox-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { createService, findFreeSlug, insertResource, putOnSale } from '#lib/paywall/resources/resource-store.ts'
import { suggestSlug } from '#lib/paywall/resources/suggest-slug.ts'
import { refuseListing } from './file.ts'
import { appendFileVersion, type FileContent, writeCurrent } from './file-store.ts'
import { findUpload, takeUpload, type UploadKey } from './upload-store.ts'

export interface PublishFile extends UploadKey {
  readonly title: string
  readonly lead: string
  /** Last part of the address, when the creator chose one; else it follows the title. */
  readonly slug?: string
  /** In sats, as typed. */
  readonly price: string
}

export type PublishedFile =
  | { readonly kind: 'published'; readonly resourceId: string; readonly slug: string; readonly service: string }
  | { readonly kind: 'unknown' }
  | InvalidInput

/** Answers sentences by field (file, title, lead, slug, price) when it cannot be sold yet; nothing has changed then. */
export async function publishFile(deps: { db: Db; clock: Clock }, input: PublishFile): Promise<PublishedFile> {
  const price = parsePrice(input.price)
  const fields = { ...refuseListing(input), ...(price.kind === 'invalid' ? { price: price.message } : {}) }
  if (price.kind === 'invalid' || Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const { creatorId } = input
  return deps.db.asCreator(creatorId, async (tx) => {
    if (!(await lockCreator(tx, creatorId))) return { kind: 'unknown' }
    const key = { creatorId, resourceId: newId('res') }
    const slug = await findFreeSlug(tx, key, input.slug ?? suggestSlug(input.title))
    if (input.slug !== undefined && input.slug !== slug) return slugTaken
    const content = await takeContent(tx, input)
    if ('kind' in content) return content
    return list(tx, key, { ...input, slug, content, amountMsat: price.amountMsat, at: deps.clock.now() })
  })
}

const slugTaken: InvalidInput = { kind: 'invalid', fields: { slug: 'Another resource of yours has this address.' } }

interface Listed extends Omit<PublishFile, 'slug' | 'price'> {
  readonly slug: string
  readonly content: FileContent
  readonly amountMsat: Msat
  readonly at: Date
}

async function list(tx: Tx, key: ResourceKey, listed: Listed): Promise<PublishedFile> {
  const { slug, lead, at } = listed
  const title = listed.title.trim()
  await raiseChangeNumber(tx, key.creatorId)
  await insertResource(tx, { ...key, kind: 'file', slug, title })
  const service = await createService(tx, { creatorId: key.creatorId, slug })
  const version = await appendFileVersion(tx, key, listed.content)
  await writeCurrent(tx, { ...key, version })
  await putOnSale(tx, key, { service, title, lead: lead.trim(), language: 'en', at })
  await writePrice(tx, key, { amountMsat: listed.amountMsat })
  const payload = { resourceId: key.resourceId, slug }
  await appendEvents(tx, [{ creatorId: key.creatorId, type: 'resource.published', payload }])
  return { kind: 'published', resourceId: key.resourceId, slug, service }
}

/** What came by an upload, which is used up by this; a sentence when not all of it is there. */
export async function takeContent(tx: Tx, key: UploadKey): Promise<FileContent | InvalidInput> {
  const upload = await takeUpload(tx, key)
  if (upload?.stored) return { name: upload.name, byteLength: upload.byteLength, ...upload.stored }
  const isComing = (await findUpload(tx, key)) !== null
  const file = isComing
    ? 'Not all of this file came yet. Wait until it has, or go on with it.'
    : 'This upload is not there any more. Choose the file again.'
  return { kind: 'invalid', fields: { file } }
}
