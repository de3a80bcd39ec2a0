import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '#tests/support/until.ts'
import { type BlobFolder, createBlobFolder } from './blob-folder.ts'

let path: string
let blobs: BlobFolder
beforeAll(() => {
  path = mkdtempSync(join(tmpdir(), 'satstile-blobs-'))
  blobs = createBlobFolder(join(path, 'content'))
})
afterAll(() => rmSync(path, { recursive: true, force: true }))

const bytes = (text: string) => new TextEncoder().encode(text)
/** SHA-256 of `abc`, from FIPS 180-4. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

describe('a blob', () => {
  test('is found under its SHA-256, byte for byte', async () => {
    expect(await blobs.put(bytes('abc'))).toBe(ABC)
    expect(await blobs.get(ABC)).toEqual(Buffer.from('abc'))
    expect(await blobs.stat(ABC)).toEqual({ byteLength: 3 })
  })

  test('written by twenty at once is there once, with nothing left beside it', async () => {
    const digests = await Promise.all(Array.from({ length: 20 }, () => blobs.put(bytes('many'))))
    const [digest = ''] = digests
    expect(new Set(digests).size).toBe(1)
    expect(readdirSync(join(path, 'content', digest.slice(0, 2)))).toEqual([digest])
  })

  test('that nobody stored is not found', async () => {
    expect(await blobs.get('0'.repeat(64))).toBeNull()
    expect(await blobs.stat('0'.repeat(64))).toBeNull()
  })

  test('is not found under a path that leads out of the folder', async () => {
    writeFileSync(join(path, 'secret'), 'secret')
    expect(await blobs.get('../secret')).toBeNull()
    expect(await blobs.get(`../../secret${'0'.repeat(52)}`)).toBeNull()
    expect(await blobs.stat('aa/../../../secret')).toBeNull()
    expect(await blobs.open('aa/../../../secret', 6)).toBeNull()
  })

  test('that was changed on the disk is not handed out, and storing it again mends it', async () => {
    const digest = await blobs.put(bytes('whole'))
    writeFileSync(join(path, 'content', digest.slice(0, 2), digest), 'broken bytes')
    expect(await blobs.get(digest)).toBeNull()
    await blobs.put(bytes('whole'))
    expect(await blobs.get(digest)).toEqual(Buffer.from('whole'))
  })

  test('with other bytes of the same length is mended by storing it again, and not opened before', async () => {
    const digest = await blobs.put(bytes('right'))
    const file = join(path, 'content', digest.slice(0, 2), digest)
    expect(await blobs.open(digest, 5)).not.toBeNull()
    writeFileSync(file, 'wrong')
    expect(await blobs.get(digest)).toBeNull()
    expect(await blobs.open(digest, 5)).toBeNull()
    await blobs.put(bytes('right'))
    expect(await blobs.get(digest)).toEqual(Buffer.from('right'))
    expect(await blobs.open(digest, 5)).not.toBeNull()
  })

  test('is read in parts, and not at all when its bytes or their number are others', async () => {
    const digest = await blobs.put(bytes('in parts'))
    const read = await blobs.open(digest, 8)
    const part: Uint8Array[] = []
    for await (const chunk of read?.(3, 8) ?? []) part.push(chunk)
    expect(Buffer.concat(part).toString()).toBe('parts')
    expect(await blobs.open(digest, 7)).toBeNull()
    const fresh = createBlobFolder(join(path, 'content'))
    writeFileSync(join(path, 'content', digest.slice(0, 2), digest), 'in PARTS')
    expect(await fresh.open(digest, 8)).toBeNull()
  })
})

describe('a file that is taken in', () => {
  const offer = (name: string, content: Uint8Array) => {
    const from = join(path, name)
    writeFileSync(from, content)
    return from
  }

  test('is a blob like any other, and no longer where it was', async () => {
    const from = offer('abc.txt', bytes('abc'))
    expect(await blobs.putFile(from)).toBe(ABC)
    expect(existsSync(from)).toBe(false)
    expect(await blobs.get(ABC)).toEqual(Buffer.from('abc'))
    const fresh = offer('other.txt', bytes('taken in'))
    const digest = await blobs.putFile(fresh)
    expect(existsSync(fresh)).toBe(false)
    expect(await blobs.get(digest)).toEqual(Buffer.from('taken in'))
  })

  test('takes the place of damaged bytes', async () => {
    const digest = await blobs.putFile(offer('one.txt', bytes('damaged soon')))
    writeFileSync(join(path, 'content', digest.slice(0, 2), digest), bytes('dbmaged soon'))
    expect(await blobs.putFile(offer('two.txt', bytes('damaged soon')))).toBe(digest)
    expect(await blobs.get(digest)).toEqual(Buffer.from('damaged soon'))
  })

  test('of a size that takes seconds to compare is sent at once, and no more once it was found wrong', async () => {
    const large = Buffer.alloc(65 * 1024 * 1024, 7)
    const digest = await blobs.putFile(offer('large.bin', large))
    const elsewhere = createBlobFolder(join(path, 'content'))
    expect(await elsewhere.open(digest, large.length)).not.toBeNull()
    large[9] = 8
    writeFileSync(join(path, 'content', digest.slice(0, 2), digest), large)
    const first = createBlobFolder(join(path, 'content'))
    await first.open(digest, large.length)
    await until('it was compared', async () => (await first.open(digest, large.length)) === null)
  })
})
