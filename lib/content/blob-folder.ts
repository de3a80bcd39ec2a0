/** Keeps published bytes under their own SHA-256, so what is read is what was written. */
import { createReadStream } from 'node:fs'
import { chmod, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hashStream, randomBytes, sha256 } from '#lib/crypto.ts'
import { createBlobProofs } from './blob-proofs.ts'
import { unlessAbsent } from './unless-absent.ts'

export interface BlobFolder {
  /** Stores `bytes` durably and answers their SHA-256 as 64 lower-case hex digits; storing again changes nothing. */
  put(bytes: Uint8Array): Promise<string>
  /** As `put`, for a file on the same disk, of any length: it is taken away from where it is, never copied. */
  putFile(path: string): Promise<string>
  /** The bytes; null when there are none of this digest, or when the disk no longer holds what was stored. */
  get(digest: string): Promise<Uint8Array | null>
  stat(digest: string): Promise<{ byteLength: number } | null>
  /**
   * A blob of this length to be read in parts, from `start` up to and without `end`, never more of it in memory than its
   * reader takes; null as for `get`. The bytes are compared with the digest when they are first opened; of a large blob
   * they are sent before that has ended.
   */
  open(digest: string, byteLength: number): Promise<((start: number, end: number) => AsyncIterable<Uint8Array>) | null>
}

const DIGEST = /^[0-9a-f]{64}$/
const CHUNK_BYTES = 64 * 1024

/** A folder of blobs at `path`, made at the first `put`. Several processes may write the same blob at once. */
export function createBlobFolder(path: string): BlobFolder {
  const pathOf = (digest: string) => join(path, digest.slice(0, 2), digest)
  const proofs = createBlobProofs((digest) => hashFile(pathOf(digest)))
  return {
    async put(bytes) {
      const digest = toHex(sha256(bytes))
      const target = pathOf(digest)
      // Bytes may have changed under the right length, and storing them again is how that is repaired. A blob that is stored
      // again is young again: whoever collects unused blobs leaves it alone (collect-content.ts).
      if (!(await holds(target, digest, bytes.byteLength)) || !(await renew(target))) await writeDurably(target, bytes)
      return digest
    },
    async putFile(path) {
      const digest = await hashFile(path)
      const target = pathOf(digest)
      const { size } = await stat(path)
      if ((await holds(target, digest, size)) && (await renew(target))) await rm(path)
      else await moveDurably(path, target)
      proofs.note(digest, String((await stat(target)).mtimeMs))
      return digest
    },
    async get(digest) {
      if (!DIGEST.test(digest)) return null
      const bytes = await unlessAbsent(readFile(pathOf(digest)))
      return bytes && toHex(sha256(bytes)) === digest ? bytes : null
    },
    async stat(digest) {
      if (!DIGEST.test(digest)) return null
      const byteLength = await sizeOf(pathOf(digest))
      return byteLength === null ? null : { byteLength }
    },
    async open(digest, byteLength) {
      const found = DIGEST.test(digest) ? await unlessAbsent(stat(pathOf(digest))) : null
      if (found?.size !== byteLength) return null
      // Opened with the first piece: an answer that is not sent after all leaves no file open.
      const read = async function* (start: number, end: number) {
        yield* createReadStream(pathOf(digest), { start, end: end - 1, highWaterMark: CHUNK_BYTES })
      }
      if (!(await proofs.mayOpen({ digest, version: String(found.mtimeMs), byteLength }))) return null
      return read
    },
  }
}

/** Whole or not at all: the name appears only after the bytes are on the disk, and the folder is synced after the name. */
async function writeDurably(target: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(target)
  await mkdir(folder, { recursive: true })
  const draft = `${target}.${toHex(randomBytes(6))}.part`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, target)
  } catch (cause) {
    await rm(draft, { force: true })
    throw cause
  }
  await syncFolder(folder)
}

/** As `writeDurably`, of bytes that are in a file already. */
async function moveDurably(path: string, target: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await mkdir(dirname(target), { recursive: true })
  await chmod(path, 0o600)
  await rename(path, target)
  await syncFolder(dirname(target))
}

async function hashFile(path: string): Promise<string> {
  return toHex(await hashStream(createReadStream(path, { highWaterMark: CHUNK_BYTES })))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whether the file is this blob, byte for byte. */
async function holds(path: string, digest: string, byteLength: number): Promise<boolean> {
  if ((await sizeOf(path)) !== byteLength) return false
  return (await hashFile(path)) === digest
}

/** `false`: it is gone by now. */
async function renew(path: string): Promise<boolean> {
  const now = new Date()
  return (await unlessAbsent(utimes(path, now, now).then(() => true))) ?? false
}

async function sizeOf(path: string): Promise<number | null> {
  return (await unlessAbsent(stat(path)))?.size ?? null
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
