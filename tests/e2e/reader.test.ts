/** A reader buys an article in a real browser at a real gateway, with real invoices: in every way, and through every mishap. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { sha256 } from '#lib/crypto.ts'
import { adoptStrays } from '#lib/paywall/settlements/adopt-strays.ts'
import { runAxe } from '#tests/support/axe.ts'
import { openBrowser } from '#tests/support/browser.ts'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'

let gateway: TestGateway
let browser: Browser
let contexts: BrowserContext[] = []
/** What no page of a test may have caused: requests to other hosts, console output, faults in scripts. */
let complaints: string[] = []

beforeAll(async () => {
  ;[gateway, browser] = await Promise.all([startTestGateway(), openBrowser()])
  for (const title of ['Tides', 'Storms', 'Fog', 'Sand', 'Bells', 'Ferry']) await gateway.publish({ title, sats: 210 })
  await gateway.changed()
})
afterAll(async () => {
  await browser?.close()
  await gateway?.close()
})
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()))
  contexts = []
  const heard = complaints
  complaints = []
  expect(heard).toEqual([])
})

async function openContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: gateway.origin })
  context.setDefaultTimeout(15_000)
  contexts.push(context)
  context.on('console', (message) => {
    // A refusal is part of the protocol; Chromium reports each as an error of its own.
    if (!message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  context.on('weberror', (fault) => complaints.push(String(fault.error())))
  context.on('request', (request) => {
    if (!request.url().startsWith(gateway.origin) && !request.url().startsWith('blob:')) complaints.push(request.url())
  })
  return context
}

async function openPage(path: string, context?: BrowserContext): Promise<Page> {
  const page = await (context ?? (await openContext())).newPage()
  await page.goto(gateway.origin + path)
  return page
}

/** Presses Unlock and answers the invoice that the dialog offers. */
async function unlock(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Unlock for 210 sats' }).click()
  const link = page.getByRole('link', { name: 'Open in wallet' })
  await page.locator('#checkout[data-view="waiting"]').waitFor()
  const href = (await link.getAttribute('href')) ?? ''
  expect(href).toMatch(/^lightning:lnbcrt/)
  return href.slice('lightning:'.length)
}

const rest = (page: Page) => page.locator('#rest').getByText(PAID_SENTENCE)

describe('a reader with a wallet elsewhere', () => {
  test('pays the invoice and reads on in place, with the focus at the new text', async () => {
    const page = await openPage('/tides')
    expect(await page.content()).not.toContain(PAID_SENTENCE)
    await gateway.node.pay(await unlock(page))
    await rest(page).waitFor()
    await page.locator('#paid-title', { hasText: 'Paid 210 sats' }).waitFor()
    expect(await page.locator('#checkout[open]').count()).toBe(0)
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('paid-title')
    await page.reload()
    await rest(page).waitFor()
    await page.locator('#paid-title', { hasText: 'Paid 210 sats' }).waitFor()
  })

  test('copies the invoice, by button and by the c key', async () => {
    const page = await openPage('/tides')
    const invoice = await unlock(page)
    await page.getByRole('button', { name: /Copy invoice/ }).click()
    await page.getByText('Copied', { exact: true }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(invoice)
    await page.evaluate(() => navigator.clipboard.writeText(''))
    await page.keyboard.press('c')
    await page.waitForFunction(async (text) => (await navigator.clipboard.readText()) === text, invoice)
  })

  test('closes the dialog by Esc and finds the same invoice behind Unlock', async () => {
    const page = await openPage('/tides')
    const invoice = await unlock(page)
    await page.keyboard.press('Escape')
    expect(await page.locator('#checkout[open]').count()).toBe(0)
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Unlock')
    expect(await unlock(page)).toBe(invoice)
  })

  test('reloads while waiting, and the payment still opens the page', async () => {
    const page = await openPage('/tides')
    const invoice = await unlock(page)
    await page.reload()
    await page.locator('#checkout[open][data-view="waiting"]').waitFor()
    expect(await page.getByRole('link', { name: 'Open in wallet' }).getAttribute('href')).toBe(`lightning:${invoice}`)
    await gateway.node.pay(invoice)
    await rest(page).waitFor()
  })

  test('keeps the claim of an invoice that a restored database does not know, and reads once its sale is adopted', async () => {
    const context = await openContext()
    const page = await openPage('/ferry', context)
    const invoice = await unlock(page)
    await page.close()
    const { database, deps } = gateway
    await database.owner.client.$executeRaw`delete from challenge where invoice = ${invoice}`
    await gateway.node.pay(invoice)
    const later = await context.newPage()
    const refused = later.waitForResponse((response) => response.status() === 403)
    await later.goto(`${gateway.origin}/ferry`)
    await (await refused).finished()
    expect(await later.evaluate(() => localStorage.getItem('l402:v1'))).toContain(invoice)
    const notices = { publish: async () => undefined }
    const settle = { db: database.jobs, clock: systemClock, log: silentLog, notices, feePpm: 0 }
    const adopting = { owner: database.owner, settle, backends: deps.backends, sha256 }
    await adoptStrays(adopting, { isApplied: true, onStray: () => undefined })
    await later.reload()
    await rest(later).waitFor()
  })

  test('has a second tab open, and both open', async () => {
    const context = await openContext()
    const [first, second] = await Promise.all([openPage('/tides', context), openPage('/tides', context)])
    await gateway.node.pay(await unlock(first))
    await Promise.all([rest(first).waitFor(), rest(second).waitFor()])
  })

  test('pays while the tab is closed, and finds the article open on return', async () => {
    const context = await openContext()
    const page = await openPage('/tides', context)
    const invoice = await unlock(page)
    await page.close()
    await gateway.node.pay(invoice)
    await rest(await openPage('/tides', context)).waitFor()
  })

  test('pays after the invoice ran out, and it counts', async () => {
    const page = await (await openContext()).newPage()
    await page.clock.install()
    await page.goto(`${gateway.origin}/tides`)
    const invoice = await unlock(page)
    await page.clock.fastForward('16:00')
    await page.getByText('This invoice ran out', { exact: true }).waitFor()
    await page.getByText('No money moved. Get a new one at the same price.', { exact: true }).waitFor()
    await gateway.node.pay(invoice)
    await page.clock.runFor(5000)
    await rest(page).waitFor()
  })
})

describe('a reader with a wallet in the browser', () => {
  const addWallet = async (context: BrowserContext, answer: 'pays' | 'refuses' | 'lies') => {
    await context.exposeFunction('payInvoice', (invoice: string) => gateway.node.pay(invoice))
    await context.addInitScript((how) => {
      const wallet = {
        enable: () => Promise.resolve(),
        sendPayment: (invoice: string) => {
          const { payInvoice } = window as unknown as { payInvoice(invoice: string): Promise<{ preimage: string }> }
          if (how === 'refuses') return Promise.reject(new Error('no'))
          return how === 'pays' ? payInvoice(invoice) : Promise.resolve({})
        },
      }
      Object.assign(window, { webln: wallet })
    }, answer)
  }
  const press = (page: Page) => page.getByRole('button', { name: 'Pay with the wallet in this browser' }).click()

  test('pays with one press', async () => {
    const context = await openContext()
    await addWallet(context, 'pays')
    const page = await openPage('/storms', context)
    await unlock(page)
    await press(page)
    await rest(page).waitFor()
  })

  test('is told to wait, not to pay, when the wallet says paid and no money arrives', async () => {
    const context = await openContext()
    await addWallet(context, 'lies')
    const page = await openPage('/storms', context)
    await unlock(page)
    await press(page)
    await page.getByText('Your wallet may say paid; we have not seen it yet', { exact: true }).waitFor()
    await page.getByText('Do not pay again.').first().waitFor()
    expect(await page.getByRole('link', { name: 'Open in wallet' }).isVisible()).toBe(false)
    expect(await page.content()).not.toContain(PAID_SENTENCE)
  })

  test('keeps waiting when the wallet refuses', async () => {
    const context = await openContext()
    await addWallet(context, 'refuses')
    const page = await openPage('/storms', context)
    await unlock(page)
    await press(page)
    await page.locator('#checkout[data-view="waiting"]').waitFor()
    const message = page.locator('#checkout [data-slot="message"]')
    await message.getByText('has not paid').waitFor()
    // The clock of the dialog ticks each second; the sentence outlives two ticks.
    const before = await page.locator('[data-slot="time"]').textContent()
    await page.waitForFunction((text) => {
      const now = document.querySelector('[data-slot="time"]')?.textContent ?? ''
      const seconds = (clock: string) =>
        Number(clock.split(':')[0]) * 60 + Number.parseInt(clock.split(':')[1] ?? '', 10)
      return seconds(text ?? '') - seconds(now) >= 2
    }, before)
    expect(await message.textContent()).toContain('has not paid')
  })

  test('finds one act that stands out, and it is that wallet', async () => {
    const context = await openContext()
    await addWallet(context, 'refuses')
    const page = await openPage('/storms', context)
    await unlock(page)
    const main = page.locator('#checkout .acts .button:visible')
    expect(await main.count()).toBe(1)
    expect(await main.textContent()).toContain('Pay with the wallet in this browser')
  })
})

describe('a reader whose browser does not let the page copy', () => {
  test('is told so, finds the whole invoice selected, and both stay', async () => {
    const context = await openContext()
    await context.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } })
    })
    const page = await openPage('/storms', context)
    const invoice = await unlock(page)
    await page.getByRole('button', { name: /Copy invoice/ }).click()
    await page.getByText('copy it by hand').first().waitFor()
    expect(
      await page.evaluate(() => {
        const field = document.activeElement
        return field instanceof HTMLTextAreaElement ? field.value.slice(field.selectionStart, field.selectionEnd) : null
      }),
    ).toBe(invoice)
  })
})

