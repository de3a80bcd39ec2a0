/** Writing in a real browser: what is seen beside the text, what readers do not see yet, and what may never lie over the caret. */
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { runAxe } from '#tests/support/axe.ts'
import { type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'
import { until } from '#tests/support/until.ts'

let dashboard: DashboardBrowser
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const PHONE = { viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true } as const
const openEditor = async (title: string, options = {}) =>
  dashboard.openDemo(`/resources/${await dashboard.idOf(title)}`, options)
const textOf = (page: Page) => page.getByLabel('Text in Markdown')
const rowOf = (where: { id: string }) => dashboard.web.database.owner.client.resource.findFirstOrThrow({ where })

async function importFile(page: Page, name: string, bytes: Buffer): Promise<void> {
  await page
    .getByLabel(/first heading or its front matter/)
    .setInputFiles({ name, mimeType: 'text/markdown', buffer: bytes })
  await page.getByRole('button', { name: 'Import' }).click()
}

describe('the size of the editor', () => {
  test('its scripts are at most 170 KB compressed until somebody writes', async () => {
    const page = await dashboard.openDemo('/resources')
    const sizes = new Map<string, number>()
    page.on('response', async (response) => {
      if (!/\.js(\?|$)/.test(response.url())) return
      const body = await response.body().catch(() => Buffer.alloc(0))
      sizes.set(response.url(), gzipSync(body).length)
    })
    await page.goto(`${dashboard.web.origin}/resources/${await dashboard.idOf('Tides')}`)
    await page.getByRole('slider').waitFor()
    await page.waitForLoadState('networkidle')
    expect(sizes.size).toBeGreaterThan(5)
    expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(170_000)
  })
})

describe('the caret', () => {
  test.each([
    ['a desk', { viewport: { width: 1440, height: 700 } }],
    ['a phone', PHONE],
  ])('is never behind a bar on %s, wherever it goes', async (_, options) => {
    const page = await openEditor('Tides', options)
    const text = textOf(page)
    await text.focus()
    const isCovered = () =>
      page.evaluate(() => {
        const field = document.querySelector('textarea')
        const mirror = field?.previousElementSibling
        if (!(field && mirror)) return true
        const row = mirror.children[field.value.slice(0, field.selectionStart).split('\n').length - 1]
        const box = row?.getBoundingClientRect()
        const top = document.querySelector('[data-bar="top"]')?.getBoundingClientRect().bottom ?? 0
        const bottom = document.querySelector('[data-bar="bottom"]')?.getBoundingClientRect().top ?? 0
        return box === undefined || box.top < top || box.bottom > bottom
      })
    await text.press('ControlOrMeta+End')
    await page.keyboard.insertText(`\n\n${'A short line\n'.repeat(40)}And the last`)
    await until('the last line to be in sight', async () => !(await isCovered()))
    for (let n = 0; n < 36; n += 1) {
      await text.press('ArrowUp')
      await until('the line above to be in sight', async () => !(await isCovered()))
    }
    await text.press('ControlOrMeta+Home')
    await until('the first line to be in sight', async () => !(await isCovered()))
  })
})

describe('unpublished changes', () => {
  test('are said, keep their place out of title and page until they are published, and can be thrown away', async () => {
    const id = await dashboard.idOf('Storms')
    const page = await openEditor('Storms')
    const text = textOf(page)
    const before = await text.inputValue()
    await text.fill(before.replace('# Storms', '# Gales'))
    await page.getByText('Live, with changes readers do not see yet').waitFor()
    await page.getByText(/^Kept, /).waitFor()
    await page.goto(`${dashboard.web.origin}/resources`)
    await page.getByRole('link', { name: 'Storms' }).first().waitFor()
    await page.getByText(', changed').first().waitFor()
    await page.goto(`${dashboard.web.origin}/resources/${id}`)
    await page.getByRole('heading', { name: 'Storms' }).waitFor()
    await page.getByRole('button', { name: 'Discard' }).click()
    expect(await text.inputValue()).toBe(before)
    await page.getByText('A version of this article is set aside').waitFor()
    await page.getByText('with changes readers do not see yet').waitFor({ state: 'detached' })
    await text.fill(before.replace('# Storms', '# Gales'))
    await page.getByRole('button', { name: 'Publish changes' }).click()
    await page.getByText('Live. Readers see this version.').waitFor()
    await page.getByRole('heading', { name: 'Gales' }).waitFor()
    await page.getByText('with changes readers do not see yet').waitFor({ state: 'detached' })
    expect((await rowOf({ id })).title).toBe('Gales')
  })

  test('a version published before is brought back as a draft, and what stood there is set aside', async () => {
    const page = await openEditor('Reading fog')
    const text = textOf(page)
    const first = await text.inputValue()
    await text.fill(`${first}\n\nA second thought.`)
    await page.getByRole('button', { name: 'Publish changes' }).click()
    await page.getByText('Live. Readers see this version.').waitFor()
    await page.getByRole('button', { name: 'Title and card' }).click()
    await page.getByRole('button', { name: /^Bring back/ }).click()
    await until('the first version', async () => (await text.inputValue()) === first)
    await page.getByText('Live, with changes readers do not see yet').waitFor()
    await page.getByText('A version of this article is set aside').click()
    expect(await page.getByLabel('Version set aside').inputValue()).toContain('A second thought.')
    await page.getByText(/^Kept, /).waitFor()
  })

  test('an empty article that is published says what is missing, and the caret is where it is missing', async () => {
    const page = await dashboard.openDemo('/resources/new')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL('**/resources/res_*')
    const text = textOf(page)
    await until('the text to have the focus', () => text.evaluate((field) => field === document.activeElement))
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('Give the article a title.').waitFor()
    await page.getByText('Set a price first.').waitFor()
    expect(await text.getAttribute('aria-invalid')).toBe('true')
    expect(await text.evaluate((field) => field === document.activeElement)).toBe(true)
  })
})

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([
    ['a desk', { viewport: { width: 1440, height: 900 } }],
    ['a phone', { viewport: { width: 390, height: 844 } }],
  ])('what is said beside the text on %s is accessible and no wider than the window', async (_, look) => {
    const page = await openEditor('Tides', { ...look, colorScheme, reducedMotion: 'reduce', bypassCSP: true })
    await textOf(page).fill('# Tides\n\n<script>x</script> and ![sea](https://b.example/x.png)\n\nPaid.')
    await page.getByText('with changes readers do not see yet').waitFor()
    await page.getByRole('button', { name: 'Title and card' }).click()
    const opener = page.getByRole('button', { name: 'Preview' })
    if (await opener.isVisible()) await opener.click()
    await page.getByText('The page leaves this out').waitFor()
    expect(await runAxe(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  })
})

describe('title and card', () => {
  test('close on Escape, and an address that is changed leads from the old one', async () => {
    const id = await dashboard.idOf('Reading fog')
    const page = await openEditor('Reading fog')
    const opener = page.getByRole('button', { name: 'Title and card' })
    await opener.click()
    await page.getByLabel('Address', { exact: true }).focus()
    await page.keyboard.press('Escape')
    expect(await opener.getAttribute('aria-expanded')).toBe('false')
    expect(await opener.evaluate((button) => button === document.activeElement)).toBe(true)
    await opener.click()
    await page.getByLabel('Address', { exact: true }).fill('fog')
    await page.getByLabel('Language').selectOption('de')
    await page.getByText(/^Kept, /).waitFor()
    expect((await rowOf({ id })).slug).toBe('fog')
    const moved = await dashboard.web.database.owner.client.resourceAddress.findMany({ where: { resourceId: id } })
    expect(moved.map(({ slug }) => slug)).toEqual(['reading-fog'])
  })
})

describe('a file from elsewhere', () => {
  test('arrives with title, lead and language, and opens at once when nothing is to be said', async () => {
    const page = await dashboard.openDemo('/resources/new')
    const file = '---\ntitle: Von Fluten\ndescription: Zwei Uhren.\nlang: de\nslug: fluten\n---\n\nText.\n\nMehr.\n'
    await importFile(page, 'fluten.md', Buffer.from(file))
    await page.waitForURL('**/resources/res_*')
    expect(await textOf(page).inputValue()).toBe('# Von Fluten\n\nText.\n\nMehr.')
    await page.getByRole('button', { name: 'Title and card' }).click()
    expect(await page.getByLabel('Lead').inputValue()).toBe('Zwei Uhren.')
    expect(await page.getByLabel('Language').inputValue()).toBe('de')
    expect(await page.getByLabel('Address', { exact: true }).inputValue()).toBe('fluten')
  })

  test('of a newcomer keeps its letters too, and one that is no text is refused beside the field', async () => {
    const page = await dashboard.openPage()
    await page.goto(await dashboard.askForLink(page, 'newcomer-file@example.test'))
    const picker = page.locator('input[type=file]')
    const file = (buffer: Buffer) => ({ name: 'first.md', mimeType: 'text/markdown', buffer })
    await picker.setInputFiles(file(Buffer.from('Über Köln\n=========\n\nSchöne Grüße aus der Straße.\n', 'latin1')))
    await until('the text with its letters', async () => (await textOf(page).inputValue()).startsWith('# Über Köln'))
    await picker.setInputFiles(file(Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0xff, 0xd8])))
    await page.getByText(/Save it as UTF-8 text/).waitFor()
    expect(await textOf(page).inputValue()).toContain('Schöne Grüße')
  })

  test('in another encoding says so before it is opened; one that is no text is refused', async () => {
    const page = await dashboard.openDemo('/resources/new')
    await importFile(page, 'picture.md', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]))
    await page.getByText(/This file is not a text|cannot be told|is not text/).waitFor()
    const latin = Buffer.from(
      '# Über Köln\n\nSchöne Grüße aus der Straße, naïve Mädchen.\n\n![a](https://b.example/a.png)\n',
      'latin1',
    )
    await importFile(page, 'latin.md', latin)
    await page.getByText(/The file was in .* and is now UTF-8/).waitFor()
    await page.getByText('One picture lies elsewhere').waitFor()
    await page.getByRole('link', { name: 'Open the draft' }).click()
    await page.waitForURL('**/resources/res_*')
    expect(await textOf(page).inputValue()).toContain('# Über Köln')
  })
})
