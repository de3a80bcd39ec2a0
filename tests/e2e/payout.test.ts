/** A creator takes their money: an authenticator, an invoice that is echoed, a code, and what the node says of it. */
import type { ChildProcess } from 'node:child_process'
import { base32 } from '@scure/base'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { satsToMsat } from '#lib/money.ts'
import { appendEntries } from '#lib/paywall/ledger/ledger-store.ts'
import { runAxe } from '#tests/support/axe.ts'
import { type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { type LnurlServer, startLnurlServer } from '#tests/support/lnurl-server.ts'
import { codeOf, walletInvoice } from '#tests/support/payout-world.ts'
import { endProcess, startPayoutsProcess } from '#tests/support/payouts-process.ts'

let dashboard: DashboardBrowser
let node: TestNode
let payouts: ChildProcess
let server: LnurlServer
let secret: Uint8Array
let recovery: string[]
beforeAll(async () => {
  const [opened, started] = await Promise.all([openDashboardBrowser(), startTestNode()])
  dashboard = opened
  node = started
  server = await startLnurlServer(node)
  payouts = startPayoutsProcess({ database: dashboard.web.database, node }, { EGRESS_ALLOW: server.host })
  const { id: creatorId } = await dashboard.web.database.owner.client.creator.findFirstOrThrow({
    where: { handle: 'harbor' },
  })
  const postings = [{ from: 'node', to: 'available', amountMsat: satsToMsat(184_230) }] as const
  const entry = { creatorId, kind: 'sale' as const, businessKey: `sale:${'ab'.repeat(32)}`, postings }
  await dashboard.web.database.jobs.inTransaction((tx) => appendEntries(tx, [entry]))
})
afterAll(async () => {
  if (payouts !== undefined) await endProcess(payouts)
  await server?.close()
  await node?.close()
  await dashboard?.close()
})
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

const LOOKS = [
  { width: 1440, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 320, colorScheme: 'dark' },
] as const

const options = { bypassCSP: true, reducedMotion: 'reduce' } as const

async function askFor(page: Page, invoice: string, code: string): Promise<void> {
  await page.getByLabel('To, as an invoice of your wallet').fill(invoice)
  await page.getByText('Routing fee, at most').waitFor()
  await page.getByLabel('Code of your authenticator').fill(code)
  await page.getByRole('button', { name: /^Pay out/ }).click()
}

test('without an authenticator the page offers to set one up, and a wrong code takes nothing over', async () => {
  const page = await dashboard.openDemo('/money', options)
  await page.getByRole('link', { name: 'Set up an authenticator' }).click()
  await page.getByLabel('Code that it shows').fill('000000')
  expect(await runAxe(page)).toEqual([])
  await page.getByRole('button', { name: 'Take it over' }).click()
  await page.getByText('The code did not fit').waitFor()
})

test('an authenticator is taken over by its code, and gives recovery codes once', async () => {
  const page = await dashboard.openDemo('/money/authenticator', options)
  secret = base32.decode((await page.locator('form code').textContent()) ?? '')
  await page.getByLabel('Code that it shows').fill(codeOf({ secret }))
  await page.getByRole('button', { name: 'Take it over' }).click()
  await page.getByText('It holds from now on').waitFor()
  recovery = await page.locator('li.select-all').allTextContents()
  expect(recovery).toHaveLength(8)
  expect(await runAxe(page)).toEqual([])
})

describe('a payout', () => {
  test('is echoed before it is asked for, and sent: its proof of payment is shown and the books agree', async () => {
    const page = await dashboard.openDemo('/money', options)
    await askFor(page, await walletInvoice(node, 50_000), recovery[0] ?? '')
    const card = page.getByRole('article').filter({ hasText: 'Payout of 50,000 sats' })
    await card.getByText('50,000 sats were sent').waitFor()
    await card.getByText('Payment proof').waitFor()
    expect(await page.getByText('134,230').first().isVisible()).toBe(true)
    expect(await runAxe(page)).toEqual([])
  })

  test('to a Lightning address asks for the amount, is refused beside the field, and is sent when it fits', async () => {
    for (const { width, colorScheme } of LOOKS) {
      const look = { ...options, viewport: { width, height: 1_000 }, colorScheme }
      const seen = await dashboard.openDemo('/money', look)
      await seen.getByLabel('To, as an invoice of your wallet').fill(server.address)
      await seen.getByLabel('Amount in sats').fill('1000000')
      await seen.getByLabel('Code of your authenticator').fill('123456')
      await seen.getByRole('button', { name: /^Pay out/ }).click()
      await seen.getByText(/are available\.$/).waitFor()
      expect(await seen.getByLabel('Amount in sats').getAttribute('aria-invalid')).toBe('true')
      expect(await runAxe(seen), `${width} ${colorScheme}`).toEqual([])
      expect(await seen.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
      if (process.env.SHOTS) await seen.screenshot({ path: `/tmp/address-${width}-${colorScheme}.png`, fullPage: true })
    }
    expect(server.asked).toEqual([])
    const page = await dashboard.openDemo('/money', options)
    await page.getByLabel('To, as an invoice of your wallet').fill(server.address)
    await page.getByLabel('Amount in sats').fill('1,234')
    await page.getByText('Routing fee, at most').waitFor()
    await page.getByLabel('Code of your authenticator').fill(recovery[3] ?? '')
    await page.getByRole('button', { name: /^Pay out/ }).click()
    const card = page.getByRole('article').filter({ hasText: 'Payout of 1,234 sats' })
    await card.getByText('1,234 sats were sent').waitFor()
    await card.getByText(server.address).waitFor()
  })

  test('whose end the node has not told is shown as not yet known, with its money set aside', async () => {
    await node.disturb({ stuckPayments: true })
    const page = await dashboard.openDemo('/money', options)
    await askFor(page, await walletInvoice(node, 20_000), recovery[1] ?? '')
    await page.getByText('20,000 sats are on their way').waitFor()
    await node.kill()
    const card = page.getByRole('article').filter({ hasText: 'Payout of 20,000 sats' })
    await card.getByText('will not be sent twice').waitFor()
    const cell = page.locator('dl > div').filter({ has: page.getByText('Not yet known') })
    expect(await cell.first().textContent()).toMatch(/20,1001 payout$/)
    for (const { width, colorScheme } of LOOKS) {
      const look = { ...options, viewport: { width, height: 1_000 }, colorScheme }
      const seen = await dashboard.openDemo('/money', look)
      await seen.getByText('will not be sent twice').waitFor()
      expect(await runAxe(seen), `${width} ${colorScheme}`).toEqual([])
      expect(await seen.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
      if (process.env.SHOTS) await seen.screenshot({ path: `/tmp/payout-${width}-${colorScheme}.png`, fullPage: true })
    }
    await node.start()
  })

  test('that fails says so, and that all of it came back', async () => {
    await node.disturb({ failPaymentRate: 1 })
    const page = await dashboard.openDemo('/money', options)
    await askFor(page, await walletInvoice(node, 30_000), recovery[2] ?? '')
    // The one before may come to its end in this moment too.
    const card = page.getByRole('article').filter({ hasText: 'Payout of 30,000 sats' })
    await card.getByText('Returned in full. The node found no way').waitFor()
    const row = page.getByRole('row').filter({ hasText: 'the payout was not made' }).filter({ hasText: '30,000.000' })
    expect(await row.textContent()).toMatch(/Returned.*30,000\.000/)
  })

  test('that cannot be is refused beside its field, and nothing is asked for', async () => {
    const page = await dashboard.openDemo('/money', options)
    await page.getByLabel('To, as an invoice of your wallet').fill('lnbc1nonsense')
    await page.getByText('This is no Lightning invoice that can be read').waitFor()
    await askFor(page, await walletInvoice(node, 1_000_000), codeOf({ secret }, 1))
    await page.getByText(/are available\.$/).waitFor()
    expect(await page.getByRole('article').filter({ hasText: '1,000,000 sats' }).count()).toBe(0)
  })
})

test('stopped payouts are told on the page, and the form is gone', async () => {
  await dashboard.web.database.owner.client.payoutStop.create({ data: { reason: 'unexplained' } })
  const page = await dashboard.openDemo('/money', options)
  await page.getByText(/^Payouts have been stopped since/).waitFor()
  expect(await page.getByLabel('Code of your authenticator').count()).toBe(0)
  expect(await runAxe(page)).toEqual([])
})
