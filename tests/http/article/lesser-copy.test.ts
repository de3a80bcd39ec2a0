/** A copy that its holder narrowed on the command line opens what it says, and the token itself is as it was. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { PAID_SENTENCE, type Purchase, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { until } from '#tests/support/until.ts'

let gateway: TestGateway
let both: Purchase
beforeAll(async () => {
  gateway = await startTestGateway()
  for (const [title, sats] of [
    ['Tides', 210],
    ['Storms', 180],
  ] as const)
    await gateway.publish({ title, sats })
  const tides = await gateway.buy('/tides')
  await gateway.settled(tides.challenge)
  both = await gateway.buy('/storms', { Authorization: tides.authorization })
  await gateway.settled(both.challenge)
})
afterAll(() => gateway.close())

const PROGRAM = join(import.meta.dirname, '../../../packages/cli/main.ts')
const attenuate = (words: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'attenuate', ...words], {
    ...{ input, encoding: 'utf8', timeout: 20_000 },
  })
  return { status, out: stdout.trim(), said: stderr }
}
const read = (credential: string, path = '/tides') =>
  gateway.ask(path, { headers: { Authorization: `L402 ${credential}` } })
const macaroon = () => Buffer.from(both.macaroon).toString('base64')

test('a copy of one service of two opens that one, and the token both', async () => {
  const services = (await read(`${macaroon()}:${both.preimage}`)).header('l402-covers')?.split(/[ ,]+/) ?? []
  const tides = services.find((name) => name.endsWith('tides')) ?? ''
  const { status, out } = attenuate(['-', '--service', tides], both.authorization)
  expect(status).toBe(0)
  const opened = await read(out)
  expect([opened.status, opened.text.includes(PAID_SENTENCE)]).toEqual([200, true])
  const closed = await read(out, '/storms')
  expect([closed.status, closed.header('l402-reason')]).toEqual([402, 'l402.wrong_service'])
  expect(closed.text).not.toContain(PAID_SENTENCE)
  expect((await read(`${macaroon()}:${both.preimage}`, '/storms')).status).toBe(200)
})

test('a macaroon gives a macaroon, which opens beside its preimage until the second that was said', async () => {
  const at = (seconds: number) => String(Math.floor(gateway.clock.now().getTime() / 1000) + seconds)
  const open = attenuate([macaroon(), '--valid-until', at(60)]).out
  const over = attenuate([macaroon(), '--valid-until', at(-1)]).out
  expect((await read(`${open}:${both.preimage}`)).status).toBe(200)
  const reply = await read(`${over}:${both.preimage}`)
  expect([reply.status, reply.header('l402-reason')]).toEqual([402, 'l402.expired'])
})

test('a copy is never wider: what the command refuses is refused by the gateway too', async () => {
  const narrow = attenuate([macaroon(), '--path', '/tides', '--valid-until', '2000000000']).out
  const wider = attenuate([narrow, '--valid-until', '2000000001'])
  expect([wider.status, wider.out]).toEqual([2, ''])
  expect(wider.said).toContain('--valid-until: the token itself allows less; a copy can only be narrowed.')
  const elsewhere = await read(`${narrow}:${both.preimage}`, '/storms')
  expect([elsewhere.status, elsewhere.header('l402-reason')]).toEqual([402, 'l402.caveat_refused'])
})

test('a copy ends with its token', async () => {
  const bought = await gateway.buy('/tides')
  await gateway.settled(bought.challenge)
  const copy = attenuate(['-', '--method', 'GET'], bought.authorization).out
  expect((await read(copy)).status).toBe(200)
  const tokenId = tokenIdOf(bought.macaroon)
  await revokeToken({ db: gateway.database.owner }, { creatorId: gateway.creatorId, tokenId })
  await until('the copy is refused', async () => (await read(copy)).status === 402, { withinMs: 2_000 })
})

test.each([
  [['--uses', '3'], 'say which token'],
  [['x', '--uses', '3'], 'That is no token'],
  [['AgEI', '--uses', '3'], 'no token of Satstile'],
  [['-'], 'say what the copy shall not open'],
  [['-', '--uses', '-1'], '--uses'],
  [['-', '--uses', '1e3'], '--uses: expected a whole number.'],
  [['-', '--rate', '10'], '--rate: expected requests/seconds, as 10/60.'],
  [['-', '--method', 'get'], '--method: expected names of capital letters, as GET.'],
  [['-', '--path', '/a/../b'], '--path: expected a path that begins with /, without . or ...'],
  [['-', '--address', '192.0.2.1/24'], '--address'],
  [['-', '--service', 'gulls'], '--service: the token holds no such service.'],
  [['-', '--valid-until', 'soon'], '--valid-until: expected a time'],
  [['-', '--colour', 'red'], "Unknown option '--colour'"],
  [['-', 'another', '--uses', '3'], 'one token at a time'],
])('%j makes nothing, says what was expected, and repeats no credential', (words, sentence) => {
  const { status, out, said } = attenuate(words, both.authorization)
  expect([status, out]).toEqual([2, ''])
  expect(said).toContain(sentence)
  expect(said).not.toContain(both.preimage)
  expect(said).not.toContain(macaroon())
})
