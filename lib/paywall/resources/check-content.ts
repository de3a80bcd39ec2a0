/** Compares the content folder with the catalogue: what is on sale must be there, and who runs or writes it hears what is not. */
import { existsSync } from 'node:fs'
import type { Clock } from '#lib/clock.ts'
import { type ContentReport, writeContentReport } from '#lib/content/content-report.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { Log } from '#lib/log.ts'
import type { CheckableBlobs, Damage } from './holding.ts'
import { HOLDINGS } from './holdings.ts'
import { type ResourceKey, resourceName } from './resource.ts'

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
  const where = { creatorId, publishedAt: { not: null }, deletedAt: null }
  const onSale = await db.client.resource.findMany({ where, select: { id: true, title: true } })
  const keys = onSale.map(({ id: resourceId }) => ({ creatorId, resourceId }))
  const found = await findDamages({ tx: db.client, blobs: content.blobs }, keys)
  const damaged: ContentReport['damaged'] = []
  for (const { id: resourceId, title } of onSale) {
    const what = found.get(resourceName({ creatorId, resourceId }))
    if (what === undefined) continue
    damaged.push({ creatorId, resourceId, title, what })
    log.error('content on sale is missing or damaged; publishing it again repairs it', { creatorId, resourceId })
  }
  return damaged
}

/** What is missing or damaged of these resources, by `resourceName`; the others are whole, or hold nothing of ours. */
export async function findDamages(
  { tx, blobs }: { tx: Tx; blobs: CheckableBlobs },
  keys: readonly ResourceKey[],
): Promise<ReadonlyMap<string, Damage>> {
  const found = new Map<string, Damage>()
  for (const { load, findDamage } of HOLDINGS) {
    for (const [name, detail] of await load(tx, keys)) {
      const what = await findDamage(blobs, detail)
      if (what !== null) found.set(name, what)
    }
  }
  return found
}
