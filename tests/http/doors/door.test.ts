/** A process of Next that is the second door shows nothing of the dashboard, and listens to nothing but the wire. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestDoor, type TestDoor } from '#tests/support/door.ts'
import { PAID_SENTENCE, type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
let door: TestDoor
let bought: Purchase
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  door = await startTestDoor(gateway)
  bought = await gateway.buy('/tides')
})
afterAll(async () => {
  await door?.stop()
  await gateway?.close()
})

describe('at the second door', () => {
  test.each(['/', '/sign-in', '/overview', '/api/health', '/api/dev/sign-in', '/_next/static/x.js', '/api/gate/tides'])(
    'there is nothing of the dashboard at %s',
    async (path) => {
      const reply = await door.ask(path, { host: `localhost:${door.port}`, headers: { Accept: 'application/json' } })
      expect([reply.status, reply.json().reason]).toEqual([404, 'paywall.resource_unknown'])
    },
  )

  test.each<[what: string, headers: Record<string, string>]>([
    [
      'a middleware to pass over',
      { 'X-Middleware-Subrequest': 'proxy:proxy:proxy:proxy:proxy', 'X-Middleware-Next': '1' },
    ],
    ['another page', { 'X-Invoke-Path': '/overview', 'X-Matched-Path': '/overview', 'X-Nextjs-Data': '1' }],
    ['a component', { RSC: '1', 'Next-Router-State-Tree': '%5B%5D', 'Next-Router-Prefetch': '1' }],
    [
      'another host',
      { 'X-Forwarded-Host': 'nobody.localhost', 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '9.9.9.9' },
    ],
    ['a request of somebody else', { 'X-Satstile-Exchange': '00'.repeat(16), 'X-Satstile-Client': '9.9.9.9' }],
    ['a draft', { Cookie: '__prerender_bypass=1; __next_preview_data=1' }],
  ])('headers by which Next would take it for %s change no answer', async (_what, headers) => {
    const unpaid = await door.ask('/tides', { headers })
    expect([unpaid.status, unpaid.headers('www-authenticate').length]).toEqual([402, 1])
    expect(unpaid.text).not.toContain(PAID_SENTENCE)
    const paid = await door.ask('/tides', { headers: { ...headers, Authorization: bought.authorization } })
    expect(paid.text).toContain(PAID_SENTENCE)
  })

  test('calls of actions are requests like any other', async () => {
    const headers = { 'Next-Action': '00'.repeat(21), 'Content-Type': 'text/plain;charset=UTF-8' }
    const reply = await door.ask('/overview', { method: 'POST', headers, body: '[]' })
    expect([reply.status, reply.json().reason]).toEqual([404, 'paywall.resource_unknown'])
  })

  test('a handshake for another protocol is a request like any other', async () => {
    const handshake = { Connection: 'Upgrade', Upgrade: 'websocket' }
    expect((await door.ask('/tides', { headers: handshake })).status).toBe(402)
    const paid = await door.ask('/tides', { headers: { ...handshake, Authorization: bought.authorization } })
    expect([paid.status, paid.text.includes(PAID_SENTENCE)]).toEqual([200, true])
  })

  test('no credential and no key is in what it prints', () => {
    expect(door.output()).not.toContain(bought.preimage)
    expect(door.output()).not.toContain(Buffer.alloc(32, 7).toString('base64'))
  })
})

test('the second door ends in time with a page that waits, and the page is let go', async () => {
  const other = await startTestDoor(gateway)
  const { challenge, secret } = await askFor({ ...other, origin: `http://${other.host}` }, 'tides')
  const waiting = other.ask(`/_l402/challenge/${challenge}?wait=25`, { headers: { 'L402-Claim': secret } })
  await other.ask('/tides')
  const begun = performance.now()
  const [reply] = await Promise.all([waiting.catch(() => null), other.stop()])
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect(reply?.json().state ?? 'open').toBe('open')
})

test.each([
  ['without its keys', { KEY_ENCRYPTION_KEYS: '' }, 'KEY_ENCRYPTION_KEYS is missing'],
  ['with a secret of the dashboard', { NEXTAUTH_SECRET: 'x'.repeat(32) }, 'NEXTAUTH_SECRET is a secret of web'],
])('it does not start %s, and says so', async (_what, env, sentence) => {
  await expect(startTestDoor(gateway, env)).rejects.toThrow(sentence)
})
