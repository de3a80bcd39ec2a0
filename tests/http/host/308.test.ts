/** Every address has one spelling; the others lead to it, with their query, and cost nobody an invoice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
})
afterAll(() => gateway.close())

test.each([
  ['/tides/', '/tides'],
  ['/Tides', '/tides'],
  ['/TIDES/', '/tides'],
  ['/%54ides', '/tides'],
  ['/tides//', '/tides'],
  ['/tides/?l402_offer=single', '/tides?l402_offer=single'],
  ['/llms.txt/', '/llms.txt'],
  ['/_l402/purchases/', '/_l402/purchases'],
])('%s leads to %s', async (path, location) => {
  const reply = await gateway.ask(path)
  expect(reply.status).toBe(308)
  expect(reply.header('location')).toBe(location)
  expect(reply.header('www-authenticate')).toBeUndefined()
  expect(reply.header('access-control-allow-origin')).toBe('*')
})

test('a redirect leads nowhere but to this host', async () => {
  for (const path of ['//tides/', '///evil.example/', '/\\evil.example/', '/tides/%2e%2e/', '/nothing/', '/']) {
    const reply = await gateway.ask(path)
    expect(reply.status, path).not.toBe(308)
  }
})

test('a credential that was shown at another spelling opens the one it leads to', async () => {
  const bought = await gateway.buy('/tides')
  const headers = { Authorization: bought.authorization }
  const reply = await gateway.ask('/Tides/', { headers })
  expect((await gateway.ask(reply.header('location') ?? '', { headers })).status).toBe(200)
})
