/** From a sign-in link to reading the bought text: one creator, one reader and one program at a whole running copy. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '#tests/support/browser.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { type RunFile, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'
import { awaitScripts } from '#tests/support/taken-over.ts'
import { until } from '#tests/support/until.ts'

/** Stands behind the cut only: wherever it is found before payment, a paid byte has leaked. */
const PAID_MARK = 'The heron always takes the second boat.'
const ARTICLE = [
  '# Low water',
  'What can be read from a harbor wall when the sea has left it.',
  'The wall has seven lines, and only three of them were made by people.',
  'The lowest one is green and moves with the season.',
  '## The second boat',
  PAID_MARK,
  'Then everybody goes home.',
].join('\n\n')

let dataDir: string
let copy: RunningCopy
let run: RunFile
let browser: Browser
let creator: Page
let articleUrl: string

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'satstile-journey-'))
  ;[copy, browser] = await Promise.all([startCopy({ dataDir }), openBrowser()])
  run = (await copy.read()) as RunFile
})

afterAll(async () => {
  await browser?.close()
  await copy?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

describe('a stranger becomes a creator', () => {
  test('signs in by the link in the mailbox, and the link works once', async () => {
    const context = await openContext()
    creator = await context.newPage()
    await creator.goto(`${run.app}/sign-in`)
    await creator.getByLabel('E-mail').fill('heron@example.test')
    await creator.getByRole('button', { name: 'Send link' }).click()
    await creator.waitForURL(/\/sign-in\/sent/)
    await creator.goto(`${run.app}/mailbox`)
    const link = await creator.getByRole('listitem').getByRole('link', { name: 'Sign in' }).first().getAttribute('href')
    await creator.goto(link ?? '')
    await creator.waitForURL(/\/welcome/)
    const stranger = await (await openContext()).newPage()
    await stranger.goto(link ?? '')
    expect(stranger.url()).not.toMatch(/\/(welcome|overview)/)
  })

  test('sees beside the field what is wrong, and keeps what was typed', async () => {
    await creator.getByLabel('Handle').fill('harbor')
    await creator.getByText('Somebody has this address already.').waitFor()
    await creator.getByLabel('Price in sats').fill('1e30')
    await creator
      .getByRole('textbox', { name: /text|article/i })
      .first()
      .fill(ARTICLE)
    await creator.getByRole('button', { name: 'Publish' }).click()
    await creator.locator('[aria-invalid="true"][name="price"]').waitFor()
    expect(await creator.getByLabel('Price in sats').inputValue()).toBe('1e30')
  })

  test('publishes an article, which is live at once', async () => {
    await creator.getByLabel('Handle').fill('heron')
    await creator.getByText('free', { exact: true }).waitFor()
    await creator.getByLabel('Price in sats').fill('120')
    await creator.getByRole('button', { name: 'Publish' }).click()
    const shown = creator.getByRole('link', { name: 'Buy it yourself' })
    articleUrl = (await shown.getAttribute('href')) ?? ''
    expect(articleUrl).toMatch(/^http:\/\/heron\.localhost:\d+\/low-water$/)
    await until('the article to be on sale', async () => (await localFetch(articleUrl)).status === 402)
  })
})

describe('a reader', () => {
  test('gets not one paid byte before paying, then reads on in place, in a second tab and after a reload', async () => {
    const context = await openContext()
    const reader = await context.newPage()
    const received: string[] = []
    reader.on('response', (response) => void response.text().then((text) => received.push(text), ignore))
    await reader.goto(articleUrl)
    await reader.waitForLoadState('networkidle')
    expect(received.length).toBeGreaterThan(1)
    expect(received.join('\n')).not.toContain(PAID_MARK)
    await creator.goto(`${run.app}/overview`)
    await reader.getByRole('button', { name: 'Unlock for 120 sats' }).click()
    await reader.getByRole('button', { name: 'Pay with demo wallet' }).click()
    await reader.getByText(PAID_MARK).waitFor()
    await creator.getByText('person, hosted').waitFor({ timeout: 5_000 })
    const second = await context.newPage()
    await second.goto(articleUrl)
    await second.getByText(PAID_MARK).waitFor()
    await reader.reload()
    await reader.getByText(PAID_MARK).waitFor()
  })

  test('without the credential still gets the preview only', async () => {
    const other = await (await openContext()).newPage()
    await other.goto(articleUrl)
    expect(await other.content()).not.toContain(PAID_MARK)
  })
})

describe('a changed price', () => {
  test('counts for the next challenge; an invoice already out keeps its own and still opens', async () => {
    const before = await askAsProgram()
    await creator.goto(`${run.app}/resources`)
    await creator.getByRole('link', { name: 'Low water' }).first().click()
    await creator.getByRole('link', { name: 'Price', exact: true }).click()
    await creator.getByLabel('Price', { exact: true }).fill('300')
    await creator.getByRole('button', { name: 'Save 300 sats' }).click()
    await until('the new price in the next challenge', async () => (await askAsProgram()).price_sats === 300)
    expect(before.price_sats).toBe(120)
    const paid = await localFetch(`${run.wallet}/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ invoice: before.invoice }),
    })
    const { preimage, amount_msat } = (await paid.json()) as { preimage: string; amount_msat: string }
    expect(amount_msat).toBe('120000')
    const read = await localFetch(articleUrl, { headers: { authorization: `L402 ${before.macaroon}:${preimage}` } })
    expect(read.status).toBe(200)
    expect(await read.text()).toContain(PAID_MARK)
  })
})

describe('every page of the journey', () => {
  const shots = process.env.SATSTILE_SHOTS
  // All at once: a page is looked at when it has been still for half a second, which is most of the time.
  test.concurrent.each([
    [1440, 'light'],
    [1440, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('stands at %i px in %s without sideways scrolling', async (width, colorScheme) => {
    const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 1000 }, colorScheme })
    const page = await context.newPage()
    for (const [name, url] of pages()) {
      await page.goto(url)
      await page.waitForLoadState('networkidle').catch(ignore)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(overflow, `${name} at ${width} px`).toBeLessThanOrEqual(0)
      if (shots !== undefined) {
        await mkdir(shots, { recursive: true })
        await page.screenshot({ path: path.join(shots, `${name}-${width}-${colorScheme}.png`), fullPage: true })
      }
    }
    await context.close()
  })
})

/** In order: signing in comes before the pages that need it. */
function pages(): [string, string][] {
  const tides = run.articles[0] ?? ''
  const host = new URL(tides).origin
  return [
    ['landing', run.app],
    ['sign-in', `${run.app}/sign-in`],
    ['sign-in-done', run.signIn],
    ['overview', `${run.app}/overview`],
    ['resources', `${run.app}/resources`],
    ['resources-new', `${run.app}/resources/new`],
    ['creator', `${host}/`],
    ['article', tides],
    ['purchases', `${host}/_l402/purchases`],
    ['restore', `${host}/_l402/restore`],
    ['nothing-here', `${host}/nothing-here`],
    ['wallet', run.wallet],
  ]
}

async function openContext(): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } })
  context.setDefaultTimeout(15_000)
  awaitScripts(context)
  return context
}

interface ProgramChallenge {
  readonly macaroon: string
  readonly invoice: string
  readonly price_sats: number
}

async function askAsProgram(): Promise<ProgramChallenge> {
  return (await (await localFetch(articleUrl)).json()) as ProgramChallenge
}

/** A response whose body the browser has dropped, or a page that keeps a stream open: neither is what is tested. */
function ignore(): void {}
