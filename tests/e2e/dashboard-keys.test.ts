/** Secret keys in the dashboard: shown whole once, told apart afterwards, rolled and ended by their creator alone. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { runAxe } from '#tests/support/axe.ts'
import { type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'
import { until } from '#tests/support/until.ts'

let dashboard: DashboardBrowser
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const rows = () => dashboard.web.database.owner.client.apiKey.findMany({ orderBy: { createdAt: 'asc' } })

async function make(page: Page, name: string): Promise<string> {
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'New key' }).click()
  return await readMade(page)
}

async function readMade(page: Page): Promise<string> {
  const made = page.getByTestId('made-key')
  await made.waitFor()
  const text = (await made.textContent()) ?? ''
  expect(text).toMatch(/^sk_[a-z0-9]{12}_[\w-]{43}$/)
  return text
}

test('a key is made, shown once, rolled and revoked, and of its secret only a hash is kept', async () => {
  const page = await dashboard.openDemo('/overview', { bypassCSP: true })
  await page.getByRole('link', { name: 'Developers' }).first().click()
  await page.getByText('Your keys will stand here').waitFor()
  expect(await runAxe(page)).toEqual([])
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByText('Name it after the server that will have it.').waitFor()

  const key = await make(page, 'shop server')
  expect(await runAxe(page)).toEqual([])
  const [row] = await rows()
  expect(Buffer.from(row?.secretHash ?? []).equals(Buffer.from(sha256(Buffer.from(key.slice(16)))))).toBe(true)
  await page.getByRole('button', { name: 'I have kept it' }).click()
  await page.getByRole('row').filter({ hasText: 'shop server' }).filter({ hasText: 'Never' }).waitFor()
  await page.reload()
  await page.getByText(`${key.slice(0, 16)}…`).waitFor()
  expect(await page.content()).not.toContain(key.slice(16))

  await page.getByRole('button', { name: /^Roll shop server/ }).click()
  expect(await readMade(page)).not.toBe(key)
  await page.getByText('Rolled; works until').waitFor()
  await page.getByRole('button', { name: 'I have kept it' }).click()
  await page.getByRole('row').filter({ hasText: 'Rolled' }).getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('row').filter({ hasText: 'Rolled' }).getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('button', { name: 'Revoke for good' }).click()
  await page.getByText('Revoked. Whoever shows it').waitFor()
  await page.getByRole('cell', { name: /^Ended / }).waitFor()
  const ends = (await rows()).map(({ endsAt }) => endsAt !== null && endsAt.getTime() <= Date.now())
  expect(ends).toEqual([true, false])
})

test('the list holds on a phone, in the dark, with a key that was shown after its end', async () => {
  const { client } = dashboard.web.database.owner
  await client.$executeRaw`update api_key set last_refused_at = now() where ends_at is not null`
  const page = await dashboard.openDemo('/developers/keys', {
    ...{ viewport: { width: 320, height: 640 }, colorScheme: 'dark', bypassCSP: true },
  })
  await page.getByText('Shown after its end').waitFor()
  expect(await runAxe(page)).toEqual([])
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width).toBeLessThanOrEqual(320)
})

test('nobody sees or ends the keys of somebody else', async () => {
  const before = await rows()
  const page = await dashboard.openPage()
  await page.goto(await dashboard.askForLink(page, 'other.keys@example.test'))
  await page.waitForURL('**/welcome')
  await page.goto(`${dashboard.web.origin}/developers/keys`)
  await until('a person without a creator is sent to make one', () => page.url().endsWith('/welcome'))
  expect(await page.content()).not.toContain(before[0]?.publicId ?? 'none')
  expect(await rows()).toEqual(before)
})
