/** A kind is one row: a new one, made in one file, is sold by the gate as it stands. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { createService, insertResource, putOnSale } from '#lib/paywall/resources/resource-store.ts'
import { startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { makeClaimSecret, postJson } from '#tests/support/gateway-browser.ts'
import { dieKind } from '#tests/support/scratch-kind.ts'

let gateway: TestGateway
let resourceId: string

/** On sale for 30 sats: by the verbs that every kind uses. */
async function sellDie(kind: string, slug: string): Promise<string> {
  const { creatorId, database } = gateway
  const id = newId('res')
  const key = { creatorId, resourceId: id }
  await database.owner.inTransaction(async (tx) => {
    await raiseChangeNumber(tx, creatorId)
    await insertResource(tx, { ...key, kind, slug, title: 'Die' })
    const service = await createService(tx, { creatorId, slug })
    await putOnSale(tx, key, { service, title: 'Die', lead: 'Fair.', language: 'en', at: new Date() })
  })
  await setPrice({ db: database.owner }, { ...key, price: '30' })
  return id
}

beforeAll(async () => {
  gateway = await startTestGateway({ moreKinds: [dieKind] })
  resourceId = await sellDie('die', 'die')
  await sellDie('unheard-of', 'mystery')
  await gateway.publish({ title: 'Tides', sats: 210 })
  await gateway.changed()
})
afterAll(() => gateway.close())

const throwDie = (headers: Record<string, string> = {}) => gateway.ask('/die/throw', { method: 'POST', headers })

describe('a die', () => {
  test('asks for its price, is paid, and is thrown as often as its holder likes', async () => {
    const asked = await throwDie()
    expect(asked.status).toBe(402)
    expect(asked.json()).toMatchObject({
      message: '30 sats opens this die.',
      price_sats: 30,
      resource: { kind: 'die', title: 'Die', sides: 6, url: `${gateway.origin}/die` },
      offers: [{ id: 'single', lasts: 'forever', url: '/die' }],
    })
    expect(asked.text).not.toContain('thrown')
    const authorization = await payFor(asked)
    for (let n = 0; n < 2; n += 1) {
      const thrown = await throwDie({ Authorization: authorization })
      expect([thrown.status, thrown.text]).toEqual([200, 'thrown: 4 of 6'])
      expect(thrown.header('cache-control')).toBe('private, no-store')
      expect(thrown.header('l402-covers')).toMatch(/-die$/)
    }
  })

  test('is not thrown by who bought something else, and a die opens no article', async () => {
    const article = await gateway.buy('/tides')
    expect((await throwDie({ Authorization: article.authorization })).json()).toMatchObject({
      reason: 'l402.wrong_service',
    })
    const authorization = await payFor(await throwDie())
    expect((await gateway.ask('/tides', { headers: { Authorization: authorization } })).status).toBe(402)
  })

  test('keeps its own rules on methods, and what is free of it is free', async () => {
    const wrong = await gateway.ask('/die/throw')
    expect([wrong.status, wrong.header('allow')]).toEqual([405, 'POST, OPTIONS'])
    const rules = await gateway.ask('/die/rules')
    expect([rules.status, rules.text]).toEqual([200, 'One throw, one price.'])
    expect((await gateway.ask('/die/other')).status).toBe(404)
  })

  test('has a new price at the next challenge, and who bought before throws on', async () => {
    const before = await payFor(await throwDie())
    await setPrice({ db: gateway.database.owner }, { creatorId: gateway.creatorId, resourceId, price: '45' })
    await gateway.changed()
    expect((await throwDie()).json()).toMatchObject({ price_sats: 45 })
    expect((await throwDie({ Authorization: before })).status).toBe(200)
  })

  test('is claimed by the browser that asked, and by no other', async () => {
    const { secret, hash } = makeClaimSecret()
    const asked = await postJson(gateway, '/_l402/challenge', { resource: 'die', claim_hash: hash })
    expect(asked.status).toBe(201)
    const { challenge, invoice } = asked.json() as { challenge: string; invoice: string }
    await gateway.node.pay(invoice)
    await gateway.settled(challenge)
    const stranger = await postJson(gateway, '/_l402/claim', { challenge, secret: makeClaimSecret().secret })
    expect(stranger.status).toBe(403)
    const claimed = await postJson(gateway, '/_l402/claim', { challenge, secret })
    expect(claimed.status).toBe(200)
    const { credential } = claimed.json()
    expect((await throwDie({ Authorization: `L402 ${credential}` })).status).toBe(200)
  })

  test('stands in every list under its own heading', async () => {
    const text = (await gateway.ask('/llms.txt')).text
    expect(text).toContain('## Dice')
    expect(text).toMatch(/- \[Die\]\(.*\/die\): 6 sides, \d+ sats\./)
    const manifest = (await gateway.ask('/.well-known/l402.json')).json() as { services: { resources: unknown[] }[] }
    expect(manifest.services.flatMap(({ resources }) => resources)).toContainEqual(
      expect.objectContaining({ path: '/die', method: 'POST' }),
    )
    expect((await gateway.ask('/')).text).toContain('href="/die"')
  })
})

test('a resource of a kind that no row serves is not on sale', async () => {
  expect((await gateway.ask('/mystery')).status).toBe(404)
  expect((await gateway.ask('/llms.txt')).text).not.toContain('mystery')
})

test('an offer for a number of uses and a time sells a token that ends with either', async () => {
  const { client } = gateway.database.owner
  const id = await sellDie('die', 'short-die')
  await client.$executeRaw`update offer set uses = 2, lasts_seconds = 3600 where resource_id = ${id}`
  await client.$executeRaw`update creator set change_number = change_number + 1 where id = ${gateway.creatorId}`
  await gateway.changed()
  const ask = (headers = {}) => gateway.ask('/short-die', { method: 'POST', headers })
  const asked = await ask()
  expect(asked.json()).toMatchObject({ offers: [{ lasts: 'PT1H', uses: 2 }] })
  const authorization = await payFor(asked)
  const replies = [await ask({ authorization }), await ask({ authorization }), await ask({ authorization })]
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 402])
  expect(replies.map((reply) => reply.header('l402-uses-remaining'))).toEqual(['1', '0', undefined])
  expect(replies[2]?.json()).toMatchObject({ reason: 'l402.exhausted', detail: 'uses' })
  const later = { authorization: await payFor(await ask()) }
  gateway.clock.move(2 * 3_600_000)
  expect((await ask(later)).json()).toMatchObject({ reason: 'l402.expired' })
})

/** Pays the challenge of a 402 and answers the credential. */
async function payFor(reply: { headers(name: string): string[] }): Promise<string> {
  const challenge = readChallenges(reply.headers('www-authenticate'))
  if (challenge.kind === 'fault') throw new TypeError(`no challenge: ${challenge.fault}`)
  const { preimage } = await gateway.node.pay(challenge.invoice)
  return `L402 ${Buffer.from(challenge.macaroon).toString('base64')}:${preimage}`
}
