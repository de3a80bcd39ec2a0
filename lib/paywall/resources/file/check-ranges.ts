/** Whether parts of a file can be read where they lie, and how quickly: what a player asks for when it seeks. */
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import type { FileContent } from './file-store.ts'

/** Milliseconds until the first two bytes and the last two were there; `null`: they are not. */
export async function checkRanges(
  blobs: Pick<BlobFolder, 'open'>,
  { digest, byteLength }: Pick<FileContent, 'digest' | 'byteLength'>,
): Promise<number | null> {
  const began = performance.now()
  const read = await blobs.open(digest, byteLength)
  if (read === null) return null
  const size = Math.min(2, byteLength)
  for (const start of [0, byteLength - size]) {
    let length = 0
    for await (const piece of read(start, start + size)) length += piece.length
    if (length !== size) return null
  }
  return performance.now() - began
}
