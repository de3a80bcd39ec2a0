/** The page of sales: what comes in stands there, what a buyer sent finds its sale, and a proof never leaves the browser. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { runAxe } from '#tests/support/axe.ts'
import { type DashboardBrowser, openDashboardBrowser, settleSale } from '#tests/support/dashboard-browser.ts'

let dashboard: DashboardBrowser
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

test('before the first sale the page says what will stand there', async () => {
  const page = await dashboard.openDemo('/sales')
  await page.getByText('Sales appear here the second they are paid.').waitFor()
})

test('a sale is found by the proof that its buyer has, which no request carries', async () => {
  const preimage = randomBytes(32)
  await settleSale(dashboard.web, 'Storms', 180_000n)
  const key = await settleSale(dashboard.web, 'Tides', 210_000n)
  const sale = await copySale(key.split('/')[1] ?? '', sha256(preimage))
  const page = await dashboard.openDemo('/sales', { bypassCSP: true })
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.url() + (request.postData() ?? '')))
  const rows = page.locator('tbody tr')
  expect(await rows.count()).toBe(3)
  await page.getByRole('searchbox').fill(encodeHex(preimage))
  await page.keyboard.press('Enter')
  await page.getByText('Only what was searched for.').waitFor()
  expect(await rows.allTextContents()).toEqual([expect.stringMatching(/Tides210person, hostedpaid/)])
  expect(sent.filter((text) => text.includes(encodeHex(preimage)))).toEqual([])
  expect(await runAxe(page)).toEqual([])
  const csv = await page.request.get(page.url().replace('/sales?', '/sales/csv?'))
  expect(csv.headers()['cache-control']).toBe('private, no-store')
  const lines = (await csv.text()).trim().split('\r\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatch(new RegExp(`,"Tides",210000,0,person,browser,paid,[0-9a-f]{64},${sale}$`))
})

test('what is no receipt is said beside the field, and nothing is asked', async () => {
  const page = await dashboard.openDemo('/sales')
  await page.getByRole('searchbox').fill('<b>paid</b>')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').filter({ hasText: 'Nothing was sent' }).waitFor()
  expect(page.url()).toBe(`${dashboard.web.origin}/sales`)
})

test('strangers are given nobody’s sales', async () => {
  const stranger = await dashboard.openPage()
  const answer = await stranger.request.get(`${dashboard.web.origin}/sales/csv`)
  expect([answer.status(), await answer.text()]).toEqual([401, ''])
  await stranger.goto(`${dashboard.web.origin}/sales`)
  await stranger.waitForURL('**/sign-in')
})

/** A sale like `challengeId` that was paid under another hash; answers its id. */
async function copySale(challengeId: string, paymentHash: Uint8Array): Promise<string> {
  const { settlement } = dashboard.web.database.owner.client
  const sale = await settlement.findFirstOrThrow({ where: { challengeId } })
  const id = `${challengeId.slice(0, -1)}z`
  await settlement.create({
    data: {
      ...sale,
      challengeId: id,
      paymentHash: new Uint8Array(paymentHash),
      tokenId: randomBytes(32),
      parents: [],
      receivedMsat: sale.receivedMsat,
    },
  })
  return id
}
