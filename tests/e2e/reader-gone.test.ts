/** What was deleted while somebody paid for it, or after they had: told in a real browser, and nothing is promised that is gone. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { setPicture } from '#lib/paywall/creators/set-picture.ts'
import { deleteArticle, readArticleLoss } from '#lib/paywall/resources/article/delete-article.ts'
import { runAxe } from '#tests/support/axe.ts'
import { openBrowser } from '#tests/support/browser.ts'
import { PIXEL } from '#tests/support/dashboard-browser.ts'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { testPictures } from '#tests/support/renderer.ts'

let gateway: TestGateway
let browser: Browser
let contexts: BrowserContext[] = []
const complaints: string[] = []
beforeAll(async () => {
  ;[gateway, browser] = await Promise.all([startTestGateway(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await gateway?.close()
})
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()))
  contexts = []
  expect(complaints.splice(0)).toEqual([])
})

async function openPage(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  context.setDefaultTimeout(15_000)
  contexts.push(context)
  context.on('console', (message) => {
    if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  context.on('weberror', (fault) => complaints.push(String(fault.error())))
  const page = await context.newPage()
  await page.goto(gateway.origin + path)
  return page
}

async function sell(title: string): Promise<string> {
  const { resourceId } = await gateway.publish({ title, sats: 210 })
  await gateway.changed()
  return resourceId
}

async function remove(resourceId: string): Promise<void> {
  const deps = { db: gateway.database.owner, clock: systemClock }
  const key = { creatorId: gateway.creatorId, resourceId }
  const confirmed = await readArticleLoss(deps, key)
  if (confirmed === null) throw new RangeError('there is no such article')
  await deleteArticle(deps, { ...key, confirmed })
  await gateway.changed()
}

async function unlock(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Unlock for 210 sats' }).click()
  await page.locator('#checkout[data-view="waiting"]').waitFor()
  const href = (await page.getByRole('link', { name: 'Open in wallet' }).getAttribute('href')) ?? ''
  return href.slice('lightning:'.length)
}

test('paid for in the moment in which it was deleted: the page says so, and the purchase is not called open', async () => {
  const resourceId = await sell('Deleted meanwhile')
  const page = await openPage('/deleted-meanwhile')
  const invoice = await unlock(page)
  await remove(resourceId)
  await gateway.node.pay(invoice)
  await page.getByRole('heading', { name: 'Deleted by its creator' }).waitFor()
  await page.getByText('You bought this, and the creator has deleted it for good').waitFor()
  await page.goto(`${gateway.origin}/_l402/purchases`)
  const row = page.locator('#purchases > *')
  await row.getByText('Deleted by its creator').waitFor()
  expect(await row.count()).toBe(1)
  expect(await row.getByText('Open, for good').count()).toBe(0)
  expect(await row.getByRole('link', { name: 'Read' }).count()).toBe(0)
  await row.getByRole('button', { name: 'Forget' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click()
  await page.getByText('Nothing bought in this browser.').waitFor()
  await page.goto(`${gateway.origin}/deleted-meanwhile`)
  await page.getByText('for those who bought it too').waitFor()
})

test('asked for after it was deleted, from a page that was open: no invoice is made, and no money moves', async () => {
  const resourceId = await sell('Open page')
  const page = await openPage('/open-page')
  await remove(resourceId)
  await page.getByRole('button', { name: 'Unlock for 210 sats' }).click()
  await page.locator('#checkout[data-view="refused"]').waitFor()
  await page.locator('#checkout').getByText('The creator has deleted this for good').first().waitFor()
})

test('everything else that was bought reads on', async () => {
  const resourceId = await sell('One of two')
  await sell('Two of two')
  const page = await openPage('/two-of-two')
  await gateway.node.pay(await unlock(page))
  await page.locator('#rest').getByText(PAID_SENTENCE).waitFor()
  await remove(resourceId)
  await page.reload()
  await page.locator('#rest').getByText(PAID_SENTENCE).waitFor()
})

test.each([
  ['light', 1440, 900],
  ['light', 390, 844],
  ['dark', 1440, 900],
  ['dark', 390, 844],
] as const)(
  'in %s at %i px the page of what is gone, and pages with a picture, are accessible',
  async (colorScheme, width, height) => {
    const resourceId = await sell(`Gone ${colorScheme} ${width}`)
    await sell(`There ${colorScheme} ${width}`)
    await remove(resourceId)
    const blobs = createBlobFolder(gateway.deps.config.CONTENT_URL)
    const deps = { db: gateway.database.owner, blobs, pictures: testPictures }
    await setPicture(deps, { creatorId: gateway.creatorId, bytes: PIXEL })
    await gateway.changed()
    const page = await openPage('/', { viewport: { width, height }, colorScheme, bypassCSP: true })
    for (const path of ['/', `/gone-${colorScheme}-${width}`, `/there-${colorScheme}-${width}`]) {
      await page.goto(gateway.origin + path)
      expect([path, await runAxe(page)]).toEqual([path, []])
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    }
  },
)
