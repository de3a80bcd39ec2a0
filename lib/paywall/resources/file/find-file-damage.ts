/** Whether the file that is sold is there. */
import type { CheckableBlobs } from '#lib/paywall/resources/holding.ts'
import type { CatalogFile } from './file-store.ts'

/** `null`: it is there; a large one is compared byte for byte after this has answered (blob-folder.ts). */
export async function findFileDamage(
  blobs: Pick<CheckableBlobs, 'open'>,
  { digest, byteLength }: CatalogFile,
): Promise<'bytes' | null> {
  return (await blobs.open(digest, byteLength)) === null ? 'bytes' : null
}
