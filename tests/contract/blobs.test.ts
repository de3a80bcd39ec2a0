/** Where published bytes are kept is a port: a folder and an S3-compatible store promise the same. */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BlobFolder } from '#lib/content/blob-folder.ts'
import { openBlobs } from '#lib/content/open-blobs.ts'
import { freePorts } from '#scripts/start/ports.ts'

const MB = 1024 * 1024
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

let folder: string
let store: S3rver
let bucketUrl: string
let port: number
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-blobs-'))
  ;[port = 0] = await freePorts(1)
  const directory = join(folder, 's3')
  store = new S3rver({ port, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'content' }] })
  await store.run()
  bucketUrl = `http://S3RVER:S3RVER@127.0.0.1:${port}/content?region=us-east-1`
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const settings = (kind: string) =>
  kind === 'a folder'
    ? { CONTENT_URL: join(folder, 'content') }
    : { CONTENT_URL: join(folder, 'content'), CONTENT_BUCKET: bucketUrl }

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe.each(['a folder', 'an S3-compatible store'])('%s', (kind) => {
  let blobs: BlobFolder
  beforeAll(() => {
    blobs = openBlobs(settings(kind))
  })

  test('gives back what was put, under its SHA-256, as often as it was put', async () => {
    const bytes = randomBytes(1000)
    const digest = await blobs.put(bytes)
    expect([digest, await blobs.put(bytes)]).toEqual([digestOf(bytes), digestOf(bytes)])
    expect(Buffer.from((await blobs.get(digest)) ?? []).equals(bytes)).toBe(true)
    expect(await blobs.stat(digest)).toEqual({ byteLength: 1000 })
  })

  test('takes a file of several pieces in, which is then no longer where it was', async () => {
    const bytes = randomBytes(20 * MB + 3)
    const path = join(folder, 'upload')
    writeFileSync(path, bytes)
    const digest = await blobs.putFile(path)
    expect([digest, existsSync(path)]).toEqual([digestOf(bytes), false])
    const read = await blobs.open(digest, bytes.length)
    expect(read).not.toBeNull()
    if (read === null) return
    expect((await readAll(read(0, bytes.length))).equals(bytes)).toBe(true)
    expect((await readAll(read(5, 9))).equals(bytes.subarray(5, 9))).toBe(true)
    expect((await readAll(read(bytes.length - 2, bytes.length))).equals(bytes.subarray(-2))).toBe(true)
  })

  test('lets go of a reader who leaves in the middle', async () => {
    const bytes = randomBytes(4 * MB)
    const read = await blobs.open(await blobs.put(bytes), bytes.length)
    for await (const piece of read?.(0, bytes.length) ?? []) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    expect((await readAll(read?.(0, 3) ?? readAllOf())).length).toBe(3)
  })

  test('has nothing under another digest, another length or a name that is none', async () => {
    const digest = await blobs.put(randomBytes(10))
    for (const other of ['0'.repeat(64), '../secret', '']) {
      expect([await blobs.get(other), await blobs.stat(other), await blobs.open(other, 10)]).toEqual([null, null, null])
    }
    expect(await blobs.open(digest, 11)).toBeNull()
  })
})

async function* readAllOf(): AsyncIterable<Uint8Array> {}

describe('an S3-compatible store', () => {
  test('that does not answer is a fault, and says nothing of its address', async () => {
    const blobs = openBlobs({ CONTENT_URL: folder, CONTENT_BUCKET: 'http://key:secret@127.0.0.1:9/content' })
    const digest = '0'.repeat(64)
    const asks = [() => blobs.get(digest), () => blobs.put(new Uint8Array(1)), () => blobs.stat(digest)]
    for (const ask of asks) {
      const fault = await (ask() as Promise<unknown>).catch((cause: Error & { code?: string }) => cause)
      expect(fault).toMatchObject({ code: 'database.unavailable' })
      expect(String(fault)).not.toMatch(/secret|127\.0\.0\.1/)
    }
  })

  test('whose bytes are not what their name says gives nothing', async () => {
    const blobs = openBlobs(settings('a store'))
    const digest = await blobs.put(Buffer.from('as it was put'))
    const object = readdirSync(join(folder, 's3/content')).find(
      (name) => name.startsWith(digest) && name.endsWith('_object'),
    )
    writeFileSync(join(folder, 's3/content', object ?? ''), 'as it was cut')
    expect(await blobs.get(digest)).toBeNull()
    expect(await blobs.open(digest, 13)).toBeNull()
  })

  test('leaves nothing in the folder', async () => {
    const digest = await openBlobs(settings('a store')).put(randomBytes(11))
    expect(existsSync(join(folder, 'content', digest.slice(0, 2), digest))).toBe(false)
  })
})
