/** Publishing with its price in one act, and taking away what was published or written: by mouse, by keyboard, and refused. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { runAxe } from '#tests/support/axe.ts'
import { type DashboardBrowser, openDashboardBrowser, settleSale } from '#tests/support/dashboard-browser.ts'
import { until } from '#tests/support/until.ts'

let dashboard: DashboardBrowser
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const client = () => dashboard.web.database.owner.client
const textOf = (page: Page) => page.getByLabel('Text in Markdown')
const menuOf = (page: Page) => page.locator('summary', { hasText: 'More' })
const priceOf = (page: Page) => page.getByLabel('Price in sats')
const hasFocus = (page: Page, label: string) =>
  page.getByLabel(label).evaluate((field) => field === document.activeElement)
const pricesOf = async (resourceId: string) =>
  (await client().price.findMany({ where: { offer: { resourceId } }, orderBy: { version: 'asc' } })).map(
    ({ amountMsat }) => amountMsat,
  )

/** A draft in its editor, with a text that can be sold. */
async function write(title: string, options = {}): Promise<{ page: Page; id: string }> {
  const page = await dashboard.openDemo('/resources/new', options)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL('**/resources/res_*')
  await textOf(page).fill(`# ${title}\n\nFree words here.\n\nPaid words there.`)
  await page.getByText(/^Kept, /).waitFor()
  return { page, id: page.url().split('/').at(-1) ?? '' }
}

async function publish(title: string, sats = '250'): Promise<{ page: Page; id: string }> {
  const written = await write(title)
  await priceOf(written.page).fill(sats)
  await written.page.getByRole('button', { name: 'Publish' }).click()
  await written.page.getByText('Live. Readers see this version.').waitFor()
  await priceOf(written.page).waitFor({ state: 'detached' })
  return written
}

async function openDialog(page: Page, act: string): Promise<void> {
  await menuOf(page).click()
  await page.getByRole('button', { name: act }).click()
  await page.getByRole('dialog').waitFor()
}

describe('the publish step', () => {
  test('shows and sets the price: a first publishing with a price is one act, by keyboard too', async () => {
    const { page, id } = await write('One act')
    await page.getByText('then 3 paid').first().waitFor()
    await priceOf(page).focus()
    await page.keyboard.type('250')
    await page.getByText('then 3 for 250 sats').first().waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('Live. Readers see this version.').waitFor()
    expect(await client().resource.findFirst({ where: { id } })).toMatchObject({ publishedAt: expect.any(Date) })
    expect(await pricesOf(id)).toEqual([250_000n])
    await priceOf(page).waitFor({ state: 'detached' })
  })

  test('what is no price is refused beside the field and publishes nothing; no price at all leads to the field', async () => {
    const { page, id } = await write('Refused price')
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('Set a price first.').waitFor()
    await until('the price to have the focus', () => hasFocus(page, 'Price in sats'))
    expect(await priceOf(page).getAttribute('aria-describedby')).toBe('price-fault')
    for (const price of ['0', '1,000', 'ten']) {
      await priceOf(page).fill(price)
      await page.locator('#price-fault').waitFor()
      await page.getByRole('button', { name: 'Publish' }).click()
      await until('the price to have the focus', () => hasFocus(page, 'Price in sats'))
      expect(await priceOf(page).inputValue()).toBe(price)
    }
    expect(await client().resource.findFirst({ where: { id } })).toMatchObject({ publishedAt: null })
    expect(await pricesOf(id)).toEqual([])
    await priceOf(page).fill('100')
    await page.locator('#price-fault').waitFor({ state: 'detached' })
  })

  test('changes that readers do not see yet go out with another price, and an article without changes asks for none', async () => {
    const { page, id } = await publish('Dearer')
    await textOf(page).fill('# Dearer\n\nFree words here.\n\nMore paid words there.')
    expect(await priceOf(page).inputValue()).toBe('250')
    await priceOf(page).fill('300')
    await page.getByRole('button', { name: 'Publish changes' }).click()
    await page.getByText('Live. Readers see this version.').waitFor()
    expect(await pricesOf(id)).toEqual([250_000n, 300_000n])
  })
})

