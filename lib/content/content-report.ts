/** What the last check of the content folder found, kept in the folder itself: it is about these files and no others. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'

const Report = z.strictObject({
  checkedAt: z.iso.datetime(),
  /** Resources on sale whose bytes are missing or damaged. */
  damaged: z.array(
    z.strictObject({
      creatorId: z.string(),
      resourceId: z.string(),
      title: z.string(),
      what: z.enum(['text', 'pictures', 'bytes']),
    }),
  ),
})
export type ContentReport = z.infer<typeof Report>

const FILE = 'damage.json'

/** Whole or not at all, so that a reader never finds half of one. */
export async function writeContentReport(folder: string, report: ContentReport): Promise<void> {
  await writeFileAtomic(join(folder, FILE), JSON.stringify(report), { mode: 0o600 })
}

/** `null`: nothing was checked yet, or what is there is of another version. */
export async function readContentReport(folder: string): Promise<ContentReport | null> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => null)
  if (text === null) return null
  try {
    return Report.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
