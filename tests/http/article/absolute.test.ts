/** What is sold is whole without this host: every address in it is absolute, and opens with the credential that opened it. */
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

const png = (background: string) =>
  sharp({ create: { width: 2, height: 2, channels: 3, background } })
    .png()
    .toBuffer()

let gateway: TestGateway
let bought: Purchase
beforeAll(async () => {
  gateway = await startTestGateway()
  const [free, paid] = await Promise.all([png('white'), png('black')])
  await gateway.publish({ title: 'Tides', sats: 210, pictures: { free, paid } })
  bought = await gateway.buy('/tides')
})
afterAll(() => gateway.close())

const read = (accept: string) =>
  gateway.ask('/tides', { headers: { Accept: accept, Authorization: bought.authorization } })

test('Markdown begins with the title', async () => {
  expect((await read('text/markdown')).text).toMatch(/^# Tides\n\n/)
})

test.each([
  ['Markdown', 'text/markdown', /!\[(?:free|paid)\]\(([^)]+)\)/g],
  ['the page', 'text/html', /<img src="([^"]+)"/g],
  ['HTML in JSON', 'application/json', /<img src=\\"([^"\\]+)\\"/g],
  ['Markdown in JSON', 'application/json', /!\[(?:free|paid)\]\(([^)]+)\)/g],
])('in %s both pictures have absolute addresses that open with the same credential', async (_form, accept, pattern) => {
  const { text } = await read(accept)
  const addresses = [...text.matchAll(pattern)].map(([, address]) => address ?? '')
  expect(addresses).toHaveLength(2)
  for (const address of addresses) {
    expect(address).toMatch(new RegExp(`^${gateway.origin}/tides/[0-9a-f]{64}\\.[a-z]+$`))
    const picture = await gateway.ask(new URL(address).pathname, { headers: { Authorization: bought.authorization } })
    expect(picture.status).toBe(200)
  }
  const paid = await gateway.ask(new URL(addresses[1] ?? '').pathname)
  expect(paid.status).toBe(402)
})

test('JSON names the address of the article', async () => {
  expect((await read('application/json')).json().url).toBe(`${gateway.origin}/tides`)
})
