/** However a credential is spelt, it draws on the same units: one that opened and was not counted would be free service. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { appendCaveat, decodeMacaroon, encodeMacaroon } from '#lib/l402/macaroon.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { makeClaimSecret } from '#tests/support/gateway-browser.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const EACH = 7
const REQUESTS = 9

interface Held {
  readonly macaroon: Buffer
  /** The same with the preimage as its last caveat, as some clients keep it. */
  readonly withPreimage: Buffer
  readonly preimage: string
  readonly secret: string
}

type Fields = Record<string, string | string[]>
type Spelling = (held: Held) => Fields

const alphabets = {
  base64: (bytes: Buffer) => bytes.toString('base64'),
  base64url: (bytes: Buffer) => bytes.toString('base64url'),
  hex: (bytes: Buffer) => bytes.toString('hex'),
  HEX: (bytes: Buffer) => bytes.toString('hex').toUpperCase(),
}
const schemes = ['L402 ', 'LSAT ', 'l402   ', 'lSaT ', 'L402 LSAT ', '']
const fields = ['Macaroon', 'Grpc-Metadata-Macaroon', 'Token', 'Grpc-Metadata-Token', 'X-Payment']

/** Every form that protocol.md §2.1 lists. */
const SPELLINGS: readonly Spelling[] = [
  ...Object.values(alphabets).flatMap((write): Spelling[] => [
    ...schemes.map((scheme) => ({ macaroon, preimage }: Held) => ({
      Authorization: `${scheme}${write(macaroon)}:${preimage}`,
    })),
    ...schemes.slice(0, 4).map((scheme) => ({ withPreimage }: Held) => ({
      Authorization: `${scheme}${write(withPreimage)}`,
    })),
    ...fields.map((field) => ({ macaroon, preimage }: Held) => ({ [field]: `${write(macaroon)}:${preimage}` })),
    ...fields.slice(0, 4).map((field) => ({ withPreimage }: Held) => ({ [field]: write(withPreimage) })),
    ({ macaroon, secret }) => ({ Authorization: `L402 ${write(macaroon)}:`, 'L402-Claim': secret }),
    ({ macaroon, secret }) => ({ Authorization: `LSAT ${write(macaroon)}`, 'L402-Claim': secret }),
  ]),
  ({ macaroon, preimage }) => ({ Authorization: ['Bearer x', `L402 ${macaroon.toString('base64')}:${preimage}`] }),
  ({ macaroon, preimage }) => ({
    Authorization: `L402 ${macaroon.toString('base64')}:${'22'.repeat(32)}, LSAT ${macaroon.toString('base64')}:${preimage}`,
  }),
  ...['l402', 'l402-2', 'l402-3'].map((name) => ({ macaroon, preimage }: Held) => ({
    Cookie: `other=1; ${name}=${macaroon.toString('base64url')}.${preimage}`,
  })),
]

let upstream: TestUpstream
let shop: ApiShop
beforeAll(async () => {
  upstream = await startUpstream((_req, res) => res.writeHead(200, { 'X-L402-Volume': String(EACH) }).end('x'))
  shop = await startApiShop([upstream], { tokenLimits: 'reads=10000/10000' })
  const meter = { unit: 'call', told: { from: 'header' }, estimate: { units: EACH, asked: null } } as const
  const rule = ruleOf('all', '/**', { sats: 3, meter, volume: EACH * REQUESTS })
  await shop.sell({ slug: 's', url: upstream.url, rules: [rule] })
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
})

/** A purchase of exactly so many requests, whose claim secret and preimage are both known. */
async function buy(): Promise<Held> {
  const { secret } = makeClaimSecret()
  const reply = await shop.ask('/s/x', { headers: { 'L402-Claim': secret } })
  const challenge = readChallenges(reply.headers('www-authenticate'))
  if (challenge.kind === 'fault') throw new TypeError('no challenge')
  const { preimage } = await shop.node.pay(challenge.invoice)
  await shop.settled(String(reply.json().challenge))
  const read = decodeMacaroon(challenge.macaroon)
  if (read.kind === 'refused') throw new TypeError('unreadable')
  const kept = appendCaveat(shop.deps.l402.hmac, read.macaroon, encodeUtf8(`preimage=${preimage}`))
  const withPreimage = Buffer.from(encodeMacaroon(kept))
  return { macaroon: Buffer.from(challenge.macaroon), withPreimage, preimage, secret }
}

const ask = (held: Held, spelling: Spelling) => shop.ask('/s/x', { headers: spelling(held) })

test('whatever spellings come in whatever order, so many requests are let in as were bought', async () => {
  const orders = fc.array(fc.constantFrom(...SPELLINGS), { minLength: REQUESTS, maxLength: REQUESTS })
  await fc.assert(
    fc.asyncProperty(orders, async (order) => {
      const held = await buy()
      for (const spelling of order) expect((await ask(held, spelling)).status).toBe(200)
      for (const spelling of order) expect((await ask(held, spelling)).status).toBe(402)
    }),
    { numRuns: 3 },
  )
})

test('each spelling opens while something is left, and none does when it is used up', async () => {
  let held = await buy()
  for (const [n, spelling] of SPELLINGS.entries()) {
    if (n % REQUESTS === 0) held = await buy()
    expect([n, (await ask(held, spelling)).status]).toEqual([n, 200])
  }
  for (let left = REQUESTS - (SPELLINGS.length % REQUESTS || REQUESTS); left > 0; left -= 1) {
    expect((await ask(held, SPELLINGS[0] as Spelling)).status).toBe(200)
  }
  const refused = await Promise.all(SPELLINGS.map((spelling) => ask(held, spelling)))
  expect(refused.map(({ status }) => status)).toEqual(SPELLINGS.map(() => 402))
})
