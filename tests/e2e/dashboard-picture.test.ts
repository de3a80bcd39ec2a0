/** A creator's picture: chosen and taken away in the settings, asked for at the beginning, and refused in a sentence. */
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { runAxe } from '#tests/support/axe.ts'
import { type DashboardBrowser, openDashboardBrowser, PIXEL } from '#tests/support/dashboard-browser.ts'
import { until } from '#tests/support/until.ts'

let dashboard: DashboardBrowser
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const creatorOf = (handle: string) =>
  dashboard.web.database.owner.client.creator.findUniqueOrThrow({ where: { handle } })
const photo = async () => ({
  name: 'me.jpg',
  mimeType: 'image/jpeg',
  buffer: await sharp({ create: { width: 800, height: 600, channels: 3, background: '#a3552b' } })
    .jpeg()
    .toBuffer(),
})
const NO_PICTURE = { name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('not a picture') }

async function choose(page: Page, file: Awaited<ReturnType<typeof photo>>, button = /^Choose/): Promise<void> {
  const [picker] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: button }).click(),
  ])
  await picker.setFiles(file)
}

/** Whether a picture with this description was drawn, and is not only a place for one. */
const isDrawn = (page: Page, alt: string) =>
  page
    .getByRole('img', { name: alt })
    .first()
    .evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth === 320)

describe('the settings', () => {
  test('take a picture, ask what it shows, show it in the frame, and take it away again', async () => {
    const page = await dashboard.openDemo('/settings')
    expect(await page.getByLabel('What the picture shows').count()).toBe(0)
    await choose(page, await photo(), /^Choose a picture$/)
    await page.getByText('Saved. Readers see it within 2 s.').waitFor()
    await page.getByRole('button', { name: 'Choose another' }).waitFor()
    await until('the picture', () => isDrawn(page, 'Your picture'))
    const first = await creatorOf('harbor')
    expect(first.pictureDigest).toHaveLength(32)
    await page.getByLabel('What the picture shows').fill('A pier at low water')
    await page.getByRole('button', { name: 'Save' }).click()
    await until('the description', async () => (await creatorOf('harbor')).pictureAlt === 'A pier at low water')
    await page.reload()
    await until('the picture', () => isDrawn(page, 'A pier at low water'))
    expect(await page.locator('aside img').count()).toBe(1)
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Taken away.').waitFor()
    await page.getByRole('button', { name: 'Choose a picture' }).waitFor()
    expect(await page.locator('aside img').count()).toBe(0)
    expect((await creatorOf('harbor')).pictureDigest).toBeNull()
  })

  test('refuse what is no picture in a sentence beside the button, and the present one stays', async () => {
    const page = await dashboard.openDemo('/settings')
    await choose(page, await photo())
    await page.getByText('Saved. Readers see it within 2 s.').waitFor()
    const before = (await creatorOf('harbor')).pictureDigest
    await page.getByRole('button', { name: 'Choose another' }).waitFor()
    await choose(page, NO_PICTURE)
    await page.locator('#portrait-fault').getByText('Use a PNG, JPEG, GIF, WebP or AVIF picture.').waitFor()
    await choose(page, { ...NO_PICTURE, buffer: Buffer.alloc(10_000_001) })
    await page.locator('#portrait-fault').getByText('A picture has at most 10 MB.').waitFor()
    expect((await creatorOf('harbor')).pictureDigest).toEqual(before)
    await page.getByLabel('What the picture shows').fill('x'.repeat(301))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('#profile-pictureAlt-fault').getByText('Use at most 300 characters.').waitFor()
  })

  test('take none from another site and none from strangers', async () => {
    const page = await dashboard.openDemo('/settings')
    const url = `${dashboard.web.origin}/settings/picture`
    const before = (await creatorOf('harbor')).pictureDigest
    for (const headers of [
      { origin: 'http://harbor.localhost:8402' },
      { origin: dashboard.web.origin, 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await page.request.post(url, { data: PIXEL, headers })).status()).toBe(403)
      expect((await page.request.delete(url, { headers })).status()).toBe(403)
    }
    const stranger = await dashboard.openPage()
    const headers = { origin: dashboard.web.origin }
    expect((await stranger.request.post(url, { data: PIXEL, headers })).status()).toBe(401)
    expect((await stranger.request.get(url)).status()).toBe(401)
    expect((await creatorOf('harbor')).pictureDigest).toEqual(before)
  })
})

describe('the first page', () => {
  async function begin(address: string, handle: string): Promise<Page> {
    const page = await dashboard.openPage()
    await page.goto(await dashboard.askForLink(page, address))
    await page.waitForURL('**/welcome')
    await page.getByLabel('Handle').fill(handle)
    await page.getByRole('button', { name: 'Use the sample' }).click()
    await page.getByText('words free').first().waitFor()
    return page
  }

  test('takes a picture with everything else, by one press', async () => {
    const page = await begin('pictured@example.test', 'pictured')
    await choose(page, await photo())
    await page.getByRole('img', { name: 'Your picture' }).waitFor()
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('link', { name: 'Buy it yourself' }).waitFor()
    await until('the picture', async () => (await creatorOf('pictured')).pictureDigest !== null)
    expect(await page.getByText('Your picture is not there yet').count()).toBe(0)
  })

  test('is live without one, and with one that cannot be taken, which it says', async () => {
    const page = await begin('unpictured@example.test', 'unpictured')
    await choose(page, NO_PICTURE)
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('link', { name: 'Buy it yourself' }).waitFor()
    await page.getByText(/Your picture is not there yet: .*Use a PNG/).waitFor()
    expect((await creatorOf('unpictured')).pictureDigest).toBeNull()
  })
})

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([
    ['a desk', { viewport: { width: 1440, height: 900 } }],
    ['a phone', { viewport: { width: 390, height: 844 } }],
  ])('settings with picture and fault on %s are accessible and no wider than the window', async (_, look) => {
    const options = { ...look, colorScheme, reducedMotion: 'reduce', bypassCSP: true } as const
    const page = await dashboard.openDemo('/settings', options)
    await choose(page, await photo())
    await page.getByText('Saved. Readers see it within 2 s.').waitFor()
    await page.getByRole('button', { name: 'Choose another' }).waitFor()
    await choose(page, NO_PICTURE)
    await page.locator('#portrait-fault').waitFor()
    expect(await runAxe(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  })
})
