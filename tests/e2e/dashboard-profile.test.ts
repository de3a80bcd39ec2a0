/** What is said of a creator: asked once, changed in the settings, and never the name of a mailbox. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DashboardBrowser, openDashboardBrowser, settleSale } from '#tests/support/dashboard-browser.ts'

let dashboard: DashboardBrowser
let web: DashboardBrowser['web']

beforeAll(async () => {
  dashboard = await openDashboardBrowser()
  web = dashboard.web
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const creatorOf = (handle: string) => web.database.owner.client.creator.findUniqueOrThrow({ where: { handle } })

describe('the first page', () => {
  test('asks for the name over the page, never proposes that of the mailbox, and keeps language and zone of the browser', async () => {
    const page = await dashboard.openPage({ locale: 'nb-NO', timezoneId: 'Europe/Oslo' })
    await page.goto(await dashboard.askForLink(page, 'ingrid.private@example.test'))
    await page.waitForURL('**/welcome')
    expect(await page.getByLabel('Handle').inputValue()).toBe('')
    expect(await page.getByLabel('Name over your page').inputValue()).toBe('')
    expect(await page.content()).not.toContain('ingrid')
    await page.getByLabel('Handle').fill('north-wind')
    expect(await page.getByLabel('Name over your page').inputValue()).toBe('North Wind')
    await page.getByLabel('Name over your page').fill('Nordavind')
    await page.getByRole('button', { name: 'Use the sample' }).click()
    await page.getByText('words free').first().waitFor()
    await page.reload()
    await page.getByText('words free').first().waitFor()
    expect(await page.getByLabel('Name over your page').inputValue()).toBe('Nordavind')
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('link', { name: 'Buy it yourself' }).waitFor()
    expect(await creatorOf('north-wind')).toMatchObject({
      name: 'Nordavind',
      language: 'nb-NO',
      timeZone: 'Europe/Oslo',
    })
  })

  test('marks a handle and a name that are missing, and makes nothing', async () => {
    const page = await dashboard.openPage()
    await page.goto(await dashboard.askForLink(page, 'nameless@example.test'))
    await page.waitForURL('**/welcome')
    const before = await web.database.owner.client.creator.count()
    await page.getByRole('button', { name: 'Use the sample' }).click()
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('Choose a handle').waitFor()
    await page.getByText('Choose a name').waitFor()
    expect(await web.database.owner.client.creator.count()).toBe(before)
  })

  test('published in two windows at once makes one creator, and both lead to it', async () => {
    const first = await dashboard.openPage()
    await first.goto(await dashboard.askForLink(first, 'hasty@example.test'))
    await first.waitForURL('**/welcome')
    const second = await first.context().newPage()
    await second.goto(`${web.origin}/welcome`)
    for (const [n, page] of [first, second].entries()) {
      await page.getByLabel('Handle').fill(`hasty-${n}`)
      await page.getByRole('button', { name: 'Use the sample' }).click()
      await page.getByText('words free').first().waitFor()
    }
    await Promise.all([first, second].map((page) => page.getByRole('button', { name: 'Publish' }).click()))
    const links = await Promise.all(
      [first, second].map((page) => page.getByRole('link', { name: 'Buy it yourself' }).getAttribute('href')),
    )
    const [creator, ...others] = await web.database.owner.client.creator.findMany({
      where: { members: { some: { user: { email: 'hasty@example.test' } } } },
    })
    expect(others).toEqual([])
    for (const link of links) expect(new URL(link ?? '').hostname).toBe(`${creator?.handle}.localhost`)
  })
})

