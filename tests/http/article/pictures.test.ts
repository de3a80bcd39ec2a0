/** Pictures before the cut are free, the others are paid bytes, and neither can act as anything but a picture. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

/** The smallest GIF there is, in one shade of grey. */
const gif = (shade: number) => {
  const colour = shade.toString(16).padStart(2, '0').repeat(3)
  return Buffer.from(`47494638396101000100800000${colour}${colour}2c000000000100010000020244010${'0'}3b`, 'hex')
}

let gateway: TestGateway
let authorization: string
let paths: { free: string; paid: string }
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Harbours', sats: 50, pictures: { free: gif(10), paid: gif(200) } })
  authorization = (await gateway.buy('/harbours')).authorization
  const page = await gateway.ask('/harbours', { headers: { Authorization: authorization, Accept: 'text/html' } })
  const [free = '', paid = ''] = [...page.text.matchAll(/\/harbours\/[0-9a-f]{64}\.gif/g)].map(([path]) => path)
  paths = { free, paid }
})
afterAll(() => gateway.close())

test('a picture before the cut needs no payment', async () => {
  const reply = await gateway.ask(paths.free)
  expect(reply.status).toBe(200)
  expect(reply.header('content-type')).toBe('image/gif')
  expect(reply.header('content-security-policy')).toContain('sandbox')
  expect(reply.header('x-content-type-options')).toBe('nosniff')
})

test('a picture behind the cut needs the credential of its article', async () => {
  const stranger = await gateway.ask(paths.paid)
  expect(stranger.status).toBe(402)
  expect(stranger.header('l402-reason')).toBe('l402.missing')
  const reply = await gateway.ask(paths.paid, { headers: { Authorization: authorization } })
  expect(reply.status).toBe(200)
  expect(reply.header('cache-control')).toBe('private, no-store')
})

test('the preview does not tell where the paid picture is', async () => {
  const headers = { Accept: 'text/html', 'User-Agent': 'Mozilla/5.0' }
  const preview = await gateway.ask('/harbours', { headers })
  expect(preview.text).toContain(paths.free)
  expect(preview.text).not.toContain(paths.paid)
})

test('a picture of another article is not found under this one', async () => {
  await gateway.publish({ title: 'Tides', sats: 50 })
  await gateway.changed()
  expect((await gateway.ask(paths.free.replace('/harbours/', '/tides/'))).status).toBe(404)
})

test('a picture that the client has is not sent again, and a part of it where a part is asked for', async () => {
  const whole = await gateway.ask(paths.free)
  const etag = whole.header('etag') ?? ''
  const digest = Buffer.from(/[0-9a-f]{64}/.exec(paths.free)?.[0] ?? '', 'hex')
  const { byteLength } = await gateway.database.owner.client.articlePicture.findFirstOrThrow({ where: { digest } })
  expect([etag, whole.header('accept-ranges'), whole.header('content-length')]).toEqual([
    expect.stringMatching(/^"[0-9a-f]{32}"$/),
    'bytes',
    String(byteLength),
  ])
  expect((await gateway.ask(paths.free, { headers: { 'If-None-Match': etag } })).status).toBe(304)
  expect((await gateway.ask(paths.free, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200)
  const part = await gateway.ask(paths.free, { headers: { Range: 'bytes=0-5', 'If-Range': etag } })
  expect([part.status, part.text, part.header('content-range')]).toEqual([206, 'GIF89a', `bytes 0-5/${byteLength}`])
  const behind = await gateway.ask(paths.free, { headers: { Range: 'bytes=999-' } })
  expect([behind.status, behind.header('content-range'), behind.text]).toEqual([416, `bytes */${byteLength}`, ''])
})

test('no part and no tag of a paid picture is had without its credential', async () => {
  for (const headers of [{ Range: 'bytes=0-5' }, { 'If-None-Match': '*' }]) {
    expect((await gateway.ask(paths.paid, { headers })).status).toBe(402)
  }
  const headers = { Authorization: authorization, Range: 'bytes=0-5' }
  const part = await gateway.ask(paths.paid, { headers })
  expect([part.status, part.text, part.header('cache-control')]).toEqual([206, 'GIF89a', 'private, no-store'])
})
