/** Every page of the dashboard, light and dark, from the smallest phone on: accessible, and no wider than its window. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { addRefusals } from '#lib/paywall/usage/refusal-store.ts'
import { addUpstreams } from '#lib/paywall/usage/upstream-store.ts'
import { runAxe } from '#tests/support/axe.ts'
import { bookSale, type DashboardBrowser, openDashboardBrowser, settleSale } from '#tests/support/dashboard-browser.ts'

let dashboard: DashboardBrowser

beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const looks = [320, 390, 1440].flatMap((width) => (['light', 'dark'] as const).map((theme) => ({ width, theme })))

test.each(looks)('pages have nothing for axe to complain about at $width px, $theme', async ({ width, theme }) => {
  const options = {
    viewport: { width, height: 900 },
    colorScheme: theme,
    reducedMotion: 'reduce',
    bypassCSP: true,
  } as const
  const found: string[] = []
  const note = async (page: Page, name: string) => {
    found.push(...(await runAxe(page)).map((text) => `${name}: ${text}`))
    const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (excess > 0) found.push(`${name} is ${excess} px too wide`)
  }
  const newcomer = await dashboard.openPage(options)
  for (const path of ['/', '/sign-in', '/sign-in?error=OtherBrowser', '/sign-in/sent?error=Code', '/nothing-here']) {
    await newcomer.goto(dashboard.web.origin + path)
    await note(newcomer, path)
  }
  await newcomer.goto(await dashboard.askForLink(newcomer, `look-${width}-${theme}@example.test`))
  await newcomer.getByRole('button', { name: 'Use the sample' }).click()
  await newcomer.getByRole('slider', { name: 'Where the free part ends' }).waitFor()
  await note(newcomer, '/welcome')
  await settleSale(dashboard.web, 'Tides', 210_000n)
  const id = await dashboard.idOf('Tides')
  await fillTabs(dashboard, id)
  const creator = await dashboard.openDemo('/money', options)
  await creator.locator('h1').first().waitFor()
  await note(creator, '/money without a line')
  await bookSale(dashboard.web, 'Tides', { amountMsat: 180_400n, feeMsat: 1_804n })
  await creator.goto(`${dashboard.web.origin}/overview`)
  await creator.getByRole('heading', { name: 'Now' }).waitFor()
  await note(creator, '/overview')
  for (const path of [
    '/resources',
    '/resources/new',
    `/resources/${id}`,
    `/resources/${id}/price`,
    '/developers/keys',
    `/resources/${id}/access`,
    `/resources/${id}/activity`,
    '/sales',
    '/money',
    '/money/statement',
    '/money/statement?moves=1',
    '/settings',
    '/nothing-here',
    '/mailbox',
  ]) {
    await creator.goto(dashboard.web.origin + path)
    // Until the list has come, its boxes stand there without a heading.
    await creator.locator('h1').first().waitFor()
    await note(creator, path)
  }
  expect(found).toEqual([])
})

/** Something to see in each tab. */
async function fillTabs({ web }: DashboardBrowser, resourceId: string): Promise<void> {
  const { client } = web.database.owner
  const { creatorId } = await client.resource.findFirstOrThrow({ where: { id: resourceId } })
  const day = new Date()
  const counted = { creatorId, resourceId, day }
  await addRefusals(client, [
    { ...counted, reason: 'l402.caveat_refused', detail: 'method', count: 3 },
    { ...counted, reason: 'l402.expired', detail: 'expired', count: 40 },
  ])
  const slots = [0, 0, 0, 0, 5, 9, 3]
  await addUpstreams(client, [{ ...counted, calls: 19, unreachable: 1, timeouts: 1, failed: 2, slots }])
  const blocks = [{ network: '2001:db8::/32' }, { token: Buffer.alloc(16, 7), note: 'Asks for everything, all day.' }]
  for (const [n, block] of blocks.entries())
    await client.blocked.upsert({
      where: { creatorId_id: { creatorId, id: `blk_${'0'.repeat(25)}${n}` } },
      create: { creatorId, id: `blk_${'0'.repeat(25)}${n}`, ...block },
      update: {},
    })
}
