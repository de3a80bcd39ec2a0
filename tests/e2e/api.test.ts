/** An API seller's journey at a whole running copy: made, ruled, given a key, tried, bought by a program, seen in the list. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runAxe } from '#tests/support/axe.ts'
import { openBrowser } from '#tests/support/browser.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { portVariables, type RunFile, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'
import { until } from '#tests/support/until.ts'

const SECRET = 'a key that no page shows again'
const OPENAPI = `openapi: 3.1.0
info: { title: Imported }
paths:
  /imported/{id}: { get: {}, trace: {} }
  /imported/first: { get: {} }
`

let dataDir: string
let copy: RunningCopy
let run: RunFile
let browser: Browser
let seller: Page
let upstreamUrl: string
let apiPage: string

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'satstile-api-'))
  const ports = await portVariables()
  upstreamUrl = `http://127.0.0.1:${ports.DEMO_UPSTREAM_PORT}`
  ;[copy, browser] = await Promise.all([startCopy({ dataDir, ports }), openBrowser()])
  run = (await copy.read()) as RunFile
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1000 },
    bypassCSP: true,
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(15_000)
  seller = await context.newPage()
})
afterAll(async () => {
  await browser?.close()
  await copy?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** What axe finds in the page as it stands, in both sizes and themes. */
async function look(name: string): Promise<string[]> {
  const found: string[] = []
  // On their way to another theme colours are of neither.
  await seller.addStyleTag({ content: '*, ::before, ::after { transition: none !important }' })
  for (const width of [390, 1440])
    for (const colorScheme of ['light', 'dark'] as const) {
      await seller.setViewportSize({ width, height: 1000 })
      await seller.emulateMedia({ colorScheme })
      const excess = await seller.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (excess > 0) found.push(`${name} at ${width}: ${excess} px too wide`)
      found.push(...(await runAxe(seller)).map((text) => `${name} at ${width} ${colorScheme}: ${text}`))
    }
  return found
}

const button = (name: string | RegExp) => seller.getByRole('button', { name })
const tab = (name: string) => seller.getByRole('navigation', { name: 'Resource' }).getByRole('link', { name })
const rules = () => seller.getByRole('list', { name: 'Rules' }).locator('> li')

