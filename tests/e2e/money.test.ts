/** A creator's money: the page, the statement in pages, and the statement as files that are exact to the millisatoshi. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bookSale, type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'

let dashboard: DashboardBrowser
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

/** A file as the page's own browser would keep it. */
async function download(page: Page, format: 'csv' | 'json') {
  const answer = await page.request.get(`${dashboard.web.origin}/money/statement/${format}`)
  return { status: answer.status(), headers: answer.headers(), text: await answer.text() }
}

test('without a sale the page says what will stand there, shows an example, and its file has a head alone', async () => {
  const page = await dashboard.openDemo('/money')
  await page.getByText('First sale lands here').waitFor()
  expect((await download(page, 'csv')).text.split('\r\n')).toHaveLength(2)
  expect((await download(page, 'json')).text).toBe('[]\n')
})

test('a sale is told with its fee, what settles is set apart from what is available, and files agree with the page', async () => {
  await bookSale(dashboard.web, 'Tides', { amountMsat: 210_123n, feeMsat: 2_101n })
  const page = await dashboard.openDemo('/money')
  const row = page.getByRole('row').filter({ hasText: 'Tides, person' })
  await row.waitFor()
  expect(await row.textContent()).toMatch(/SaleTides, person210\.123210\.123$/)
  expect(await page.getByRole('row').filter({ hasText: 'Fee' }).textContent()).toMatch(/−2\.101208\.022$/)
  const figure = (label: string) => page.locator('dl > div').filter({ has: page.getByText(label, { exact: true }) })
  expect(await figure('Settling').first().textContent()).toMatch(/208\.022within 10 min$/)
  const csv = await download(page, 'csv')
  expect(csv.headers).toMatchObject({
    'cache-control': 'private, no-store',
    'content-disposition': 'attachment; filename="harbor-statement.csv"',
  })
  const [, sale = '', fee = ''] = csv.text.split('\r\n')
  expect(sale).toMatch(/^1,[^,]+,ent_\w+,sale,node,settling,208022,210123,210123,"Tides",browser$/)
  expect(fee).toMatch(/^2,[^,]+,ent_\w+,fee,node,fee,2101,-2101,208022,"Tides",browser$/)
  const rows = JSON.parse((await download(page, 'json')).text) as { balance_msat: string }[]
  expect(rows.map((line) => line.balance_msat)).toEqual(['210123', '208022'])
})

test('a long statement comes in pages whose balances run on, and its file has every line', async () => {
  for (let n = 0; n < 55; n += 1) await bookSale(dashboard.web, 'Storms', { amountMsat: 1_000n })
  const page = await dashboard.openDemo('/money/statement')
  const balances = () => page.locator('tbody td:last-child').allTextContents()
  const first = await balances()
  expect([first.length, first[0]]).toEqual([50, '263.022'])
  await page.getByRole('link', { name: 'Before these' }).click()
  await page.getByRole('link', { name: 'Newest' }).waitFor()
  const second = await balances()
  expect([second.length, second[0]]).toEqual([7, '213.022'])
  expect((await download(page, 'csv')).text.trim().split('\r\n')).toHaveLength(58)
})

test('strangers are given nobody’s statement', async () => {
  const stranger = await dashboard.openPage()
  expect(await download(stranger, 'csv')).toMatchObject({ status: 401, text: '' })
  await stranger.goto(`${dashboard.web.origin}/money`)
  await stranger.waitForURL('**/sign-in')
})

test('a silent database is told, and a file asked for meanwhile is 503', async () => {
  const page = await dashboard.openDemo('/money')
  dashboard.web.databaseDoor.cut()
  try {
    expect((await download(page, 'csv')).status).toBe(503)
    await page.reload()
    await page.getByRole('heading', { name: 'The database does not answer' }).waitFor()
  } finally {
    dashboard.web.databaseDoor.heal()
  }
})
