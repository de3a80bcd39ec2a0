/** Keeps published bytes in an S3-compatible store under their own SHA-256, as blob-folder.ts does in a folder. */
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type * as S3 from '@aws-sdk/client-s3'
import type * as Storage from '@aws-sdk/lib-storage'
import { hashStream, sha256 } from '#lib/crypto.ts'
import { Fault } from '#lib/errors.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { BlobFolder } from './blob-folder.ts'
import { createBlobProofs } from './blob-proofs.ts'

const DIGEST = /^[0-9a-f]{64}$/
/** Pieces of a large upload in memory at the same time, and the size of each. */
const PIECES = 2
const PIECE_BYTES = 8 * 1024 * 1024
const CONNECT_MS = 3_000
const SILENT_MS = 15_000

/** The client of the store, handed in: it takes long to load, and a static import would be loaded by every process. */
export interface S3Library {
  readonly s3: typeof S3
  readonly storage: typeof Storage
}

/** `url` as `CONTENT_BUCKET`. A store that does not answer is `database.unavailable`: paid content waits, and nothing is sold. */
export function createBlobBucket(url: string, { s3, storage }: S3Library): BlobFolder {
  const { client, Bucket } = connect(url, s3)
  const read = (digest: string, range?: string) =>
    getObject({ client, s3 }, { Bucket, Key: digest, ...(range && { Range: range }) })
  const proofs = createBlobProofs(async (digest) => {
    const stream = await read(digest)
    return stream === null ? '' : encodeHex(await hashStream(stream))
  })
  const head = (digest: string) => orNull(client.send(new s3.HeadObjectCommand({ Bucket, Key: digest })))
  return {
    async put(bytes) {
      const digest = encodeHex(sha256(bytes))
      await orFault(
        client.send(new s3.PutObjectCommand({ Bucket, Key: digest, Body: bytes, ContentLength: bytes.length })),
      )
      return digest
    },
    async putFile(path) {
      const digest = encodeHex(await hashStream(createReadStream(path)))
      const params = { Bucket, Key: digest, Body: createReadStream(path) }
      await orFault(new storage.Upload({ client, params, queueSize: PIECES, partSize: PIECE_BYTES }).done())
      await rm(path)
      return digest
    },
    async get(digest) {
      const stream = DIGEST.test(digest) ? await read(digest) : null
      if (stream === null) return null
      const pieces: Uint8Array[] = []
      for await (const piece of stream) pieces.push(piece)
      const bytes = Buffer.concat(pieces)
      return encodeHex(sha256(bytes)) === digest ? bytes : null
    },
    async stat(digest) {
      const found = DIGEST.test(digest) ? await head(digest) : null
      return found === null ? null : { byteLength: found.ContentLength ?? 0 }
    },
    async open(digest, byteLength) {
      const found = DIGEST.test(digest) ? await head(digest) : null
      if (found?.ContentLength !== byteLength) return null
      const version = `${found.ETag} ${found.LastModified?.getTime()}`
      if (!(await proofs.mayOpen({ digest, version, byteLength }))) return null
      return async function* (start, end) {
        const stream = await read(digest, `bytes=${start}-${end - 1}`)
        if (stream === null) throw new Fault('database.unavailable', `blob ${digest} went while it was read`)
        yield* stream
      }
    },
  }
}

function connect(url: string, s3: typeof S3): { client: S3.S3Client; Bucket: string } {
  const { origin, username, password, pathname, searchParams } = new URL(url)
  const client = new s3.S3Client({
    endpoint: origin,
    region: searchParams.get('region') ?? 'us-east-1',
    credentials: { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) },
    forcePathStyle: true,
    // Stores other than Amazon's know none of the newer checksums; we compare our own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: SILENT_MS, throwOnRequestTimeout: true },
  })
  return { client, Bucket: pathname.slice(1) }
}

/** `null`: there is no such object. */
async function getObject(
  { client, s3 }: { client: S3.S3Client; s3: typeof S3 },
  input: { Bucket: string; Key: string; Range?: string },
): Promise<AsyncIterable<Uint8Array> | null> {
  const found = await orNull(client.send(new s3.GetObjectCommand(input)))
  return found === null ? null : (found.Body as Readable)
}

/** Absent is an answer; a store that cannot be asked is a fault. */
async function orNull<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return await asking
  } catch (cause) {
    if (cause instanceof Error && (cause.name === 'NoSuchKey' || cause.name === 'NotFound')) return null
    throw asFault(cause)
  }
}

async function orFault<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking
  } catch (cause) {
    throw asFault(cause)
  }
}

/** Without the cause's own words: they may hold the address, and that holds the secret. */
function asFault(cause: unknown): Fault {
  const name = cause instanceof Error ? cause.name : 'unknown'
  return new Fault('database.unavailable', `the content store does not answer: ${name}`)
}
