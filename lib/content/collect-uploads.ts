/** Uploads that nobody goes on with leave the disk. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** In the content folder, so that a whole upload is moved and never copied. */
export const UPLOADS = 'uploads'

/** Deletes what nothing was added to since `before`, with its description; answers how many files went. */
export async function collectUploads(contentFolder: string, before: Date): Promise<number> {
  const folder = join(contentFolder, UPLOADS)
  const names = await readdir(folder).catch(() => [])
  const isOld = async (name: string) =>
    await stat(join(folder, name)).then(
      ({ mtime }) => mtime < before,
      () => true,
    )
  let count = 0
  for (const name of names) {
    // A description is as old as its upload, whose bytes may still come.
    if (!((await isOld(name)) && (await isOld(name.replace(/\.json$/, ''))))) continue
    await rm(join(folder, name), { force: true })
    count += 1
  }
  return count
}
