/** Blobs that no row names any more leave the content folder, and the log says how many did. */
import { type Collected, collectOrphans } from '#lib/content/collect-orphans.ts'
import type { CheckContentDeps } from './check-content.ts'
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
  return collected
}
