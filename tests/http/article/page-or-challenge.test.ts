/** Who gets the page and who the invoice: decided by what is asked for, and by who reads for people (protocol.md §1.4). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FREE_SENTENCE, PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

let gateway: TestGateway
let resourceId: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ resourceId } = await gateway.publish({ title: 'Tides', sats: 210 }))
})
afterAll(() => gateway.close())

const countChallenges = () => gateway.database.owner.client.challenge.count()

async function countViews(): Promise<number> {
  await gateway.deps.usage.flush()
  const rows = await gateway.database.owner.client.usage.findMany({ where: { resourceId } })
  return rows.reduce((sum, { views }) => sum + Number(views), 0)
}

describe('without an invoice', () => {
  test.each([
    ['a text browser', { Accept: 'text/html, text/*;q=0.5', 'User-Agent': 'Lynx/2.9.2' }],
    [
      'a chat that draws a preview',
      { Accept: '*/*', 'User-Agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
    ],
    ['a social network', { Accept: '*/*', 'User-Agent': 'facebookexternalhit/1.1' }],
    ['a search engine', { 'User-Agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }],
  ])('%s gets the preview with its tags', async (_who, headers) => {
    const before = await countChallenges()
    const reply = await gateway.ask('/tides', { headers })
    expect(reply.status).toBe(200)
    expect(reply.header('content-type')).toBe('text/html; charset=utf-8')
    expect(reply.header('www-authenticate')).toBeUndefined()
    expect(reply.header('link')).toContain('rel="payment"')
    expect(reply.text).toContain('<meta property="og:title" content="Tides"/>')
    expect(reply.text).toContain(FREE_SENTENCE)
    expect(reply.text).not.toContain(PAID_SENTENCE)
    expect(await countChallenges()).toBe(before)
  })

  test('HEAD says what GET would have: a page load 200, a program 402, neither with a body', async () => {
    const before = await countChallenges()
    const page = { headers: { Accept: 'text/html' } }
    const [whole, head, program] = await Promise.all([
      gateway.ask('/tides', page),
      gateway.ask('/tides', { ...page, method: 'HEAD' }),
      gateway.ask('/tides', { method: 'HEAD' }),
    ])
    expect([head.status, head.text]).toEqual([200, ''])
    expect(head.header('content-type')).toBe(whole.header('content-type'))
    expect(head.header('link')).toBe(whole.header('link'))
    expect(head.header('content-length')).toBe(whole.header('content-length'))
    expect([program.status, program.text]).toEqual([402, ''])
    expect(program.header('www-authenticate')).toBeUndefined()
    expect(await countChallenges()).toBe(before)
  })
})

describe('with an invoice', () => {
  test.each([
    ['curl', { Accept: '*/*', 'User-Agent': 'curl/8.9.1' }],
    ['a library without a name', { Accept: '*/*' }],
    ['a program that calls itself a browser', { Accept: '*/*', 'User-Agent': 'Mozilla/5.0' }],
    ['a program that says how it pays', { Accept: 'text/html', 'Accept-Authenticate': 'L402' }],
    ["Java's own client", { Accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'User-Agent': 'Java/21' }],
  ])('%s gets the 402', async (_who, headers) => {
    const reply = await gateway.ask('/tides', { headers })
    expect(reply.status).toBe(402)
    expect(reply.headers('www-authenticate')).toHaveLength(1)
    expect(reply.text).not.toContain(PAID_SENTENCE)
  })
})

test('a robot gets no invoice either where there is nothing to show for nothing', async () => {
  await gateway.publish({ title: 'Closed', sats: 210, isClosed: true })
  await gateway.changed()
  const before = await countChallenges()
  const reply = await gateway.ask('/closed', { headers: { 'User-Agent': 'Twitterbot/1.0' } })
  expect(reply.status).toBe(402)
  expect(reply.header('www-authenticate')).toBeUndefined()
  expect(await countChallenges()).toBe(before)
})

test('a view is counted once per reader and day, and robots are no readers', async () => {
  const before = await countViews()
  const look = (agent: string, method = 'GET') =>
    gateway.ask('/tides', { method, headers: { Accept: 'text/html', 'User-Agent': agent } })
  for (const agent of ['Reader One', 'Reader One', 'Reader Two', 'Twitterbot/1.0']) await look(agent)
  await look('Reader Three', 'HEAD')
  expect(await countViews()).toBe(before + 2)
  gateway.clock.move(86_400_000)
  await look('Reader One')
  expect(await countViews()).toBe(before + 3)
})
