/** Pages that wait for a payment have parts of what all share. */
import { once } from 'node:events'
import { get as httpGet, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { askFor } from '#tests/support/gateway-browser.ts'
import { until } from '#tests/support/until.ts'

/** As settlement-watch.ts has it. */
const OF_ONE_CHALLENGE = 16
const OF_ONE_CLIENT = 100

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ trustedProxies: '127.0.0.1' })
  await gateway.publish({ title: 'Tides', sats: 210 })
})
afterAll(() => gateway.close())

/** A page that waits, once the first state has come or it was refused. */
async function listen(challenge: string, secret: string, address: string): Promise<IncomingMessage> {
  const request = httpGet({
    host: '127.0.0.1',
    port: gateway.port,
    path: `/_l402/challenge/${challenge}/events`,
    headers: {
      Host: gateway.host,
      'L402-Claim': secret,
      'X-Forwarded-For': address,
      'X-Forwarded-Proto': 'https',
    },
    agent: false,
  })
  const [message] = (await once(request, 'response')) as [IncomingMessage]
  message.on('error', () => undefined)
  await once(message, 'data')
  message.resume()
  return message
}

test('sixteen pages wait for one challenge, the next is told when to ask again, and other buyers wait as before', async () => {
  const [mine, other] = [await askFor(gateway, 'tides'), await askFor(gateway, 'tides')]
  const pages = await Promise.all(
    Array.from({ length: OF_ONE_CHALLENGE }, (_, n) => listen(mine.challenge, mine.secret, `10.0.${n}.1`)),
  )
  expect(pages.map(({ statusCode }) => statusCode)).toEqual(pages.map(() => 200))
  const refused = await listen(mine.challenge, mine.secret, '10.1.0.1')
  expect([refused.statusCode, refused.headers['l402-reason'], refused.headers['retry-after']]).toEqual([
    429,
    'limit.rate',
    '1',
  ])
  const asked = await gateway.ask(`/_l402/challenge/${mine.challenge}?wait=25`, {
    headers: { 'L402-Claim': mine.secret, 'X-Forwarded-Proto': 'https' },
  })
  expect([asked.status, asked.json().state, asked.header('retry-after')]).toEqual([200, 'open', '2'])
  const page = await listen(other.challenge, other.secret, '10.1.0.1')
  expect(page.statusCode).toBe(200)
  for (const message of [...pages, page]) message.destroy()
  await until('there is room again', async () => {
    const again = await listen(mine.challenge, mine.secret, '10.1.0.1')
    again.destroy()
    return again.statusCode === 200
  })
})

test('a client has a hundred pages that wait, and another is not kept out by them', async () => {
  const challenges = await Promise.all(Array.from({ length: 8 }, () => askFor(gateway, 'tides')))
  const pages = await Promise.all(
    Array.from({ length: OF_ONE_CLIENT }, (_, n) => {
      const { challenge, secret } = challenges[n % challenges.length] ?? { challenge: '', secret: '' }
      return listen(challenge, secret, '10.2.0.1')
    }),
  )
  expect(pages.every(({ statusCode }) => statusCode === 200)).toBe(true)
  const [last] = challenges.slice(-1)
  const refused = await listen(last?.challenge ?? '', last?.secret ?? '', '10.2.0.1')
  expect([refused.statusCode, refused.headers['l402-reason']]).toEqual([429, 'limit.rate'])
  expect((await listen(last?.challenge ?? '', last?.secret ?? '', '10.3.0.1')).statusCode).toBe(200)
  for (const message of pages) message.destroy()
})
