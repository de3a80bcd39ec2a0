/** The dashboard and a browser in front of it, which hears whatever no page may cause. */
import { randomBytes } from 'node:crypto'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { encodeHex } from '#lib/l402/bytes.ts'
import { msat } from '#lib/money.ts'
import { appendEntries } from '#lib/paywall/ledger/ledger-store.ts'
import { businessKey as businessKeyOf, salePostings } from '#lib/paywall/ledger/posting.ts'
import { openBrowser } from './browser.ts'
import { awaitScripts } from './taken-over.ts'
import { startTestWeb, type TestWeb } from './web.ts'

export interface DashboardBrowser {
  readonly web: TestWeb
  /** A page in a browser profile of its own, 1440 wide when nothing else is asked for. */
  openPage(options?: BrowserContextOptions): Promise<Page>
  /** A page of the demo creator. */
  openDemo(path: string, options?: BrowserContextOptions): Promise<Page>
  /** The link in the mail to `address`, asked for in `page`. */
  askForLink(page: Page, address: string): Promise<string>
  /** Id of the resource with this title. */
  idOf(title: string): Promise<string>
  /**
   * Closes every page; answers console output (a broken policy shows there), faults, and requests to other hosts since
   * the last call.
   */
  closePages(): Promise<string[]>
  close(): Promise<void>
}

export async function openDashboardBrowser(): Promise<DashboardBrowser> {
  const [web, browser] = await Promise.all([startTestWeb(), openBrowser()])
  let contexts: BrowserContext[] = []
  let complaints: string[] = []

  const openPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options })
    context.setDefaultTimeout(15_000)
    if (options.javaScriptEnabled !== false) awaitScripts(context)
    contexts.push(context)
    context.on('console', (message) => {
      if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text())
    })
    context.on('weberror', (fault) => complaints.push(String(fault.error())))
    context.on('request', (request) => {
      if (!request.url().startsWith(web.origin) && !request.url().startsWith('blob:')) complaints.push(request.url())
    })
    return await context.newPage()
  }

  return {
    web,
    openPage,
    async openDemo(path, options) {
      const page = await openPage(options)
      // Not by the page that the link leads to: it would be drawn before every other one, which takes as long again.
      await page.request.get(web.signInUrl, { maxRedirects: 0 })
      await page.goto(web.origin + path)
      return page
    },
    async askForLink(page, address) {
      await page.goto(`${web.origin}/sign-in`)
      await page.getByLabel('E-mail').fill(address)
      await page.getByRole('button', { name: 'Send link' }).click()
      await page.waitForURL('**/sign-in/sent')
      await page.goto(`${web.origin}/mailbox`)
      const row = page.getByRole('listitem').filter({ hasText: address }).first()
      return (await row.getByRole('link').getAttribute('href')) ?? ''
    },
    async idOf(title) {
      const row = await web.database.owner.client.resource.findFirstOrThrow({ where: { title } })
      return row.id
    },
    async closePages() {
      await Promise.all(contexts.map((context) => context.close()))
      const heard = complaints
      contexts = []
      complaints = []
      return heard
    },
    async close() {
      await browser.close()
      await web.close()
    },
  }
}

/**
 * A settled sale of the demo creator, as the worker books it; the books themselves are tested where they are kept.
 * Answers the key of the hint that the worker sends afterwards.
 */
export async function settleSale(web: Pick<TestWeb, 'database'>, title: string, amountMsat: bigint): Promise<string> {
  const { client } = web.database.owner
  const resource = await client.resource.findFirstOrThrow({ where: { title }, include: { offers: true } })
  const now = new Date()
  const challengeId = `chl_${randomBytes(13).toString('hex')}`
  await client.settlement.create({
    data: {
      paymentHash: randomBytes(32),
      creatorId: resource.creatorId,
      challengeId,
      tokenId: randomBytes(32),
      resourceId: resource.id,
      offerId: resource.offers[0]?.id ?? '',
      priceVersion: 1,
      amountMsat,
      receivedMsat: amountMsat,
      feeMsat: 0n,
      services: [],
      caveats: [],
      channel: 'browser',
      invoice: 'lnbcrt1',
      source: 'stream',
      settledAt: now,
      createdAt: now,
    },
  })
  return `${resource.creatorId}/${challengeId}`
}

/** As `settleSale`, and booked: `feeMsat` of it was kept. */
export async function bookSale(
  web: Pick<TestWeb, 'database'>,
  title: string,
  { amountMsat, feeMsat = 0n }: { amountMsat: bigint; feeMsat?: bigint },
): Promise<void> {
  const [creatorId = '', challengeId = ''] = (await settleSale(web, title, amountMsat)).split('/')
  const { paymentHash } = await web.database.owner.client.settlement.findFirstOrThrow({ where: { challengeId } })
  const parts = { netMsat: msat(amountMsat - feeMsat), feeMsat: msat(feeMsat) }
  const businessKey = businessKeyOf('sale', encodeHex(paymentHash))
  const entry = { creatorId, kind: 'sale' as const, businessKey, postings: salePostings(parts) }
  await web.database.jobs.inTransaction((tx) => appendEntries(tx, [entry]))
}

/** The smallest PNG. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
