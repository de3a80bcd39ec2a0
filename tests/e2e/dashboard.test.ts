/** The dashboard in a real browser: signing in, writing, pricing, and the walls between creators. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DashboardBrowser, openDashboardBrowser, PIXEL } from '#tests/support/dashboard-browser.ts'
import { until } from '#tests/support/until.ts'

let dashboard: DashboardBrowser
let web: DashboardBrowser['web']

beforeAll(async () => {
  dashboard = await openDashboardBrowser()
  web = dashboard.web
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const openPage = () => dashboard.openPage()
const openDemo = (path: string) => dashboard.openDemo(path)
const askForLink = (page: Page, address: string) => dashboard.askForLink(page, address)
const idOf = (title: string) => dashboard.idOf(title)

describe('signing in', () => {
  test('a link opens the account once, and says so the second time', async () => {
    const page = await openPage()
    const link = await askForLink(page, 'once@example.test')
    await page.goto(link)
    await page.waitForURL('**/welcome')
    await page.context().clearCookies({ name: /session-token/ })
    await page.goto(link)
    await page.getByText('This link was used already or ran out.').waitFor()
  })

  test('a link opens nothing in another browser, and still works in its own', async () => {
    const [page, thief] = [await openPage(), await openPage()]
    const link = await askForLink(page, 'two-browsers@example.test')
    await thief.goto(link)
    await thief.getByText('This link opens only in the browser that asked for it.').waitFor()
    await page.goto(link)
    await page.waitForURL('**/welcome')
  })

  test('what is no address is refused beside its field, and stays in it', async () => {
    const page = await openPage()
    await page.goto(`${web.origin}/sign-in`)
    await page.getByLabel('E-mail').fill('someone@exämple.test, b@c.test')
    await page.getByRole('button', { name: 'Send link' }).click()
    await page.getByText('This is not an e-mail address').waitFor()
    expect(await page.getByLabel('E-mail').inputValue()).toBe('someone@exämple.test, b@c.test')
  })

  test('the development link signs the demo creator in as often as wanted, and a wrong key is not there', async () => {
    const page = await openDemo('/overview')
    await page.goto(web.signInUrl)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    const refused = await page.request.get(web.signInUrl.replace(/.$/, 'x'))
    expect(refused.status()).toBe(404)
  })

  test('signing out ends the session, so its cookie opens nothing afterwards', async () => {
    const page = await openDemo('/overview')
    const cookies = await page.context().cookies()
    await page.locator('summary', { hasText: 'Account' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
    await page.context().addCookies(cookies)
    await page.goto(`${web.origin}/overview`)
    await page.waitForURL('**/sign-in')
  })
})

describe('the first page', () => {
  test('a taken handle comes with three that are free, and what was typed survives a reload', async () => {
    const page = await openPage()
    await page.goto(await askForLink(page, 'newcomer@example.test'))
    await page.waitForURL('**/welcome')
    await page.getByLabel('Handle').fill('harbor')
    await page.getByText('Somebody has this address already.').waitFor()
    expect(await page.getByRole('button', { name: /harbor/ }).count()).toBe(3)
    await page.getByRole('button', { name: 'harbor-notes' }).click()
    await page.getByRole('button', { name: 'Use the sample' }).click()
    await page.getByLabel('Price in sats').fill('77')
    await page.getByText('words free').first().waitFor()
    await page.reload()
    await until(
      'the handle to come back',
      async () => (await page.getByLabel('Handle').inputValue()) === 'harbor-notes',
    )
    expect(await page.getByLabel('Price in sats').inputValue()).toBe('77')
    expect(await page.getByLabel('Text in Markdown').inputValue()).toContain('# What the ferry knows')
  })
})

