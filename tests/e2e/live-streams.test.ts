/** The dashboard's live streams are bounded for each person, so that nobody's tabs keep another person's away. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askWeb } from '#tests/support/ask-web.ts'
import { until } from '#tests/support/until.ts'
import { startTestWeb, type TestWeb } from '#tests/support/web.ts'

/** As live-share.ts has it. */
const OF_ONE_USER = 20

let web: TestWeb
let cookie = ''
beforeAll(async () => {
  web = await startTestWeb()
  const { pathname, search } = new URL(web.signInUrl)
  const signedIn = await askWeb(web, pathname + search)
  cookie = (signedIn.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
})
afterAll(() => web.close())

/** A tab that listens; it has heard the first line, or the whole refusal. */
async function listen(): Promise<IncomingMessage> {
  const { host, port } = web.address
  const asked = request({ host: '127.0.0.1', port, path: '/overview/live', headers: { host, cookie }, agent: false })
  asked.on('error', () => undefined)
  asked.end()
  const [message] = (await once(asked, 'response')) as [IncomingMessage]
  message.on('error', () => undefined)
  await once(message, 'data')
  message.resume()
  return message
}

test('twenty streams of one person are told of sales, the next is 429 with the time to wait, and a closed one makes room', async () => {
  const streams = await Promise.all(Array.from({ length: OF_ONE_USER }, listen))
  expect(streams.map(({ statusCode }) => statusCode)).toEqual(streams.map(() => 200))
  const refused = await listen()
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1'])
  expect((await askWeb(web, '/overview', { headers: { cookie } })).status).toBe(200)
  streams[0]?.destroy()
  const again = await until('there is room', async () => {
    const stream = await listen()
    return stream.statusCode === 200 && stream
  })
  for (const stream of [...streams, again]) stream.destroy()
})
