/** Blobs that no row names any more leave the content folder, as uploads do that were given up, and the log says how many did. */
import { type Collected, collectOrphans } from '#lib/content/collect-orphans.ts'
import { collectUploads } from '#lib/content/collect-uploads.ts'
import type { CheckContentDeps } from './check-content.ts'
import { UPLOAD_KEPT_MS } from './file/file.ts'
import { HOLDINGS } from './holdings.ts'

/** For a role that sees all creators: to any other the rows of the rest are missing, and their blobs would go. */
export async function collectContent(deps: CheckContentDeps, signal: AbortSignal): Promise<Collected> {
  const listUsed = async (digests: readonly string[]) => {
    const used = new Set<string>()
    for (const holding of HOLDINGS)
      for (const digest of await holding.listUsed(deps.db.client, digests)) used.add(digest)
    return used
  }
  const collected = await collectOrphans({ folder: deps.content.folder, listUsed, now: deps.clock.now(), signal })
  if (collected.files > 0) deps.log.info('content that nobody names any more was deleted', { count: collected.files })
  const uploads = await collectUploads(deps.content.folder, new Date(deps.clock.now().getTime() - 2 * UPLOAD_KEPT_MS))
  if (uploads > 0) deps.log.info('uploads that were given up were deleted', { count: uploads })
  return collected
}
