/** A creator sells a part of their own site and changes what it says; what cannot be taken is said at its field. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { runAxe } from '#tests/support/axe.ts'
import { type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'

let dashboard: DashboardBrowser
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

test('a page is put on sale and changed; a site that is none is refused and leaves every other field', async () => {
  const page = await dashboard.openDemo('/resources/new/page')
  await page.getByLabel('Title').fill('Anchorage')
  await page.getByLabel('Sites that may show it').fill('notes.example')
  await page.getByLabel('What is sold').fill('The *secret* anchorage.')
  await page.getByLabel('Price in sats').fill('40')
  await page.getByRole('button', { name: 'Put it on sale' }).click()
  await page.getByRole('alert').getByText('“notes.example” is not a site.').waitFor()
  expect(await runAxe(page)).toEqual([])
  expect(await page.getByLabel('What is sold').inputValue()).toBe('The *secret* anchorage.')
  expect(await page.getByLabel('Price in sats').inputValue()).toBe('40')
  await page.getByLabel('Sites that may show it').fill('https://notes.example')
  await page.getByRole('button', { name: 'Put it on sale' }).click()
  await page.getByRole('heading', { name: 'Anchorage' }).waitFor()
  expect(await page.getByLabel('Sites that may show it').inputValue()).toBe('https://notes.example')
  await page.getByLabel('What is sold').fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('Write what is sold here.').waitFor()
  await page.getByLabel('What is sold').fill('The new anchorage.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Kept. It holds for every request within 2 s.').waitFor()
  expect(await runAxe(page)).toEqual([])
  const { client } = dashboard.web.database.owner
  expect(await client.page.findMany({ select: { markdown: true, origins: true, revision: true } })).toEqual([
    { markdown: 'The new anchorage.', origins: ['https://notes.example'], revision: 2 },
  ])
})
