/** A creator bounds what a token takes, keeps somebody out and lets them in again, and reads what was refused and why. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readAccess } from '#lib/paywall/resources/access-store.ts'
import { addRefusals } from '#lib/paywall/usage/refusal-store.ts'
import { type DashboardBrowser, openDashboardBrowser } from '#tests/support/dashboard-browser.ts'

let dashboard: DashboardBrowser
let id: string
let creatorId: string
beforeAll(async () => {
  dashboard = await openDashboardBrowser()
  id = await dashboard.idOf('Tides')
  ;({ creatorId } = await dashboard.web.database.owner.client.resource.findFirstOrThrow({ where: { id } }))
})
afterAll(() => dashboard?.close())
afterEach(async () => expect(await dashboard.closePages()).toEqual([]))

test('bounds are saved and stay; what cannot be meant is said beside its field, and nothing changes', async () => {
  const page = await dashboard.openDemo(`/resources/${id}/access`)
  await page.getByLabel('Require that the payment has arrived').check()
  await page.getByLabel('Requests').fill('ten')
  await page.getByLabel('Seconds').fill('60')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('Expected 1 to 999,999 requests in 1 to 86,400 seconds.').waitFor()
  const now = () => readAccess(dashboard.web.database.owner.client, { creatorId, resourceId: id })
  expect((await now()).requireSettled).toBe(false)
  await page.getByLabel('Requests').fill('10')
  await page.getByLabel('Answers of one token at once').fill('4')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved. It holds for everybody who comes within 2 s.').waitFor()
  expect(await now()).toEqual({
    ...{ requireSettled: true, browsersPay: false },
    ...{ tokenRate: { requests: 10, seconds: 60 }, tokenAtOnce: 4 },
  })
  await page.reload()
  expect(await page.getByLabel('Requests').inputValue()).toBe('10')
})

test('a network is blocked with a note and let in again; what is neither network nor token is told so', async () => {
  const page = await dashboard.openDemo(`/resources/${id}/access`)
  await page.getByText('Nobody is blocked.').waitFor()
  await page.getByLabel('Network or token').fill('203.0.113.7/24')
  await page.getByRole('button', { name: 'Block', exact: true }).click()
  await page.getByRole('alert').getByText('A network has zeros behind its prefix').waitFor()
  await page.getByLabel('Network or token').fill('203.0.113.0/24')
  await page.getByLabel('Note to yourself').fill('Copies everything')
  await page.getByRole('button', { name: 'Block', exact: true }).click()
  const entry = page.getByRole('listitem').filter({ hasText: '203.0.113.0/24' })
  await entry.getByText('Copies everything').waitFor()
  expect(await page.getByLabel('Network or token').inputValue()).toBe('')
  await entry.getByRole('button', { name: 'Let in again: 203.0.113.0/24' }).click()
  await page.getByText('Nobody is blocked.').waitFor()
})

test('a refusal is told with what the client should have sent; without any the tab says so', async () => {
  const page = await dashboard.openDemo(`/resources/${id}/activity`)
  await page.getByText('Nothing was refused in the last 30 days.').waitFor()
  const day = new Date()
  const counted = { creatorId, resourceId: id, day, reason: 'l402.malformed', detail: 'text', count: 12 }
  await addRefusals(dashboard.web.database.owner.client, [counted])
  await page.reload()
  const row = page.getByRole('listitem').filter({ hasText: 'A credential that cannot be read' })
  await row.getByText('Authorization: L402 <token>:<preimage>').waitFor()
  expect(await row.getByText('12', { exact: true }).count()).toBe(1)
})