describe('a seller', () => {
  test('makes an API; what its server cannot be is said at the field, and its secret is shown once', async () => {
    await seller.goto(run.signIn)
    await seller.goto(`${run.app}/resources/new`)
    await seller.getByRole('link', { name: 'New API' }).click()
    await seller.getByLabel('Name').fill('Old scores')
    await seller.getByLabel('Your server').fill('ftp://a.example')
    await button('Make the API').click()
    await seller.getByText('Write an address such as https://api.example.com/v1.').waitFor()
    expect(await look('new')).toEqual([])
    await seller.getByLabel('gRPC').check()
    await seller.getByText('by their own names, such as /shop.v1.Shop/Find.').waitFor()
    await seller.getByLabel('HTTP', { exact: true }).check()
    await seller.getByLabel('Your server').fill(upstreamUrl)
    await button('Make the API').click()
    await seller.getByText('Made. Nothing is on sale before it has rules.').waitFor()
    expect(await seller.locator('code').textContent()).toMatch(/^[0-9a-f]{64}$/)
    await seller.getByRole('link', { name: 'Set the rules' }).click()
    await seller.waitForURL(/\/resources\/res_/)
    apiPage = seller.url()
  })

  test('sets rules: a shadowed one is marked, moved by the keyboard, a price that is none is said by field', async () => {
    await button('Everything for 10 sats').click()
    await button('Add a rule').click()
    await seller.getByLabel('Path').last().fill('/nodes/*')
    await seller.getByLabel('Methods').last().fill('get')
    await seller.getByText('No request gets here: rule 1 takes all of them. Move this one before it.').waitFor()
    await button('Close rule 2').focus()
    await seller.keyboard.press('Alt+ArrowUp')
    expect(await rules().first().textContent()).toContain('/nodes/*')
    expect(await seller.getByText(/No request gets here/).count()).toBe(0)
    expect(await button('Close rule 1').evaluate((element) => element === document.activeElement)).toBe(true)
    await seller.getByLabel('Price in sats').fill('0')
    await seller.getByLabel('Uses').fill('2')
    await button('Save and put on sale').click()
    await seller.getByRole('button', { name: 'Rule 1, Price' }).waitFor()
    expect(await look('rules')).toEqual([])
    await seller.getByLabel('Price in sats').fill('3')
    await button('Save and put on sale').click()
    await seller.getByText('Kept. New challenges ask these prices within 2 s.').waitFor()
  })

  test('brings rules from an OpenAPI document, and hears what was left out', async () => {
    await button('Import OpenAPI').click()
    await seller.getByLabel('Or its text').fill(OPENAPI)
    await button('Read it').click()
    await seller.getByText('TRACE /imported/{id} is left out: it is never passed on.').waitFor()
    await button('Put them behind the others').click()
    expect(await rules().count()).toBe(4)
    expect(await rules().nth(2).textContent()).toContain('/imported/first')
    await button('Discard').click()
    expect(await rules().count()).toBe(2)
  })

  test('gives a key to the server that no page shows again', async () => {
    await tab('Server').click()
    await seller.getByLabel('Name of the field').fill('X-Key')
    await seller.getByLabel('Value').fill(SECRET)
    await button('Add the field').click()
    await seller.getByText('x-key sealed').waitFor()
    await seller.reload()
    await seller.getByText('x-key sealed').waitFor()
    expect(await seller.content()).not.toContain(SECRET)
    expect(await look('server')).toEqual([])
  })

  test('tries a request as a payer and sees the four messages, and no secret in them', async () => {
    await tab('Test request').click()
    await seller.getByLabel('Path').fill('/nodes/alice')
    await button('Send').click()
    await seller.getByText('Who paid is let in; your server answered 200.').waitFor()
    for (const title of [
      'In: the client asks',
      'To your server',
      'Back from your server',
      'Out: the client is answered',
    ])
      expect(await seller.getByRole('region', { name: title }).count()).toBe(1)
    expect(await seller.content()).not.toContain(SECRET)
    expect(await look('test')).toEqual([])
    await seller.getByLabel('A stranger').check()
    await button('Send').click()
    await seller.getByText(/^Refused with 402/).waitFor()
  })

  test('has sample code for it, and sees what a program bought in the list', async () => {
    await tab('Sample code').click()
    await seller.getByText('"$URL" "$@"').waitFor()
    expect(await look('code')).toEqual([])
    const url = `${new URL(run.api).origin}/old-scores/nodes/alice`
    const asked = await localFetch(url)
    expect(asked.status).toBe(402)
    const { macaroon, invoice } = (await asked.json()) as { macaroon: string; invoice: string }
    const body = JSON.stringify({ invoice })
    const headers = { 'content-type': 'application/json' }
    const paid = await localFetch(`${run.wallet}/pay`, { method: 'POST', headers, body })
    const { preimage } = (await paid.json()) as { preimage: string }
    const read = await localFetch(url, { headers: { authorization: `L402 ${macaroon}:${preimage}` } })
    expect(read.status).toBe(200)
    await until('the sale is in the list', async () => {
      await seller.goto(`${run.app}/resources?q=old`)
      return (await seller.getByRole('row', { name: /Old scores.*API.*from 3.*1/ }).count()) === 1
    })
  })

  test('cannot give it the price of an article, whatever the page sends', async () => {
    const apiId = apiPage.split('/').at(-1) ?? ''
    await seller.goto(`${run.app}/resources?q=tides`)
    await seller.getByRole('link', { name: 'Tides' }).click()
    await tab('Price').click()
    await seller.route('**/price', (route) => {
      const sent = route.request().postData()
      return route.continue(sent === null ? {} : { postData: sent.replaceAll(/res_\w+/g, apiId) })
    })
    await seller.getByRole('textbox', { name: 'Price' }).fill('1')
    await button('Save 1 sats').click()
    await seller.getByText('This resource is not there any more.').waitFor()
    await seller.unroute('**/price')
    await seller.goto(`${run.app}/resources?q=old`)
  })

  test('pauses it, then deletes it after typing how many bought it', async () => {
    await seller.getByRole('link', { name: 'Old scores' }).click()
    await seller.waitForURL(apiPage)
    await button('Pause').click()
    await button('Resume').waitFor()
    await seller.locator('summary', { hasText: 'More' }).click()
    await button('Delete this API').click()
    await seller.getByLabel('Type 1 to delete').fill('1')
    await button('Delete for good').click()
    await seller.getByText(/^Deleted\./).waitFor()
    expect(await seller.getByText('Old scores').count()).toBe(0)
  })
})
