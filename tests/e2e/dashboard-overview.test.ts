/** The overview while sales come in, and while the database is silent. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Notices, openNotices } from '#lib/notices.ts'
import { type DashboardBrowser, openDashboardBrowser, settleSale } from '#tests/support/dashboard-browser.ts'

let dashboard: DashboardBrowser
let notices: Notices

beforeAll(async () => {
  dashboard = await openDashboardBrowser()
  notices = openNotices({ url: dashboard.web.database.jobsUrl })
})
afterAll(async () => {
  await notices?.close()
  await dashboard?.close()
})
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const feedOf = (page: Page) => page.locator('section[aria-labelledby="now-title"]')

describe('the live feed', () => {
  test('shows a sale within a second of the notice of its settlement', async () => {
    const page = await dashboard.openDemo('/overview')
    await page.getByText('First sale:').waitFor()
    await settleSale(dashboard.web, 'Tides', 210_000n)
    await page.getByRole('heading', { name: 'Now' }).waitFor()
    await feedOf(page).getByText('Tides').waitFor()
    const took: number[] = []
    for (const count of [1, 2, 3]) {
      const key = await settleSale(dashboard.web, 'Storms', 180_000n)
      const begun = performance.now()
      await notices.publish('settled', key)
      await feedOf(page)
        .getByText('Storms')
        .nth(count - 1)
        .waitFor()
      took.push(performance.now() - begun)
    }
    const [, median = Number.POSITIVE_INFINITY] = took.sort((a, b) => a - b)
    expect(median).toBeLessThan(1000)
  })
})

describe('a silent database', () => {
  test('leaves the frame standing, is told by every tile with its time, and the figures come back by themselves', async () => {
    const page = await dashboard.openDemo('/overview')
    await feedOf(page).waitFor()
    dashboard.web.databaseDoor.cut()
    try {
      await page.getByText(/^Live updates paused at \d\d:\d\d/).waitFor()
      await page.reload()
      await page.getByText(/^The database has not answered since \d\d:\d\d/).waitFor()
      expect(await page.getByText(/^not known since \d\d:\d\d$/).count()).toBe(9)
      expect(await page.getByRole('link', { name: 'Resources' }).first().isVisible()).toBe(true)
      expect(await page.getByText('not known now').first().isVisible()).toBe(true)
    } finally {
      dashboard.web.databaseDoor.heal()
    }
    await feedOf(page).getByText('Storms').first().waitFor()
  })

  test('signs nobody out, and lets nobody in', async () => {
    const page = await dashboard.openDemo('/resources')
    const stranger = await dashboard.openPage()
    dashboard.web.databaseDoor.cut()
    try {
      await page.reload()
      await page.getByRole('heading', { name: 'The database does not answer' }).waitFor()
      expect(new URL(page.url()).pathname).toBe('/resources')
      await stranger.goto(`${dashboard.web.origin}/overview`)
      await stranger.waitForURL('**/sign-in')
    } finally {
      dashboard.web.databaseDoor.heal()
    }
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('link', { name: 'Tides' }).first().waitFor()
  })
})
