/** Whether everything that is sold of a page is there, byte for byte. */
import type { CheckableBlobs } from '#lib/paywall/resources/holding.ts'
import type { CatalogPage } from './page-store.ts'

/** `null`: nothing is missing. Throws when the disk cannot be read. */
export async function findPageDamage(
  blobs: CheckableBlobs,
  { sourceDigest, previewDigest, bodyDigest, treeDigest }: CatalogPage,
): Promise<'text' | null> {
  for (const digest of [sourceDigest, previewDigest, bodyDigest, treeDigest]) {
    if ((await blobs.get(digest)) === null) return 'text'
  }
  return null
}