describe('the settings', () => {
  test('change what readers are told, and say beside each field what cannot be', async () => {
    const page = await dashboard.openDemo('/overview')
    await page.getByRole('link', { name: 'Settings' }).first().click()
    await page.waitForURL('**/settings')
    await page.getByLabel('Name', { exact: true }).fill(' ')
    await page.getByLabel('Byline').fill('x'.repeat(121))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Not saved: see the marked fields.').waitFor()
    await page.getByText('Choose a name').waitFor()
    await page.getByText('Use at most 120 characters.').waitFor()
    expect((await creatorOf('harbor')).name).not.toBe(' ')
    await page.getByLabel('Name', { exact: true }).fill('Harbor, renamed')
    await page.getByLabel('Byline').fill('Ingrid Rask')
    await page.getByLabel('About').fill('About the sea.\n\nAnd the harbor.')
    await page.getByLabel('Language').selectOption('nb')
    await page.getByLabel('Time zone').selectOption('Europe/Oslo')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved. Readers see it within 2 s.').waitFor()
    expect(await creatorOf('harbor')).toMatchObject({
      name: 'Harbor, renamed',
      byline: 'Ingrid Rask',
      about: 'About the sea.\n\nAnd the harbor.',
      language: 'nb',
      timeZone: 'Europe/Oslo',
    })
    await page.locator('aside').getByText('Harbor, renamed').waitFor()
    await page.reload()
    expect(await page.getByLabel('Language').inputValue()).toBe('nb')
  })
})

describe('the overview', () => {
  test("counts the creator's own days and names their zone; another creator's stay as they are", async () => {
    await settleSale(web, 'Tides', 210_000n)
    await web.database.owner.client.creator.update({
      where: { handle: 'harbor' },
      data: { timeZone: 'Pacific/Kiritimati' },
    })
    const page = await dashboard.openDemo('/overview')
    await page.getByText('days in Pacific/Kiritimati').waitFor()
    const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Pacific/Kiritimati' })
    const sold = await web.database.owner.client.settlement.findFirstOrThrow({ orderBy: { settledAt: 'desc' } })
    await page.locator('section[aria-labelledby="now-title"]').getByText(clock.format(sold.settledAt)).waitFor()
    const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'Pacific/Kiritimati' })
    await page.locator('summary', { hasText: ` to ${day.format(new Date())}` }).waitFor()
  })
})

describe('fonts', () => {
  test('of the pages that strangers meet are loaded only where they are shown', async () => {
    for (const path of ['/', '/sign-in', '/nothing-here']) {
      const page = await dashboard.openPage()
      const loaded = new Set<string>()
      page.on('request', (sent) => {
        const name = /(instrument-sans|source-serif-4|jetbrains-mono)/.exec(sent.url())?.[1]
        if (name !== undefined) loaded.add(name)
      })
      await page.goto(web.origin + path, { waitUntil: 'networkidle' })
      const shown = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('body *')]
          .filter((element) => element.checkVisibility() && (element.textContent ?? '') !== '')
          .map((element) => getComputedStyle(element).fontFamily.toLowerCase().replaceAll(' ', '-')),
      )
      for (const name of loaded)
        expect([path, name, shown.some((family) => family.includes(name))]).toEqual([path, name, true])
    }
  })
})

describe('whoever is signed in', () => {
  test('is known on the landing page; a stranger is shown the way in', async () => {
    const [stranger, creator] = [await dashboard.openPage(), await dashboard.openDemo('/')]
    await stranger.goto(`${web.origin}/`)
    await stranger.getByRole('link', { name: 'Publish something' }).waitFor()
    expect(await stranger.getByRole('link', { name: 'Sign in' }).count()).toBe(1)
    await creator.getByRole('link', { name: 'Open your dashboard' }).waitFor()
    expect(await creator.getByRole('link', { name: 'Sign in' }).count()).toBe(0)
  })

  test('keeps the frame at an address that is not there; a stranger sees none of it', async () => {
    const [stranger, creator] = [await dashboard.openPage(), await dashboard.openDemo('/overview')]
    for (const path of ['/nothing-here', '/resources/res_nothing', '/settings/nothing']) {
      const answer = await creator.goto(web.origin + path)
      expect(answer?.status()).toBe(404)
      await creator.getByRole('heading', { name: 'There is nothing here' }).waitFor()
      expect(await creator.getByRole('navigation', { name: 'Dashboard' }).first().isVisible()).toBe(true)
    }
    expect((await stranger.goto(`${web.origin}/nothing-here`))?.status()).toBe(404)
    await stranger.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    expect(await stranger.getByRole('navigation', { name: 'Dashboard' }).count()).toBe(0)
  })
})