describe('an article', () => {
  test('is deleted when the number of people who lose it is typed, and only then; its sale stays', async () => {
    const { page, id } = await publish('Bought once')
    await settleSale(dashboard.web, 'Bought once', 250_000n)
    await openDialog(page, 'Delete this article')
    const dialog = page.getByRole('dialog', { name: 'Delete Bought once' })
    await dialog.getByText('1 person bought this. They lose it for good.').waitFor()
    await dialog.getByText('Sales, prices and money stay in your books.').waitFor()
    for (const typed of ['', '2']) {
      await dialog.getByLabel('Type 1 to delete').fill(typed)
      await dialog.getByRole('button', { name: 'Delete for good' }).click()
      await dialog.getByText('Type 1, and nothing else.').waitFor()
      expect(await client().resource.findFirst({ where: { id } })).toMatchObject({ deletedAt: null })
    }
    await dialog.getByLabel('Type 1 to delete').fill('1')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/resources?done=deleted')
    await page.getByText('Deleted. Its address says so within 2 s.').waitFor()
    expect(await page.getByText('Bought once').count()).toBe(0)
    expect(await client().resource.findFirst({ where: { id } })).toMatchObject({ deletedAt: expect.any(Date) })
    expect(await client().settlement.count({ where: { resourceId: id } })).toBe(1)
    const gone = await page.request.get(`${dashboard.web.origin}/resources/${id}`)
    expect(gone.status()).toBe(404)
    await page.goto(`${dashboard.web.origin}/overview`)
    await page.getByText('Bought once (deleted)').waitFor()
  })

  test('that is bought while the question stands is not deleted: the new number is asked for', async () => {
    const { page, id } = await publish('Bought meanwhile')
    await openDialog(page, 'Delete this article')
    await page.getByText('Nobody has bought this yet.').waitFor()
    await settleSale(dashboard.web, 'Bought meanwhile', 250_000n)
    await page.getByLabel('Type 6 to delete').fill('6')
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('It changed in this moment, so nothing was deleted.').waitFor()
    await page.getByText('1 person bought this.').waitFor()
    expect(await page.getByLabel('Type 1 to delete').inputValue()).toBe('')
    expect(await client().resource.findFirst({ where: { id } })).toMatchObject({ deletedAt: null })
  })

  test('is paused instead from the same place, and kept by Escape with the focus where it was', async () => {
    const { page, id } = await publish('Kept after all')
    await menuOf(page).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.getByText('Nobody has bought this yet.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('More')
    await openDialog(page, 'Delete this article')
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    expect(await client().resource.findFirst({ where: { id } })).toMatchObject({
      pausedAt: expect.any(Date),
      deletedAt: null,
    })
  })

  test('cannot be counted or deleted while the database is silent, and says that nothing was', async () => {
    const { page, id } = await publish('Silent')
    dashboard.web.databaseDoor.cut()
    try {
      await openDialog(page, 'Delete this article')
      await page.getByText('Nothing was deleted.').waitFor()
    } finally {
      dashboard.web.databaseDoor.heal()
    }
    const counted = page.getByText('Nobody has bought this yet.')
    await until('the count', async () => {
      // The button is gone as soon as the count is there, which may be later than a try has waited for it.
      if (await counted.isVisible()) return true
      await page.getByRole('button', { name: 'Try again' }).click({ timeout: 1_000 })
      return counted.waitFor({ timeout: 3_000 }).then(() => true)
    })
    expect(await client().resource.findFirst({ where: { id } })).toMatchObject({ deletedAt: null })
  })
})

describe('a draft', () => {
  test('is thrown away when the number of its words is typed, and leaves nothing', async () => {
    const { page, id } = await write('Thrown away')
    await openDialog(page, 'Throw this draft away')
    await page.getByText('Lost for good: 6 words. Nobody but you has seen them.').waitFor()
    await page.getByRole('button', { name: 'Throw away', exact: true }).click()
    await page.getByText('Type 6, and nothing else.').waitFor()
    await page.getByLabel('Type 6 to throw it away').fill('6')
    await page.getByRole('button', { name: 'Throw away', exact: true }).click()
    await page.waitForURL('**/resources?done=thrown-away')
    await page.getByText('The draft is thrown away.').waitFor()
    expect(await client().resource.findFirst({ where: { id } })).toBeNull()
  })

  test('that is empty goes by one press', async () => {
    const page = await dashboard.openDemo('/resources/new')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL('**/resources/res_*')
    await openDialog(page, 'Throw this draft away')
    await page.getByText('Nothing is written in it.').waitFor()
    await page.getByRole('button', { name: 'Throw away', exact: true }).click()
    await page.waitForURL('**/resources?done=thrown-away')
  })

  test('that is one too many is refused where it would begin, with what helps', async () => {
    const { id: creatorId } = await client().creator.findUniqueOrThrow({ where: { handle: 'harbor' } })
    await client().$executeRaw`insert into resource (creator_id, id, kind, slug, title)
      select ${creatorId}, 'res_draft' || n, 'article', 'draft-' || n, '' from generate_series(1, 1000) as n`
    try {
      const page = await dashboard.openDemo('/resources/new')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByText(/You have 1,000 drafts that were never published.*throw one away/).waitFor()
    } finally {
      await client().$executeRaw`delete from resource where id like 'res_draft%'`
    }
  })
})

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([
    ['a desk', { viewport: { width: 1440, height: 900 } }],
    ['a phone', { viewport: { width: 390, height: 844 } }],
  ])('publish step, menu and dialogs on %s are accessible and no wider than the window', async (_, look) => {
    const options = { ...look, colorScheme, reducedMotion: 'reduce', bypassCSP: true } as const
    const { page } = await write('A title of some length that goes on', options)
    const check = async () => {
      expect(await runAxe(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    }
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.locator('#price-fault').waitFor()
    await check()
    await menuOf(page).click()
    await check()
    await page.getByRole('button', { name: 'Throw this draft away' }).click()
    await page.getByLabel('Type 6 to throw it away').waitFor()
    await page.getByRole('button', { name: 'Throw away', exact: true }).click()
    await page.locator('#typed-fault').waitFor()
    await check()
    await page.keyboard.press('Escape')
    await page.goto(`${dashboard.web.origin}/resources?done=deleted`)
    await page.getByText('Deleted. Its address').waitFor()
    await check()
  })
})