test('nothing says paid before anything is', async () => {
  const page = await openPage('/storms')
  await unlock(page)
  expect(await page.locator('body').textContent()).not.toMatch(/paid once/i)
})

describe('a reader with a payment proof', () => {
  test('pastes it in capitals and with spaces, and reads', async () => {
    const page = await openPage('/fog')
    // Without news from the host the proof is the only way.
    await page.route('**/_l402/challenge/**', (route) => route.abort())
    const invoice = await unlock(page)
    await page.getByText('I have a payment proof').click()
    const { preimage } = await gateway.node.pay(invoice)
    await page.getByLabel('Payment proof').fill(preimage.toUpperCase().replace(/(.{8})/g, '$1 '))
    await page.getByRole('button', { name: 'Check the proof' }).click()
    await rest(page).waitFor()
  })

  test('is told beside the field when it belongs to another invoice, and nothing opens', async () => {
    const page = await openPage('/fog')
    await unlock(page)
    await page.getByText('I have a payment proof').click()
    await page.getByLabel('Payment proof').fill('ab'.repeat(32))
    await page.getByRole('button', { name: 'Check the proof' }).click()
    await page.getByText('Nothing was charged. This proof belongs to another invoice.').waitFor()
    expect(await page.getByLabel('Payment proof').inputValue()).toBe('ab'.repeat(32))
    expect(await page.content()).not.toContain(PAID_SENTENCE)
  })
})

