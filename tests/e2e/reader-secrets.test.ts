/** What a reader's browser holds that is worth money: a lost answer loses none of it, and none of it stays in the address. */
import type { Browser, BrowserContext, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '#tests/support/browser.ts'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { payFor, postJson } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
let browser: Browser
let context: BrowserContext | null = null
beforeAll(async () => {
  ;[gateway, browser] = await Promise.all([startTestGateway(), openBrowser()])
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.changed()
})
afterAll(async () => {
  await browser?.close()
  await gateway?.close()
})
afterEach(async () => {
  await context?.close()
  context = null
})

async function openPage(path: string): Promise<Page> {
  context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(gateway.origin + path)
  return page
}

test('an answer that is lost on the way loses no claim secret: the same invoice comes again, also after a reload', async () => {
  const page = await openPage('/tides')
  const asked: string[] = []
  /** The question arrives, and its answer does not. */
  const lose = async (route: Route) => {
    const body = route.request().postData() ?? '{}'
    asked.push(String(JSON.parse(body).claim_hash))
    const headers = { 'Content-Type': 'application/json', 'L402-Claim': route.request().headers()['l402-claim'] ?? '' }
    expect((await gateway.ask('/_l402/challenge', { method: 'POST', headers, body })).status).toBe(201)
    await route.abort()
  }
  await page.route('**/_l402/challenge', lose)
  await page.getByRole('button', { name: 'Unlock for 210 sats' }).click()
  await page.locator('#checkout[data-view="wallet_down"]').waitFor()
  await page.unroute('**/_l402/challenge')
  await page.reload()
  const again = page.waitForResponse('**/_l402/challenge')
  await page.getByRole('button', { name: 'Unlock for 210 sats' }).click()
  const answer = await again
  expect(String(JSON.parse(answer.request().postData() ?? '{}').claim_hash)).toBe(asked[0])
  const rows = await gateway.database.owner.client.challenge.findMany({
    where: { claimHash: new Uint8Array(Buffer.from(asked[0] ?? '', 'base64url')) },
  })
  expect(rows).toHaveLength(1)
  await gateway.node.pay(String((await answer.json()).invoice))
  await page.locator('#rest').getByText(PAID_SENTENCE).waitFor()
})

test('a receipt link opens the article, and stands in neither the address nor the history afterwards', async () => {
  const { challenge, secret, preimage } = await payFor(gateway, 'tides')
  const claimed = await postJson(gateway, '/_l402/claim', { challenge, secret })
  const link = new URL(String(claimed.json().receipt_url))
  expect(link.hash).toContain(preimage)
  const page = await openPage('/tides')
  await page.goto(link.href)
  await page.locator('#rest').getByText(PAID_SENTENCE).waitFor()
  expect(page.url()).toBe(`${gateway.origin}/tides`)
  const seen: string[] = []
  for (let n = 0; n < 3; n += 1) {
    await page.goBack({ waitUntil: 'commit' })
    seen.push(await page.evaluate(() => location.href))
  }
  expect(seen).toContain(`${gateway.origin}/_l402/receipt`)
  for (const address of seen) expect(address).not.toContain(preimage)
})