describe('the editor', () => {
  test('keeps what is typed, moves the cut by a key, and names what the page leaves out', async () => {
    const id = await idOf('Storms')
    const page = await openDemo(`/resources/${id}`)
    const cut = page.getByRole('slider', { name: 'Where the free part ends' })
    const before = Number(await cut.getAttribute('aria-valuenow'))
    await cut.press('ArrowUp')
    await until('the cut to move', async () => Number(await cut.getAttribute('aria-valuenow')) === before - 1)
    const text = page.getByLabel('Text in Markdown')
    const written = `${await text.inputValue()}\n\nA last line.\n\n<script>alert(1)</script>\n`
    await text.fill(written)
    await page.getByText('The page leaves this out').waitFor()
    await page.getByText(/^Kept, \d\d:\d\d$/).waitFor()
    await page.reload()
    expect(await text.inputValue()).toBe(written)
    await until('the cut to come back', async () => Number(await cut.getAttribute('aria-valuenow')) === before - 1)
  })

  test('of two editors at once the second is shown both versions, and the one not taken is set aside', async () => {
    const id = await idOf('Reading fog')
    const [first, second] = [await openDemo(`/resources/${id}`), await openDemo(`/resources/${id}`)]
    await first.getByLabel('Text in Markdown').fill('# Reading fog\n\nFirst.\n\nPaid.')
    await first.getByText(/^Kept, /).waitFor()
    await second.getByLabel('Text in Markdown').fill('# Reading fog\n\nSecond.\n\nPaid.')
    await second.getByText('This article was changed in another window').waitFor()
    expect(await second.getByLabel('Yours, here').inputValue()).toContain('Second.')
    expect(await second.getByLabel(/^The other, version/).inputValue()).toContain('First.')
    await second.getByRole('button', { name: 'Save mine over it' }).click()
    await second.getByText(/^Kept, /).waitFor()
    await second.getByText('A version of this article is set aside').click()
    expect(await second.getByLabel('Version set aside').inputValue()).toContain('First.')
    const stored = await web.database.owner.client.articleDraft.findFirstOrThrow({ where: { resourceId: id } })
    expect(stored.markdown).toContain('Second.')
  })

  test('without a connection the text stays on this device and is sent when it is back', async () => {
    const id = await idOf('Reading fog')
    const page = await openDemo(`/resources/${id}`)
    await page.getByRole('slider').waitFor()
    await page.context().setOffline(true)
    await page.getByLabel('Text in Markdown').fill('# Reading fog\n\nWritten on the ferry.\n\nPaid.')
    await page.getByText(/^Kept here, \d\d:\d\d$/).waitFor()
    await page.context().setOffline(false)
    await page.getByText(/^Kept, \d\d:\d\d$/).waitFor()
    const stored = await web.database.owner.client.articleDraft.findFirstOrThrow({ where: { resourceId: id } })
    expect(stored.markdown).toContain('Written on the ferry.')
  })
})

describe('pictures and the cut', () => {
  test('a picture stands in the text where the caret was, and a file that is none is refused by name', async () => {
    const page = await openDemo(`/resources/${await idOf('Tides')}`)
    const text = page.getByLabel('Text in Markdown')
    await text.press('ControlOrMeta+End')
    const picker = page.getByRole('toolbar', { name: 'Marks' }).locator('input[type=file]')
    await picker.setInputFiles({ name: 'low-water.png', mimeType: 'image/png', buffer: PIXEL })
    await until('the mark of the picture', async () =>
      /!\[Describe this picture\]\(image:[0-9a-f]{64}\)$/.test(await text.inputValue()),
    )
    const shown = page.locator('.article-text img').last()
    await until('the picture to be drawn', () =>
      shown.evaluate((picture: HTMLImageElement) => picture.naturalWidth === 1),
    )
    await page.getByText('a picture without a description').waitFor()
    await page.keyboard.type('Low water')
    await until('the description to be taken', async () => /!\[Low water\]\(image:/.test(await text.inputValue()))
    await page.getByText('a picture without a description').waitFor({ state: 'detached' })
    const before = await text.inputValue()
    await picker.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('<svg/>') })
    await page.getByText(/^notes\.png: /).waitFor()
    expect(await text.inputValue()).toBe(before)
  })

  test('Ctrl Shift P puts the cut before the line of the caret', async () => {
    const page = await openDemo(`/resources/${await idOf('Tides')}`)
    const cut = page.getByRole('slider', { name: 'Where the free part ends' })
    const text = page.getByLabel('Text in Markdown')
    await text.press('ControlOrMeta+Home')
    await text.press('ControlOrMeta+Shift+P')
    await until('the cut to stand before everything', async () => (await cut.getAttribute('aria-valuenow')) === '0')
    await text.press('ControlOrMeta+End')
    await text.press('ControlOrMeta+Shift+P')
    const blocks = Number(await cut.getAttribute('aria-valuemax'))
    await until('the cut to stand before the last block', async () =>
      [blocks - 1, blocks].includes(Number(await cut.getAttribute('aria-valuenow'))),
    )
  })
})

describe('pausing', () => {
  test('takes an article off sale and puts it back', async () => {
    const id = await idOf('Storms')
    const page = await openDemo(`/resources/${id}`)
    const isPaused = async () =>
      (await web.database.owner.client.resource.findFirstOrThrow({ where: { id } })).pausedAt !== null
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused', { exact: true }).waitFor()
    expect(await isPaused()).toBe(true)
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    expect(await isPaused()).toBe(false)
  })
})

