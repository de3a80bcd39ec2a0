/** Plain HTTP is sent to TLS before anything of it is read; only this computer, in development, is let in without. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ trustedProxies: '127.0.0.1' })
  await gateway.publish({ title: 'Tides', sats: 210 })
})
afterAll(() => gateway.close())

const FORWARDED = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' }

test('behind a trusted proxy the scheme that the client spoke counts', async () => {
  const reply = await gateway.ask('/tides', { headers: FORWARDED })
  expect(reply.status).toBe(402)
  expect(reply.json()).toMatchObject({ resource: { url: `https://${gateway.host}/tides` } })
})

test('a client that spoke plain HTTP to the proxy is redirected, with path and query, and no challenge', async () => {
  const headers = { ...FORWARDED, 'X-Forwarded-Proto': 'http' }
  const reply = await gateway.ask('/tides?a=b', { headers })
  expect(reply.status).toBe(308)
  expect(reply.header('location')).toBe('https://harbor.localhost/tides?a=b')
  expect(reply.header('www-authenticate')).toBeUndefined()
})

test('over TLS the cookies are pinned to the host', async () => {
  const headers = {
    ...FORWARDED,
    'Content-Type': 'application/x-www-form-urlencoded',
    Origin: `https://${gateway.host}`,
  }
  const reply = await gateway.ask('/_l402/challenge', { method: 'POST', headers, body: 'resource=tides' })
  expect(reply.header('set-cookie')).toMatch(
    /^__Secure-l402c-chl_[0-9a-z]+=[\w-]{43}; Path=\/_l402\/; HttpOnly; Secure; SameSite=Lax; /,
  )
})

test('the health of the process is told to the supervisor over plain HTTP, on any host', async () => {
  const reply = await gateway.ask('/_l402/health', { host: '127.0.0.1', headers: { 'X-Forwarded-Proto': 'http' } })
  expect(reply.status).toBe(200)
  expect(reply.json()).toMatchObject({ status: 'ok', catalog_age_ms: expect.any(Number) })
})
