/** What a use has brought is known to every gateway: one may end in the middle of a transfer, and another goes on. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon } from '#lib/l402/macaroon.ts'
import { download } from '#tests/support/files.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

const MB = 1024 * 1024
const BYTES = randomBytes(48 * MB)

let first: TestGateway
let second: TestGateway
let service: string
beforeAll(async () => {
  first = await startTestGateway()
  const { database, node, creatorId, deps } = first
  ;({ service } = await first.publishFile({ name: 'film.bin', bytes: BYTES, title: 'Film', sats: 30 }))
  second = await startTestGateway({ world: { database, node, creatorId, contentFolder: deps.config.CONTENT_URL } })
})
afterAll(async () => {
  await Promise.allSettled([first.deps.close(), second.close()])
})

async function buyOneUse(): Promise<string> {
  const purchase = await first.buy('/film')
  const read = decodeMacaroon(purchase.macaroon)
  if (read.kind === 'refused') throw new TypeError('unreadable')
  const macaroon = appendCaveat(first.deps.l402.hmac, read.macaroon, encodeUtf8(`${service}_uses=1`))
  return `L402 ${Buffer.from(encodeMacaroon(macaroon)).toString('base64')}:${purchase.preimage}`
}

test('a transfer that ended with its gateway goes on at another one, by the same use, and no third time', async () => {
  const authorization = await buyOneUse()
  const begun = await download({
    ...{ host: first.host, port: first.port, path: '/film', breakAfter: 20 * MB },
    headers: { authorization },
  })
  const resume = { authorization, range: `bytes=${begun.received}-`, 'if-range': String(begun.headers.etag) }
  const rest = await download({ host: second.host, port: second.port, path: '/film', headers: resume })
  expect([rest.status, Buffer.concat([begun.bytes, rest.bytes]).equals(BYTES)]).toEqual([206, true])
  const anew = await download({ host: second.host, port: second.port, path: '/film', headers: { authorization } })
  expect([anew.status, anew.headers['l402-reason']]).toEqual([402, 'l402.exhausted'])
})
