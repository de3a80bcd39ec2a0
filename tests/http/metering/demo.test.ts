/** The demo creator's metered APIs as a fresh start has them: a chat paid by the token, scores that are free three times. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DemoUpstream, startUpstream } from '#devnode/upstream.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { seed } from '#prisma/seed.ts'
import { startTestGateway, TEST_OPEN_KEY, type TestGateway } from '#tests/support/gateway.ts'
import { until } from '#tests/support/until.ts'

let upstream: DemoUpstream
let gateway: TestGateway
let chatPath: string
beforeAll(async () => {
  upstream = await startUpstream({ host: '127.0.0.1', port: 0 })
  gateway = await startTestGateway({ egressAllow: `127.0.0.1:${upstream.port}` })
  const api = { url: `http://127.0.0.1:${upstream.port}`, sealKey: sealKeyOf(TEST_OPEN_KEY) }
  const seeded = await seed({ databaseUrl: gateway.database.ownerUrl, contentUrl: gateway.contentFolder, api })
  chatPath = seeded.api?.chat ?? ''
  await gateway.changed()
})
afterAll(async () => {
  await gateway?.close()
  await upstream?.close()
})

const MESSAGES = [{ role: 'user', content: 'When does the tide turn?' }]
const say = (authorization: string | null, request: object) =>
  gateway.ask(chatPath, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(authorization && { Authorization: authorization }) },
    body: JSON.stringify({ model: 'harbor', messages: MESSAGES, ...request }),
  })

test('a chat is drawn down by the tokens that it says it used, whole and as a stream', async () => {
  const unpaid = await say(null, {})
  expect(unpaid.json()).toMatchObject({ price_sats: 50, offers: [{ volume_token: 10_000 }, { id: 'pack' }] })
  const challenge = readChallenges(unpaid.headers('www-authenticate'))
  if (challenge.kind === 'fault') throw new TypeError('no challenge')
  const { preimage } = await gateway.node.pay(challenge.invoice)
  const authorization = `L402 ${formatCredential(challenge.macaroon, Buffer.from(preimage, 'hex'))}`
  const whole = (await say(authorization, { max_tokens: 8 })).json()
  expect(whole).toMatchObject({
    choices: [{ message: { role: 'assistant' }, finish_reason: 'length' }],
    usage: { prompt_tokens: 5, completion_tokens: 8, total_tokens: 13 },
  })
  const streamed = await say(authorization, { max_tokens: 12, stream: true })
  const events = streamed.text.trim().split('\n\n')
  expect([streamed.header('content-type'), events.at(-1)]).toEqual(['text/event-stream', 'data: [DONE]'])
  expect(JSON.parse(events.at(-2)?.slice('data: '.length) ?? '').usage.total_tokens).toBe(17)
  const { client } = gateway.database.owner
  await until('both are settled', async () => (await client.useLease.count()) === 0)
  expect((await client.useCounter.findMany()).map(({ kind, used }) => [kind, used])).toEqual([
    ['volume_token', 30_000n],
  ])
})

test('a score is free three times, then one is sold, or a hundred', async () => {
  const replies = [await ask(), await ask(), await ask(), await ask()]
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 402])
  expect(replies[0]?.json()).toMatchObject({ node: 'alice' })
  expect(replies[3]?.json()).toMatchObject({
    offers: [
      { price_sats: 10, uses: 1 },
      { price_sats: 800, uses: 100 },
    ],
  })
  expect((await gateway.ask('/scores/nodes/alice')).status).toBe(402)
})

const ask = () => gateway.ask('/scores/score/alice')
