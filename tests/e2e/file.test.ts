/** A file's journey at a whole running copy: uploaded with an interruption, put on sale, bought, played, downloaded. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runAxe } from '#tests/support/axe.ts'
import { openBrowser } from '#tests/support/browser.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { type RunFile, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'
import { awaitScripts } from '#tests/support/taken-over.ts'
import { until } from '#tests/support/until.ts'

/** Three pieces of an upload. */
const BYTES = randomBytes(20 * 1024 * 1024)
const SHA256 = createHash('sha256').update(BYTES).digest('hex')

let dataDir: string
let copy: RunningCopy
let run: RunFile
let browser: Browser
let creator: Page
let fileUrl: string

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'satstile-file-'))
  await writeFile(path.join(dataDir, 'Low_water.bin'), BYTES)
  ;[copy, browser] = await Promise.all([startCopy({ dataDir: path.join(dataDir, 'copy') }), openBrowser()])
  run = (await copy.read()) as RunFile
})
afterAll(async () => {
  await browser?.close()
  await copy?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function openContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, bypassCSP: true, ...options })
  context.setDefaultTimeout(15_000)
  awaitScripts(context)
  return context
}

const choose = (page: Page, label = 'File') =>
  page.getByLabel(label, { exact: true }).and(page.locator('input')).setInputFiles(path.join(dataDir, 'Low_water.bin'))

describe('a seller', () => {
  test('begins an upload that is broken off, and goes on where it stopped after the page was closed', async () => {
    creator = await (await openContext()).newPage()
    await creator.goto(run.signIn)
    await creator.goto(`${run.app}/resources/new`)
    await creator.getByRole('link', { name: 'New file' }).click()
    await creator.getByRole('heading', { name: 'New file' }).waitFor()
    expect(await creator.getByRole('button', { name: /^Put on sale/ }).isDisabled()).toBe(true)
    const first = await breakAfter(creator, 1)
    await choose(creator)
    await until('the second piece was cut off', () => first.cut > 0)
    await creator.getByRole('progressbar').waitFor()
    await creator.close({ runBeforeUnload: false })
  })

  test('pauses and goes on, and sees that what came is what was sent', async () => {
    const context = await openContext()
    creator = await context.newPage()
    await creator.goto(run.signIn)
    await creator.goto(`${run.app}/resources/new/file`)
    const held = await holdAfter(creator, 1)
    await choose(creator)
    await until('a piece is under way', () => held.waiting())
    await creator.getByRole('button', { name: 'Pause' }).click()
    await creator.getByText('Paused. What came is kept for a day.').waitFor()
    await held.release()
    // The page is closed with a part at the server; the same file chosen again goes on behind it.
    await creator.reload()
    const offsets: number[] = []
    creator.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']))
    })
    await choose(creator)
    await creator.getByText('All of it is here, and the checksum is right.').waitFor()
    expect(offsets[0]).toBeGreaterThan(0)
    expect(await creator.getByText(`SHA-256 ${SHA256}`).count()).toBe(1)
  })

  test('puts it on sale in the same step, and hears that parts of it can be read', async () => {
    expect(await creator.getByLabel('Title').inputValue()).toBe('Low water')
    await creator.getByLabel('Price in sats').fill('1,000')
    await creator.getByText('Write the price without separators: 1200, not 1,200.').waitFor()
    await creator.getByLabel('Price in sats').fill('120')
    await creator.getByRole('button', { name: 'Put on sale for 120 sats' }).click()
    await creator.waitForURL(/\/resources\/res_/)
    await creator.getByRole('button', { name: 'Check ranges' }).click()
    await creator.getByText(/^Ranges work: bytes 0–1 in \d+ ms\.$/).waitFor()
    fileUrl = (await creator.getByRole('link', { name: 'View as reader' }).getAttribute('href')) ?? ''
    expect(fileUrl).toMatch(/^http:\/\/harbor\.localhost:\d+\/low-water$/)
    await until('the file is on sale', async () => (await localFetch(fileUrl)).status === 402)
    await creator.getByRole('link', { name: 'Price', exact: true }).click()
    await creator.getByText('sats opens this file.').waitFor()
  })
})