describe('your purchases', () => {
  async function buy(path: string): Promise<{ context: BrowserContext; page: Page }> {
    const context = await openContext()
    const page = await openPage(path, context)
    await gateway.node.pay(await unlock(page))
    await rest(page).waitFor()
    return { context, page }
  }

  test('lists what was bought, marks it in the list, and a copied receipt opens it elsewhere', async () => {
    const { context, page } = await buy('/sand')
    await page.goto(`${gateway.origin}/`)
    expect(await page.locator('.row', { hasText: 'Sand' }).getByText('Yours').isVisible()).toBe(true)
    await page.goto(`${gateway.origin}/_l402/purchases`)
    await page.getByText('Spent here: 210 sats.').waitFor()
    await page.getByRole('button', { name: 'Copy receipt' }).click()
    await page.getByText('Copied', { exact: true }).waitFor()
    const receipt = await page.evaluate(() => navigator.clipboard.readText())
    await context.close()

    const elsewhere = await openPage('/_l402/restore')
    await elsewhere.getByLabel('Receipt, or its link').fill(receipt)
    await elsewhere.getByRole('button', { name: 'Restore' }).first().click()
    await elsewhere.waitForURL(`${gateway.origin}/sand`)
    await rest(elsewhere).waitFor()
  })

  test('gives on a copy that opens this article until its end, and keeps the own receipt as it was', async () => {
    const { context, page } = await buy('/sand')
    await page.goto(`${gateway.origin}/_l402/purchases`)
    const asked: string[] = []
    await page.getByRole('button', { name: 'Share a copy' }).click()
    const dialog = page.getByRole('dialog', { name: 'Share Sand' })
    await dialog.waitFor()
    page.on('request', (request) => asked.push(request.url()))
    expect(await runAxe(page)).toEqual([])
    await dialog.getByLabel('Ends after').selectOption('1')
    const link = await dialog.getByLabel('Link to share').inputValue()
    await dialog.getByRole('button', { name: 'Copy the link' }).click()
    await dialog.getByText('Link copied.').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link)
    await page.keyboard.press('Escape')
    expect(asked).toEqual([])
    await page.getByText('Open, for good').waitFor()
    await context.close()

    const elsewhere = await openPage(new URL(link).pathname + new URL(link).hash)
    await elsewhere.waitForURL(`${gateway.origin}/sand`)
    await rest(elsewhere).waitFor()
    await elsewhere.goto(`${gateway.origin}/bells`)
    await elsewhere.getByRole('button', { name: /^Unlock/ }).waitFor()
    expect(await rest(elsewhere).count()).toBe(0)
    await elsewhere.goto(`${gateway.origin}/_l402/purchases`)
    await elsewhere.getByText(/^Open until \d/).waitFor()
    await elsewhere.getByRole('button', { name: 'Share a copy' }).click()
    await elsewhere.getByLabel('Ends after').selectOption('30')
    await elsewhere.getByText('This receipt ends sooner than that. Choose a shorter time.').waitFor()
    expect(await elsewhere.getByLabel('Link to share').inputValue()).toBe('')
  })

  test('opens from the receipt when the cookie is gone', async () => {
    const { context, page } = await buy('/bells')
    await context.clearCookies()
    await page.reload()
    await rest(page).waitFor()
  })

  test('forgets what it is told to forget, after asking', async () => {
    const { page } = await buy('/bells')
    await page.goto(`${gateway.origin}/_l402/purchases`)
    await page.getByRole('button', { name: 'Forget', exact: true }).click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    expect(await page.getByRole('heading', { name: 'Bells' }).isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Forget', exact: true }).click()
    await page.locator('#forget').getByRole('button', { name: 'Forget', exact: true }).click()
    await page.getByText('Nothing bought in this browser.').waitFor()
  })

  test('forgets this browser: the article is closed, also after a reload, and the receipts were offered as one file', async () => {
    const { page } = await buy('/storms')
    await page.goto(`${gateway.origin}/_l402/purchases`)
    await page.getByRole('button', { name: 'Forget this browser' }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save all receipts' }).click()
    expect((await download).suggestedFilename()).toMatch(/receipt/)
    await page.locator('#forget').getByRole('button', { name: 'Forget', exact: true }).click()
    await page.getByText('Nothing bought in this browser.').waitFor()
    expect(await page.evaluate(() => localStorage.getItem('l402:v1'))).toBe('{"receipts":[],"claims":[]}')
    expect(await page.context().cookies()).toEqual([])
    await page.goto(`${gateway.origin}/storms`)
    for (let visit = 0; visit < 2; visit += 1) {
      await page.getByRole('button', { name: 'Unlock for 210 sats' }).waitFor()
      expect(await rest(page).count()).toBe(0)
      await page.reload()
    }
  })

  test('is offered the receipt at once where the browser keeps nothing, and promised nothing', async () => {
    const context = await openContext()
    await context.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
      // And no cookies: neither taken nor sent.
      const ask = window.fetch
      window.fetch = (input, init) => ask(input, { ...init, credentials: 'omit' })
    })
    const page = await openPage('/fog', context)
    await gateway.node.pay(await unlock(page))
    await rest(page).waitFor()
    await page.getByText('This browser keeps nothing').waitFor()
    expect(await page.getByText('Kept in').isVisible()).toBe(false)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save the receipt now' }).click()
    expect((await download).suggestedFilename()).toBe('fog.receipt.txt')
  })

  test('does not take an altered receipt, and says so beside the field', async () => {
    const page = await openPage('/_l402/restore')
    await page.getByLabel('Receipt, or its link').fill(`${'A'.repeat(200)}:${'0'.repeat(64)}`)
    await page.getByRole('button', { name: 'Restore' }).first().click()
    await page.locator('#fault').getByText('Nothing was charged.').waitFor()
  })
})

