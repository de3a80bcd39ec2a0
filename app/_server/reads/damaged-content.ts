/** What the last check of the content folder found of one creator, as far as it still holds. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'
import { readContentReport } from '#lib/content/content-report.ts'
import { findDamages } from '#lib/paywall/resources/check-content.ts'
import { resourceName } from '#lib/paywall/resources/resource.ts'

export interface DamagedResource {
  readonly id: string
  readonly title: string
}

/** Looks at a few at most, since the page waits for it. */
const MOST = 20

export async function listDamaged(creatorId: string): Promise<readonly DamagedResource[]> {
  const { config, db, blobs } = webDeps()
  const report = await readContentReport(config.CONTENT_URL)
  const told = report?.damaged.filter((entry) => entry.creatorId === creatorId).slice(0, MOST) ?? []
  if (told.length === 0) return []
  const keys = told.map(({ resourceId }) => ({ creatorId, resourceId }))
  const found = await db.asCreator(creatorId, (tx) => findDamages({ tx, blobs }, keys))
  return told.flatMap(({ resourceId, title }) =>
    found.has(resourceName({ creatorId, resourceId })) ? [{ id: resourceId, title }] : [],
  )
}