describe('a reader', () => {
  test('buys it, downloads it whole, and finds it open again', async () => {
    const reader = await (await openContext()).newPage()
    await reader.goto(fileUrl)
    expect(await reader.content()).not.toContain('/download')
    await reader.getByRole('button', { name: 'Unlock for 120 sats' }).click()
    await reader.getByRole('button', { name: 'Pay with demo wallet' }).click()
    const link = reader.getByRole('link', { name: /^Download/ })
    await link.waitFor()
    await reader.reload()
    const [download] = await Promise.all([reader.waitForEvent('download'), link.click()])
    expect(download.suggestedFilename()).toBe('Low_water.bin')
    expect(
      createHash('sha256')
        .update(await readFile(await download.path()))
        .digest('hex'),
    ).toBe(SHA256)
  })

  test('without the credential gets a ticket and not one byte', async () => {
    expect((await localFetch(`${fileUrl}/download`, { headers: { range: 'bytes=0-1' } })).status).toBe(402)
    const other = await (await openContext()).newPage()
    await other.goto(`${fileUrl}/download`)
    await other.getByRole('button', { name: 'Unlock for 120 sats' }).waitFor()
  })

  test('hears the demo recording in place, once it is paid, by parts', async () => {
    const reader = await (await openContext()).newPage()
    await reader.goto(run.file)
    expect(await reader.locator('audio').count()).toBe(0)
    await reader.getByRole('button', { name: 'Unlock for 90 sats' }).click()
    await reader.getByRole('button', { name: 'Pay with demo wallet' }).click()
    const statuses: number[] = []
    reader.on('response', (response) => {
      if (response.url().endsWith('/download')) statuses.push(response.status())
    })
    const audio = reader.locator('audio')
    await audio.waitFor()
    const duration = await audio.evaluate(async (element) => {
      const player = element as HTMLAudioElement
      if (player.readyState < 1)
        await new Promise((resolve) => player.addEventListener('loadedmetadata', resolve, { once: true }))
      return player.duration
    })
    expect(duration).toBeCloseTo(12, 1)
    expect(statuses).toContain(206)
  })
})

describe('the pages of a file', () => {
  test.each([
    ['wide and light', { viewport: { width: 1440, height: 1000 }, colorScheme: 'light' }],
    ['wide and dark', { viewport: { width: 1440, height: 1000 }, colorScheme: 'dark' }],
    ['narrow and light', { viewport: { width: 390, height: 844 }, colorScheme: 'light' }],
    ['narrow and dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
  ] as const)('break no rule of axe and never scroll sideways, %s', async (name, options) => {
    const context = await openContext(options)
    await context.addCookies(await creator.context().cookies())
    const page = await context.newPage()
    const look = async (what: string) => {
      // What fades in has less contrast until it is there.
      await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
      expect([what, await runAxe(page)]).toEqual([what, []])
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect([what, overflow]).toEqual([what, 0])
      const folder = process.env.SCREENSHOTS
      if (folder)
        await page.screenshot({ path: path.join(folder, `${what}-${name.replaceAll(' ', '-')}.png`), fullPage: true })
    }
    await page.goto(`${run.app}/resources/new/file`)
    await page.getByRole('heading', { name: 'New file' }).waitFor()
    await look('new-file')
    await choose(page)
    await page.getByText('All of it is here, and the checksum is right.').waitFor()
    await look('new-file-done')
    await page.goto(`${run.app}/resources/new`)
    await look('new-resource')
    await page.goto(`${run.app}/resources`)
    await page.getByRole('link', { name: 'Low water' }).filter({ visible: true }).first().click()
    await page.getByRole('heading', { name: 'On sale' }).waitFor()
    await look('file-content')
    await page.goto(run.file)
    await look('file-locked')
    await page.getByRole('button', { name: 'Unlock for 90 sats' }).click()
    await page.getByRole('button', { name: 'Pay with demo wallet' }).click()
    await page.getByRole('link', { name: /^Download/ }).waitFor()
    await look('file-open')
  })
})

/** Cuts off every piece after `count`, as a network that broke; `cut` counts them. */
async function breakAfter(page: Page, count: number): Promise<{ cut: number }> {
  const seen = { passed: 0, cut: 0 }
  await page.route('**/uploads/**', async (route) => {
    if (route.request().method() !== 'PATCH' || seen.passed < count) {
      if (route.request().method() === 'PATCH') seen.passed += 1
      return route.continue()
    }
    seen.cut += 1
    return route.abort('connectionreset')
  })
  return seen
}

/** Holds every piece after `count` until it is released. */
async function holdAfter(page: Page, count: number) {
  const held: Route[] = []
  let passed = 0
  const hold = (route: Route) => {
    if (route.request().method() !== 'PATCH' || passed < count) {
      if (route.request().method() === 'PATCH') passed += 1
      return route.continue()
    }
    held.push(route)
    return undefined
  }
  await page.route('**/uploads/**', hold)
  return {
    waiting: () => held.length > 0,
    async release() {
      await page.unroute('**/uploads/**', hold)
      await Promise.allSettled(held.map((route) => route.abort()))
    },
  }
}
