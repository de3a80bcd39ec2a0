/** Forgetting is whole: after it this browser opens nothing here, and before it every receipt is offered as one file. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAID_SENTENCE, type Reply, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { cookiesOf, payFor, postForm, postJson } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
let tidesId: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ resourceId: tidesId } = await gateway.publish({ title: 'Tides', sats: 210 }))
  await gateway.publish({ title: 'Storms', sats: 180 })
})
afterAll(() => gateway.close())

async function buy(resource: string, headers = {}): Promise<{ cookie: string; credential: string }> {
  const { challenge, secret } = await payFor(gateway, resource)
  const reply = await postJson(gateway, '/_l402/claim', { challenge, secret }, headers)
  return { cookie: cookiesOf(reply), credential: String(reply.json().credential) }
}

/** Names of the cookies that a reply takes back at the path `/`, and at that of the claim secrets. */
function takenBack(reply: Reply): string[] {
  const lines = reply.headers('set-cookie')
  expect(lines.every((line) => line.includes('Max-Age=0'))).toBe(true)
  return lines.filter((line) => line.includes('Path=/;')).map((line) => line.split('=')[0] ?? '')
}

test('every credential, claim secret and mark of this browser is taken back, at both paths', async () => {
  const { cookie } = await buy('tides')
  const asked = await postForm(gateway, '/_l402/challenge', { resource: 'storms', offer: 'single' })
  const all = `${cookie}; ${cookiesOf(asked)}; theme=dark`
  const reply = await postJson(gateway, '/_l402/forget', {}, { Cookie: all })
  expect([reply.status, reply.json()]).toEqual([200, { state: 'forgotten' }])
  expect(takenBack(reply).sort()).toEqual(['l402', expect.stringMatching(/^l402c-chl_/), 'l402w'])
  expect(reply.headers('set-cookie').filter((line) => line.includes('Path=/_l402/;'))).toHaveLength(3)
  expect(reply.text).not.toContain(cookie.slice(5, 40))
})

test('one article is forgotten with the credentials that open it, and the others stay', async () => {
  const [tides, storms] = [await buy('tides'), await buy('storms')]
  const both = `${tides.cookie}; ${storms.cookie.replace('l402=', 'l402-2=')}`
  const reply = await postJson(gateway, '/_l402/forget', { resource: tidesId }, { Cookie: both })
  expect(takenBack(reply)).toEqual(['l402'])
})

test('all receipts of this browser come as one file, and each opens what it says', async () => {
  const [tides, storms] = [await buy('tides'), await buy('storms')]
  const both = `${tides.cookie}; ${storms.cookie.replace('l402=', 'l402-2=')}`
  const file = await gateway.ask('/_l402/receipts', { headers: { Cookie: both } })
  expect(file.header('content-disposition')).toBe('attachment; filename="receipts.txt"')
  expect(file.header('cache-control')).toBe('private, no-store')
  for (const [title, { credential }] of Object.entries({ Tides: tides, Storms: storms })) {
    expect(file.text).toContain(`: ${title}\n`)
    expect(file.text).toContain(credential)
  }
  const read = await gateway.ask('/tides', { headers: { Authorization: `L402 ${tides.credential}` } })
  expect(read.text).toContain(PAID_SENTENCE)
  expect((await gateway.ask('/_l402/receipts')).text).toBe('')
})

test('without JavaScript it is asked first, with the file at hand', async () => {
  const { cookie } = await buy('tides')
  const own = { Cookie: cookie, Accept: 'text/html' }
  const first = await postForm(gateway, '/_l402/forget', {}, own)
  expect([first.status, first.header('location')]).toEqual([303, '/_l402/forget'])
  expect(first.headers('set-cookie')).toEqual([])
  const page = await gateway.ask('/_l402/forget', { headers: own })
  expect(page.text).toContain('href="/_l402/receipts"')
  const sure = await postForm(gateway, '/_l402/forget', { sure: 'yes' }, own)
  expect([sure.status, sure.header('location')]).toEqual([303, '/_l402/purchases'])
  expect(takenBack(sure)).toEqual(['l402'])
})

test('another site cannot make a browser forget', async () => {
  const { cookie } = await buy('tides')
  const headers = { Cookie: cookie, Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
  const reply = await postForm(gateway, '/_l402/forget', { sure: 'yes' }, headers)
  expect(reply.status).toBe(403)
  expect(reply.headers('set-cookie')).toEqual([])
})
