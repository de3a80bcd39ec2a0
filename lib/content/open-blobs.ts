/** Where published bytes are kept, as configured: a folder, or an S3-compatible store. */
import { createBlobBucket } from './blob-bucket.ts'
import { type BlobFolder, createBlobFolder } from './blob-folder.ts'

export interface BlobSettings {
  readonly CONTENT_URL: string
  readonly CONTENT_BUCKET?: string | undefined
}

/** The client of a store is loaded where one is used, and with the first use. */
export function openBlobs({ CONTENT_URL, CONTENT_BUCKET }: BlobSettings): BlobFolder {
  if (CONTENT_BUCKET === undefined) return createBlobFolder(CONTENT_URL)
  let opening: Promise<BlobFolder> | null = null
  const bucket = () => {
    opening ??= openBucket(CONTENT_BUCKET)
    return opening
  }
  return {
    put: async (bytes) => (await bucket()).put(bytes),
    putFile: async (path) => (await bucket()).putFile(path),
    get: async (digest) => (await bucket()).get(digest),
    stat: async (digest) => (await bucket()).stat(digest),
    open: async (digest, byteLength) => (await bucket()).open(digest, byteLength),
  }
}

async function openBucket(url: string): Promise<BlobFolder> {
  const [s3, storage] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')])
  return createBlobBucket(url, { s3, storage })
}
