/** What pages of other sites may do here: read every answer, and never with the cookies of the person in front of them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { payFor, postJson } from '#tests/support/gateway-browser.ts'

const FOREIGN = { Origin: 'https://reader.example', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' }
const PREFLIGHT = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization' }
const BROWSER = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }

let gateway: TestGateway
let authorization: string
let cookie: string
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  const bought = await payFor(gateway, 'tides')
  const claimed = await postJson(gateway, '/_l402/claim', { challenge: bought.challenge, secret: bought.secret })
  authorization = `L402 ${claimed.json().credential}`
  cookie = (claimed.header('set-cookie') ?? '').split(';')[0] ?? ''
})
afterAll(() => gateway.close())

test.each<[string, number, string, () => { method?: string; headers?: Record<string, string>; body?: string }]>([
  ['an article without a credential', 402, '/tides', () => ({})],
  ['an article with one', 200, '/tides', () => ({ headers: { Authorization: authorization } })],
  ['a page with cookies', 200, '/tides', () => ({ headers: { ...BROWSER, Cookie: cookie } })],
  ['a preview', 200, '/tides', () => ({ headers: BROWSER })],
  ['a bad credential', 402, '/tides', () => ({ headers: { Authorization: 'L402 AAAA:00' } })],
  ['what is not there', 404, '/nothing', () => ({})],
  ['discovery', 200, '/.well-known/l402.json', () => ({})],
  ['a claim', 403, '/_l402/claim', () => ({ method: 'POST', body: '{}' })],
  ['a method that does nothing', 405, '/tides', () => ({ method: 'POST' })],
  ['a preflight at an article', 204, '/tides', () => ({ method: 'OPTIONS', headers: PREFLIGHT })],
  ['a preflight at a claim', 204, '/_l402/claim', () => ({ method: 'OPTIONS', headers: PREFLIGHT })],
])(
  '%s, asked from another origin, is for everybody to read and never with credentials',
  async (_what, status, path, ask) => {
    const { headers, ...more } = ask()
    const reply = await gateway.ask(path, { ...more, headers: { ...FOREIGN, ...headers } })
    expect(reply.status).toBe(status)
    expect(reply.headers('access-control-allow-origin')).toEqual(['*'])
    expect(reply.header('access-control-allow-credentials')).toBeUndefined()
  },
)

test.each(['/tides', '/', '/_l402/purchases', '/_l402/restore'])('no other site frames %s', async (path) => {
  const reply = await gateway.ask(path, { headers: BROWSER })
  expect(reply.header('content-security-policy')).toContain("frame-ancestors 'none'")
})