describe('the price', () => {
  test('what is no price is refused beside the field, and nothing is stored', async () => {
    const page = await openDemo(`/resources/${await idOf('Tides')}/price`)
    const field = page.getByLabel('Price', { exact: true })
    for (const price of ['0', '-5', '1.5', '1e30', '1 000', '٢١٠', '']) {
      await field.fill('250')
      await page.locator('#price-fault').waitFor({ state: 'detached' })
      await field.fill(price)
      await page.locator('#price-fault').waitFor()
      expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true)
      await field.press('Enter')
      expect(await field.inputValue()).toBe(price)
    }
    expect(await web.database.owner.client.price.count({ where: { offer: { resource: { title: 'Tides' } } } })).toBe(1)
  })

  test('a new price stands on the card, in the 402 and in the history', async () => {
    const page = await openDemo(`/resources/${await idOf('Tides')}/price`)
    await page.getByLabel('Price', { exact: true }).fill('300')
    await page.getByText('70 of 100').waitFor()
    await page.getByText('Unlock for 300 sats').waitFor()
    await page.getByRole('button', { name: 'Save 300 sats' }).click()
    await page.getByText('New challenges ask 300 sats within 2 s.', { exact: true }).waitFor()
    await page.getByText(/^300 since/).waitFor()
    const prices = await web.database.owner.client.price.findMany({
      where: { offer: { resource: { title: 'Tides' } } },
    })
    expect(prices.map(({ amountMsat }) => amountMsat).sort()).toEqual([210_000n, 300_000n])
  })
})

describe('a price in euros', () => {
  test('says what it is in sats now, is refused beside its field, and is stored as euros', async () => {
    const { client } = web.database.owner
    await client.$executeRaw`insert into fiat_rate values ('EUR', now(), 80000000000, 2, 3)`
    const page = await openDemo(`/resources/${await idOf('Tides')}/price`)
    await page.getByLabel('Currency').selectOption('EUR')
    const field = page.getByLabel('Price', { exact: true })
    await field.fill('0.005')
    await page.getByText('A price in EUR has at most 2 digits behind the point.').waitFor()
    await field.fill('0.50')
    await page.getByText('625 sats now.').waitFor()
    await page.getByRole('button', { name: 'Save 0.50 EUR' }).click()
    await page.getByText('New challenges ask 0.50 EUR within 2 s: 625 sats now.', { exact: true }).waitFor()
    const where = { offer: { resource: { title: 'Tides' } } }
    const price = await client.price.findFirstOrThrow({ where, orderBy: { version: 'desc' } })
    expect(price).toMatchObject({ fiatCurrency: 'EUR', fiatMinor: 50n, amountMsat: 625_000n })
    await page.reload()
    expect([await field.inputValue(), await page.getByLabel('Currency').inputValue()]).toEqual(['0.50', 'EUR'])
  })
})

describe('the walls', () => {
  test("another creator's resource is not there, to read or to change", async () => {
    const id = await idOf('Tides')
    const page = await openPage()
    await page.goto(await askForLink(page, 'neighbour@example.test'))
    await page.waitForURL('**/welcome')
    await page.getByLabel('Handle').fill('neighbour')
    await page.getByRole('button', { name: 'Use the sample' }).click()
    await page.getByText('words free').first().waitFor()
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('link', { name: 'Buy it yourself' }).waitFor()
    for (const path of [`/resources/${id}`, `/resources/${id}/price`, `/resources/${id}/pictures/${'0'.repeat(64)}`]) {
      expect((await page.request.get(web.origin + path)).status()).toBe(404)
    }
    const posted = await page.request.post(`${web.origin}/resources/${id}/pictures`, {
      data: PIXEL,
      headers: { origin: web.origin },
    })
    expect(posted.status()).toBe(404)
  })

  test('a write that comes from another site is refused; from our own page the same one is taken', async () => {
    const page = await openDemo('/overview')
    const url = `${web.origin}/resources/${await idOf('Tides')}/pictures`
    for (const headers of [
      { origin: 'http://harbor.localhost:8402' },
      { origin: 'null' },
      { origin: web.origin, 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await page.request.post(url, { data: PIXEL, headers })).status()).toBe(403)
    }
    expect((await page.request.post(url, { data: PIXEL, headers: { origin: web.origin } })).status()).toBe(201)
  })

  test('strangers are sent to sign in', async () => {
    const page = await openPage()
    for (const path of ['/overview', '/resources', '/resources/new', '/welcome']) {
      await page.goto(web.origin + path)
      await page.waitForURL('**/sign-in')
    }
    expect((await page.request.get(`${web.origin}/overview/live`)).status()).toBe(401)
  })
})
