/** A reader without JavaScript who leaves and comes back: what was paid opens, what was asked for is shown again, nobody pays twice. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { PAID_SENTENCE, type Reply, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { postForm } from '#tests/support/gateway-browser.ts'

let gateway: TestGateway
/** What the browser keeps; `Path` is honoured, since the claim secrets depend on it. */
let jar: Map<string, { value: string; path: string }>
beforeAll(async () => {
  gateway = await startTestGateway()
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.publish({ title: 'Storms', sats: 180 })
})
afterAll(() => gateway.close())
beforeEach(() => {
  jar = new Map()
})

function cookiesFor(path: string): Record<string, string> {
  const sent = [...jar].filter(([, cookie]) => path.startsWith(cookie.path))
  return sent.length === 0 ? {} : { Cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') }
}

function keep(reply: Reply): Reply {
  for (const line of reply.headers('set-cookie')) {
    const [, name = '', value = '', path = '/'] = /^([^=]+)=([^;]*); Path=([^;]+)/.exec(line) ?? []
    if (line.includes('Max-Age=0')) jar.delete(name)
    else jar.set(name, { value, path })
  }
  return reply
}

/** Follows redirects, as a browser does. */
async function visit(path: string): Promise<Reply & { path: string }> {
  let at = path
  for (let hops = 0; hops < 6; hops += 1) {
    const reply = keep(await gateway.ask(at, { headers: { Accept: 'text/html', ...cookiesFor(at) } }))
    if (reply.status !== 303) return { ...reply, path: at }
    at = reply.header('location') ?? ''
  }
  throw new TypeError('led in a circle')
}

async function submit(path: string, fields: Record<string, string>): Promise<Reply & { path: string }> {
  const reply = keep(await postForm(gateway, path, fields, { Accept: 'text/html', ...cookiesFor(path) }))
  return visit(reply.header('location') ?? '')
}

const invoiceIn = ({ text }: Reply) => /lightning:(lnbcrt[0-9a-z]+)/.exec(text)?.[1] ?? ''
const unlock = () => submit('/_l402/challenge', { resource: 'tides', offer: 'single' })

test('whoever paid and comes back without checking finds the article open, and it stays so', async () => {
  const page = await unlock()
  await gateway.node.pay(invoiceIn(page))
  await gateway.settled(page.path.replace('/_l402/pay/', ''))
  const back = await visit('/tides')
  expect([back.status, back.path]).toEqual([200, '/tides'])
  expect(back.text).toContain(PAID_SENTENCE)
  expect((await visit('/tides')).text).toContain(PAID_SENTENCE)
  expect((await visit('/storms')).text).not.toContain(PAID_SENTENCE)
})

test('whoever has not paid is shown that there is an invoice, and the same one behind Unlock', async () => {
  const page = await unlock()
  const back = await visit('/tides')
  expect(back.status).toBe(200)
  expect(back.text).toContain('You asked for an invoice here')
  expect(back.text).not.toContain('id="unlock"')
  expect(back.text).not.toContain(PAID_SENTENCE)
  const before = await gateway.database.owner.client.challenge.count()
  expect(invoiceIn(await unlock())).toBe(invoiceIn(page))
  expect(await gateway.database.owner.client.challenge.count()).toBe(before)
})

test('purchases lists what was asked for and what was paid, with the way to it', async () => {
  const page = await unlock()
  const waiting = await visit('/_l402/purchases')
  expect(waiting.text).toContain(`href="${page.path}">Continue paying</a>`)
  await gateway.node.pay(invoiceIn(page))
  await gateway.settled(page.path.replace('/_l402/pay/', ''))
  expect((await visit('/_l402/purchases')).text).toContain('href="/_l402/open/tides">Read</a>')
  expect((await visit('/_l402/open/tides')).text).toContain(PAID_SENTENCE)
  expect((await visit('/_l402/purchases')).text).toContain('Open, for good')
})

test('pressing Unlock again after paying opens, and asks for no second invoice', async () => {
  const page = await unlock()
  await gateway.node.pay(invoiceIn(page))
  await gateway.settled(page.path.replace('/_l402/pay/', ''))
  const before = await gateway.database.owner.client.challenge.count()
  expect((await unlock()).text).toContain(PAID_SENTENCE)
  expect(await gateway.database.owner.client.challenge.count()).toBe(before)
})

test('whoever bought for a time can buy anew when it is over', async () => {
  const { owner } = gateway.database
  const where = { creatorId: gateway.creatorId, slug: 'storms' }
  const { id: resourceId } = await owner.client.resource.findFirstOrThrow({ where })
  await owner.client.offer.updateMany({ where: { resourceId }, data: { lastsSeconds: 3_600 } })
  await gateway.reprice('/storms', 181)
  await gateway.changed()
  const buy = () => submit('/_l402/challenge', { resource: 'storms', offer: 'single' })
  const page = await buy()
  await gateway.node.pay(invoiceIn(page))
  await gateway.settled(page.path.replace('/_l402/pay/', ''))
  expect((await visit('/storms')).text).toContain(PAID_SENTENCE)
  const later = 3 * 3_600_000
  gateway.clock.move(later)
  try {
    expect((await visit('/storms')).text).toContain('id="unlock"')
    expect((await visit('/_l402/purchases')).text).not.toContain('href="/_l402/open/storms"')
    const again = await buy()
    expect(again.path).toMatch(/^\/_l402\/pay\/chl_/)
    expect(again.path).not.toBe(page.path)
  } finally {
    gateway.clock.move(-later)
  }
})

test('what was withdrawn after it was paid is not shown again, and can be bought anew', async () => {
  const page = await unlock()
  const challengeId = page.path.replace('/_l402/pay/', '')
  await gateway.node.pay(invoiceIn(page))
  await gateway.settled(challengeId)
  const { creatorId, database } = gateway
  const where = { creatorId_challengeId: { creatorId, challengeId } }
  const { tokenId } = await database.owner.client.settlement.findUniqueOrThrow({ where })
  await revokeToken({ db: database.owner }, { creatorId, tokenId })
  await gateway.changed()
  const again = await unlock()
  expect([again.status, again.path]).toEqual([200, expect.stringMatching(/^\/_l402\/pay\/chl_/)])
  expect(again.path).not.toBe(page.path)
  expect(invoiceIn(again)).not.toBe(invoiceIn(page))
})

test('another browser that knows the challenge and the mark of the first opens nothing', async () => {
  const page = await unlock()
  await gateway.node.pay(invoiceIn(page))
  await gateway.settled(page.path.replace('/_l402/pay/', ''))
  for (const name of [...jar.keys()]) if (name.startsWith('l402c-')) jar.delete(name)
  const back = await visit('/tides')
  expect(back.text).toContain('id="unlock"')
  expect(back.text).not.toContain(PAID_SENTENCE)
  expect((await visit(page.path)).status).toBe(403)
})

test('checking before paying says not seen yet and keeps code, invoice and time; only who says paid is told to wait', async () => {
  const page = await unlock()
  const challenge = page.path.replace('/_l402/pay/', '')
  const early = await submit('/_l402/claim', { challenge })
  expect(early.text).toContain('Not seen yet')
  expect(early.text).not.toContain('Do not pay again')
  expect(invoiceIn(early)).toBe(invoiceIn(page))
  expect(early.text).toMatch(/\d+:\d\d left/)
  expect(early.text).toContain('QR code of the invoice')
  const said = await submit('/_l402/claim', { challenge, said: 'paid' })
  expect(said.text).toContain('Do not pay again')
})
