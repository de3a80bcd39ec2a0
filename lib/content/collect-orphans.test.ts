import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BlobFolder, createBlobFolder } from './blob-folder.ts'
import { collectOrphans } from './collect-orphans.ts'

const DAY_MS = 24 * 3600 * 1000
let folder = ''
let blobs: BlobFolder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-orphans-'))
  blobs = createBlobFolder(folder)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const pathOf = (digest: string) => join(folder, digest.slice(0, 2), digest)
const store = (text: string) => blobs.put(new TextEncoder().encode(text))

/** As if its file had been written so many days ago. */
function age(path: string, days: number): void {
  const then = new Date(Date.now() - days * DAY_MS)
  utimesSync(path, then, then)
}

/** One pass, so many days from now. */
function collect(used: readonly string[], days = 0) {
  const listUsed = async (digests: readonly string[]) => new Set(digests.filter((digest) => used.includes(digest)))
  const now = new Date(Date.now() + days * DAY_MS)
  return collectOrphans({ folder, listUsed, now, signal: new AbortController().signal })
}

test('what no row names goes a week after that was first seen, and what one names stays', async () => {
  const [kept, orphan] = [await store('kept'), await store('orphan')]
  expect(await collect([kept])).toEqual({ files: 0, bytes: 0 })
  expect(await collect([kept], 6)).toEqual({ files: 0, bytes: 0 })
  expect(await collect([kept], 8)).toEqual({ files: 1, bytes: 6 })
  expect([await blobs.stat(kept), await blobs.stat(orphan)]).toEqual([{ byteLength: 4 }, null])
})

test('an old file whose row went a moment ago stays for a week', async () => {
  const digest = await store('replaced')
  age(pathOf(digest), 1_000)
  await collect([])
  expect(await collect([], 6)).toEqual({ files: 0, bytes: 0 })
  expect(await blobs.stat(digest)).not.toBeNull()
})

test('what is named again is no orphan any more, and its week begins anew', async () => {
  const digest = await store('again')
  await collect([])
  await collect([digest], 8)
  await collect([], 9)
  expect(await blobs.stat(digest)).not.toBeNull()
})

test('what is stored again is kept, also before its row is there', async () => {
  const digest = await store('twice')
  await collect([])
  age(pathOf(digest), 30)
  age(join(folder, 'orphans', digest), 30)
  await store('twice')
  expect(await collect([])).toEqual({ files: 0, bytes: 0 })
  expect(await blobs.get(digest)).not.toBeNull()
})

test('half-written files of a week ago go, younger ones and files of others stay', async () => {
  const digest = await store('whole')
  const [stale, young, foreign] = ['0'.repeat(12), '1'.repeat(12), 'note'].map((end) =>
    end === 'note' ? join(folder, 'note.txt') : `${pathOf(digest)}.${end}.part`,
  ) as [string, string, string]
  for (const path of [stale, young, foreign]) writeFileSync(path, 'half')
  age(stale, 8)
  age(foreign, 8)
  await collect([digest])
  expect([stale, young, foreign].map((path) => existsSync(path))).toEqual([false, true, true])
})

test('a folder that was never written to has no orphans', async () => {
  rmSync(folder, { recursive: true })
  expect(await collect([])).toEqual({ files: 0, bytes: 0 })
})