describe('trouble', () => {
  test('says that nothing was charged when the node is down, and goes on by itself when it is back', async () => {
    const page = await (await openContext()).newPage()
    await page.clock.install()
    await page.goto(`${gateway.origin}/ferry`)
    await gateway.node.kill()
    await page.getByRole('button', { name: 'Unlock for 210 sats' }).click()
    await page.getByText('The author’s wallet does not answer', { exact: true }).waitFor()
    await page.getByText('Nothing was charged.').first().waitFor()
    await gateway.node.start()
    for (let tries = 0; tries < 12 && !(await page.locator('#checkout[data-view="waiting"]').isVisible()); tries += 1) {
      await page.clock.runFor(10_000)
    }
    await page.locator('#checkout[data-view="waiting"]').waitFor()
  })

  test('shows both prices and asks again when the price changed since the page was loaded', async () => {
    const page = await openPage('/ferry')
    await gateway.reprice('/ferry', 300)
    await gateway.changed()
    await page.getByRole('button', { name: 'Unlock for 210 sats' }).click()
    await page.getByText('The price has changed', { exact: true }).waitFor()
    await page
      .locator('.status-text', { hasText: 'It was 210 sats when this page loaded and is 300 sats now.' })
      .waitFor()
    await page.getByRole('button', { name: 'Unlock for 300 sats' }).click()
    await page.locator('#checkout[data-view="waiting"]').waitFor()
  })
})

describe('a reader without script', () => {
  test('unlocks, checks the payment and reads, by forms alone', async () => {
    const page = await openPage('/tides', await openContext({ javaScriptEnabled: false }))
    await page.getByRole('button', { name: 'Unlock for 210 sats' }).click()
    await page.getByRole('button', { name: 'Check payment' }).click()
    await page.getByText('Not seen yet').waitFor()
    expect(await page.getByText('Do not pay again').count()).toBe(0)
    expect(await page.locator('.stub-qr .qr').isVisible()).toBe(true)
    await page.getByText(/\d+:\d\d left/).waitFor()
    const href = (await page.getByRole('link', { name: 'Open in wallet' }).getAttribute('href')) ?? ''
    await gateway.node.pay(href.slice('lightning:'.length))
    // The books follow the node within a moment, so the button may have to be pressed more than once.
    await until('the article is open', async () => {
      if (await rest(page).isVisible()) return true
      await page.getByRole('button', { name: 'Check payment' }).click({ timeout: 1000 })
      return rest(page).isVisible()
    })
    await rest(page).waitFor()
  })
})
