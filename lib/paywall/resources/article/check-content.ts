/** Compares the content folder with the catalogue: what is on sale must be there, and who runs or writes it hears what is not. */
import { existsSync } from 'node:fs'
import type { Clock } from '#lib/clock.ts'
import { type ContentReport, writeContentReport } from '#lib/content/content-report.ts'
import type { Db } from '#lib/db.ts'
import type { Log } from '#lib/log.ts'
import { resourceName } from '#lib/paywall/resources/resource.ts'
import { listCatalogArticles } from './article-store.ts'
import { type CheckableBlobs, findDamage } from './find-damage.ts'

export interface CheckContentDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly content: { readonly folder: string; readonly blobs: CheckableBlobs }
}

/** One creator and one blob at a time, so it costs little beside the work of the day. Logs and reports; changes nothing else. */
export async function checkContent(deps: CheckContentDeps, signal: AbortSignal): Promise<ContentReport> {
  const { db, clock, content } = deps
  const damaged: ContentReport['damaged'] = []
  for (const { id } of await db.client.creator.findMany({ select: { id: true }, orderBy: { id: 'asc' } })) {
    if (signal.aborted) break
    damaged.push(...(await checkCreator(deps, id)))
  }
  const report = { checkedAt: clock.now().toISOString(), damaged }
  // A folder that nothing was ever put into is made by the first publishing.
  if (!signal.aborted && existsSync(content.folder)) await writeContentReport(content.folder, report)
  return report
}

async function checkCreator(
  { db, log, content }: CheckContentDeps,
  creatorId: string,
): Promise<ContentReport['damaged']> {
  const where = { creatorId, kind: 'article', publishedAt: { not: null }, deletedAt: null }
  const onSale = await db.client.resource.findMany({ where, select: { id: true, title: true } })
  const keys = onSale.map(({ id: resourceId }) => ({ creatorId, resourceId }))
  const articles = await listCatalogArticles(db.client, keys)
  const damaged: ContentReport['damaged'] = []
  for (const { id: resourceId, title } of onSale) {
    const article = articles.get(resourceName({ creatorId, resourceId }))
    const what = article === undefined ? null : await findDamage(content.blobs, article)
    if (what === null) continue
    damaged.push({ creatorId, resourceId, title, what })
    log.error('content on sale is missing or damaged; publishing it again repairs it', { creatorId, resourceId })
  }
  return damaged
}
