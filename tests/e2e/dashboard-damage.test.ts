/** A creator whose content is missing on our side hears it in the list of resources, and no longer once it is there again. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { checkContent } from '#lib/paywall/resources/check-content.ts'
import { type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'
import { silentLog } from '#tests/support/log.ts'

let dashboard: DashboardBrowser
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

test('the list names what is not sold for want of its content, until it is there again', async () => {
  const { database, contentUrl: folder } = dashboard.web
  const content = { folder, blobs: createBlobFolder(folder) }
  const deps = { db: database.jobs, clock: systemClock, log: silentLog, content }
  const resourceId = await dashboard.idOf('Tides')
  const article = await database.owner.client.article.findFirstOrThrow({ where: { resourceId } })
  const digest = Buffer.from(article.bodyDigest).toString('hex')
  const file = join(folder, digest.slice(0, 2), digest)

  await checkContent(deps, new AbortController().signal)
  const page = await dashboard.openDemo('/resources')
  await page.getByRole('heading', { name: 'Resources' }).waitFor()
  expect(await page.getByText('Content is missing on our side').count()).toBe(0)

  renameSync(file, `${file}.away`)
  await checkContent(deps, new AbortController().signal)
  await page.reload()
  const note = page.getByRole('alert').filter({ hasText: 'Content is missing on our side' })
  await note.waitFor()
  expect(await note.getByRole('link').allTextContents()).toEqual(['Tides'])

  // Repaired since the last check: what is looked at is the folder, and the report only says where.
  renameSync(`${file}.away`, file)
  await page.reload()
  await page.getByRole('heading', { name: 'Resources' }).waitFor()
  expect(await page.getByText('Content is missing on our side').count()).toBe(0)
})
