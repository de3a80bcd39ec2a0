/** Files of the content folder that no row names any more are deleted, a week after that was first seen. */
import type { Dirent, Stats } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from './unless-absent.ts'

export interface OrphanOptions {
  readonly folder: string
  /** Those of these digests, as lower-case hex, that a row names. */
  readonly listUsed: (digests: readonly string[]) => Promise<ReadonlySet<string>>
  readonly now: Date
  readonly signal: AbortSignal
}

export interface Collected {
  readonly files: number
  readonly bytes: number
}

/**
 * Longer than any gate keeps an older catalog, any publishing takes and any reader loads one file; and long enough to
 * notice that a database was restored which knows less than the folder holds.
 */
const KEPT_MS = 7 * 24 * 3600 * 1000
const BATCH = 1_000
const BLOB = /^[0-9a-f]{64}$/
const LEFT_OVER = /^[0-9a-f]{64}\.(?:[0-9a-f]{12}\.part|gone)$/
const PREFIX = /^[0-9a-f]{2}$/
/** An empty file for each blob that was found without a row; its age says since when. */
const MARKS = 'orphans'

/** One pass over the folder. What somebody else put there is left alone; running it twice at once harms nothing. */
export async function collectOrphans(options: OrphanOptions): Promise<Collected> {
  const collected = { files: 0, bytes: 0 }
  for (const entry of await listFolder(options.folder)) {
    if (!entry.isDirectory() || !PREFIX.test(entry.name)) continue
    for (const size of await collectFolder(options, entry.name)) {
      collected.files += 1
      collected.bytes += size
    }
  }
  return collected
}

/** Sizes of what went from one of the 256 folders. */
async function collectFolder({ folder, listUsed, now, signal }: OrphanOptions, prefix: string): Promise<number[]> {
  const old = new Date(now.getTime() - KEPT_MS)
  const names = (await listFolder(join(folder, prefix))).map(({ name }) => name)
  for (const name of names.filter((one) => LEFT_OVER.test(one))) await dropLeftOver(join(folder, prefix, name), old)
  const digests = names.filter((name) => BLOB.test(name))
  const sizes: number[] = []
  for (let at = 0; at < digests.length && !signal.aborted; at += BATCH) {
    const batch = digests.slice(at, at + BATCH)
    const used = await listUsed(batch)
    for (const digest of batch) {
      const size = used.has(digest) ? await unmark(folder, digest) : await collect(folder, digest, old)
      if (size !== null) sizes.push(size)
    }
  }
  return sizes
}

/** Marks a blob, or deletes one that was marked a week ago; answers the bytes that went, `null` when none did. */
async function collect(folder: string, digest: string, old: Date): Promise<number | null> {
  const path = join(folder, digest.slice(0, 2), digest)
  const mark = join(folder, MARKS, digest)
  const found = await statOrNull(path)
  const marked = await statOrNull(mark)
  if (found === null) return null
  if (marked === null) return await setMark(folder, mark)
  if (marked.mtime > old || found.mtime > old) return null
  // Put aside first: whoever stores it again at this moment makes it young before that, or finds it gone and writes it again.
  const aside = `${path}.gone`
  await rename(path, aside)
  const isUnchanged = (await stat(aside)).mtimeMs === found.mtimeMs
  if (isUnchanged) await rm(aside, { force: true })
  else await rename(aside, path)
  await rm(mark, { force: true })
  return isUnchanged ? found.size : null
}

async function setMark(folder: string, mark: string): Promise<null> {
  await mkdir(join(folder, MARKS), { recursive: true })
  await (await open(mark, 'w', 0o600)).close()
  return null
}

async function unmark(folder: string, digest: string): Promise<null> {
  await rm(join(folder, MARKS, digest), { force: true })
  return null
}

/** What a process that was killed in the middle left behind. */
async function dropLeftOver(path: string, old: Date): Promise<void> {
  const found = await statOrNull(path)
  if (found !== null && found.mtime < old) await rm(path, { force: true })
}

/** Nothing was ever stored where there is no folder. */
async function listFolder(path: string): Promise<Dirent[]> {
  return (await unlessAbsent(readdir(path, { withFileTypes: true }))) ?? []
}

function statOrNull(path: string): Promise<Stats | null> {
  return unlessAbsent(stat(path))
}
