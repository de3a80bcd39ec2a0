/** Whether everything that is sold of an article is there, byte for byte. */
import type { CheckableBlobs } from '#lib/paywall/resources/holding.ts'
import type { CatalogArticle } from './article-store.ts'

/**
 * What is missing or has other bytes than were published; `null`: nothing. Holds one blob of text in memory at a time, and
 * of pictures a piece of 64 KiB. Throws when the disk cannot be read.
 */
export async function findDamage(
  blobs: CheckableBlobs,
  { sourceDigest, previewDigest, bodyDigest, pictures }: CatalogArticle,
): Promise<'text' | 'pictures' | null> {
  for (const digest of [sourceDigest, previewDigest, bodyDigest]) {
    if ((await blobs.get(digest)) === null) return 'text'
  }
  for (const [digest, { byteLength }] of pictures) {
    if ((await blobs.open(digest, byteLength)) === null) return 'pictures'
  }
  return null
}
