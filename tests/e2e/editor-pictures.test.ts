/** Pictures that lie on other servers, in a real browser: offered, fetched by the jobs, and then the article's own. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { createEgress, type Egress } from '#lib/egress/egress.ts'
import { fetchPictures } from '#lib/paywall/resources/article/fetch-pictures.ts'
import { runAxe } from '#tests/support/axe.ts'
import { type DashboardBrowser, openDashboardBrowser, PIXEL } from '#tests/support/dashboard-browser.ts'
import { allowing } from '#tests/support/egress.ts'
import { testPictures } from '#tests/support/renderer.ts'
import { until } from '#tests/support/until.ts'

let dashboard: DashboardBrowser
let elsewhere: Server
let origin: string
let egress: Egress
beforeAll(async () => {
  elsewhere = createServer((req, res) => {
    const isThere = req.url?.startsWith('/there') === true
    res
      .writeHead(isThere ? 200 : 404, { 'content-type': isThere ? 'image/png' : 'text/html' })
      .end(isThere ? PIXEL : '')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
  origin = `http://${host}`
  egress = createEgress({ allow: allowing(host) })
  dashboard = await openDashboardBrowser()
})
afterAll(async () => {
  await egress?.close()
  await dashboard?.close()
  await new Promise((resolve) => elsewhere?.close(resolve))
})
// The pages ask nothing of the other server: a request there would be a complaint.
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

/** What the workers do every two seconds. */
const runJob = () =>
  fetchPictures(
    {
      ...{ db: dashboard.web.database.jobs, clock: systemClock, egress, pictures: testPictures },
      content: { blobs: createBlobFolder(dashboard.web.contentUrl) },
    },
    new AbortController().signal,
  )
const textOf = (page: Page) => page.getByLabel('Text in Markdown')

test('a picture elsewhere is fetched on a click, stands in the text as the article’s own, and one that is not there is told', async () => {
  const page = await dashboard.openDemo(`/resources/${await dashboard.idOf('Storms')}`)
  const text = textOf(page)
  await text.fill(
    `# Storms\n\nOne.\n\n![A pixel](${origin}/there.png "t")\n\n![Gone](${origin}/gone.png)\n\nTwo.\n\nThree.`,
  )
  await page.getByText('2 pictures lie on another server').waitFor()
  await page.getByRole('button', { name: 'Fetch these 2 pictures' }).click()
  await page.getByText('Fetching, 2 to go …').waitFor()
  await until('both to come to their end', async () => (await runJob()) === 2)
  await until('the text to name its own picture', async () =>
    /!\[A pixel\]\(image:[0-9a-f]{64} "t"\)/.test(await text.inputValue()),
  )
  expect(await text.inputValue()).toContain(`![Gone](${origin}/gone.png)`)
  await page.getByText(`${origin}/gone.png: The server has no picture at this address: it answered 404.`).waitFor()
  const shown = page.getByRole('img', { name: 'A pixel' })
  await until('the picture to be drawn', () => shown.evaluate((img: HTMLImageElement) => img.naturalWidth === 1))
  await page.getByRole('button', { name: 'Fetch this picture' }).waitFor()
  await page.getByText(/^Kept, /).waitFor()
  await page.reload()
  await page.getByRole('img', { name: 'A pixel' }).waitFor()
  expect(await text.inputValue()).toMatch(/!\[A pixel\]\(image:[0-9a-f]{64} "t"\)/)
})

test('what is written while pictures are on their way stays written', async () => {
  const page = await dashboard.openDemo(`/resources/${await dashboard.idOf('Reading fog')}`)
  const text = textOf(page)
  await text.fill(`# Fog\n\nOne.\n\n![A pixel](${origin}/there.png)\n\nTwo.`)
  await page.getByRole('button', { name: 'Fetch this picture' }).click()
  await page.getByText('Fetching, 1 to go …').waitFor()
  await text.press('ControlOrMeta+End')
  await page.keyboard.insertText('\n\nWritten meanwhile.')
  await until('it to come to its end', async () => (await runJob()) === 1)
  await until('the text to name its own picture', async () => /\(image:[0-9a-f]{64}\)/.test(await text.inputValue()))
  expect(await text.inputValue()).toMatch(/Two\.\n\nWritten meanwhile\.$/)
})

test.each(['light', 'dark'] as const)(
  'the offer has nothing for axe to complain about and fits a phone, %s',
  async (theme) => {
    for (const width of [390, 1440]) {
      const options = {
        viewport: { width, height: 900 },
        colorScheme: theme,
        reducedMotion: 'reduce',
        bypassCSP: true,
      } as const
      const page = await dashboard.openDemo(`/resources/${await dashboard.idOf('Tides')}`, options)
      await textOf(page).fill(`# Tides\n\nOne.\n\n![Gone](${origin}/${'long'.repeat(40)}.png)\n\nTwo.`)
      await page.getByRole('button', { name: 'Fetch this picture' }).click()
      await until('it to come to its end', async () => (await runJob()) === 1)
      await page.getByRole('list', { name: 'Not fetched' }).waitFor()
      expect(await runAxe(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/fetch-${width}-${theme}.png`, fullPage: true })
    }
  },
)
