/** A database of the first version is brought to the newest schema, and everything that was sold goes on working. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { migrate } from '#scripts/migrate.ts'
import { openFilledDatabase } from '#tests/support/database.ts'
import { startTestNode } from '#tests/support/dev-node.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { noteFirstMigration, readDump, restoreFolder, restoreRows } from '#tests/support/first-schema.ts'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'
import { postJson } from '#tests/support/gateway-browser.ts'

const dump = readDump()
const { facts: held } = dump
let gateway: TestGateway
let moneyBefore: unknown[]

/** What was paid and booked, by columns that both schemas have. */
const MONEY = `select payment_hash, creator_id, challenge_id, token_id, amount_msat, received_msat, fee_msat, services, caveats,
  parents, claim_hash, channel, invoice, source, settled_at, created_at, released_at from settlement
  where received_msat > 0 order by payment_hash`

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

beforeAll(async () => {
  const database = await openFilledDatabase(async (ownerUrl) => {
    await restoreRows(ownerUrl, dump)
    moneyBefore = await ask(ownerUrl, MONEY)
    await noteFirstMigration(ownerUrl)
    await migrate({ databaseUrl: ownerUrl, rolePasswords: {} })
  })
  const node = await startTestNode(restoreFolder(dump.node))
  const world = { database, node, contentFolder: restoreFolder(dump.content), creatorId: held.creatorId }
  gateway = await startTestGateway({ world })
})
afterAll(() => gateway.close())

const read = (path: string, authorization: string) => gateway.ask(path, { headers: { Authorization: authorization } })
const claim = ({ challenge, secret }: { challenge: string; secret: string }) =>
  postJson(gateway, '/_l402/claim', { challenge, secret })

describe('what was bought', () => {
  test('opens with the credential, also what a larger token carries', async () => {
    for (const [path, authorization] of [
      ['/tides', held.bought],
      ['/storms', held.larger],
      ['/tides', held.larger],
      ['/fog', held.unreleased],
    ] as const) {
      const reply = await read(path, authorization)
      expect([reply.status, reply.text.includes(PAID_SENTENCE)]).toEqual([200, true])
    }
    expect((await read('/storms', held.bought)).status).toBe(402)
  })

  test('opens by its cookie, its receipt and its page with pictures', async () => {
    expect((await gateway.ask('/fog', { headers: { Cookie: held.cookie } })).status).toBe(200)
    expect((await read('/tides', `L402 ${held.receipt}`)).status).toBe(200)
    const page = await gateway.ask('/tides', { headers: { Authorization: held.bought, Accept: 'text/html' } })
    const pictures = [...page.text.matchAll(/\/tides\/[0-9a-f]{64}\.gif/g)].map(([path]) => path)
    expect(pictures).toHaveLength(2)
    for (const path of pictures) expect((await read(path, held.bought)).status).toBe(200)
  })

  test('keeps its count of uses: one of three is left', async () => {
    expect((await read('/tides', held.counted)).header('l402-uses-remaining')).toBe('0')
    expect((await read('/tides', held.counted)).json()).toMatchObject({ reason: 'l402.exhausted' })
  })

  test('stays withdrawn when it was', async () => {
    expect((await read('/fog', held.revoked)).json()).toMatchObject({ reason: 'l402.revoked' })
  })
})

describe('a claim secret', () => {
  test('is traded for its token, also a second time', async () => {
    for (const claimable of [held.browser, held.unclaimed]) {
      const reply = await claim(claimable)
      expect(reply.json()).toMatchObject({ state: 'settled', kind: 'payment' })
      expect((await read('/fog', `L402 ${reply.json().credential}`)).status).toBe(200)
    }
  })

  test('of a sale that got a receipt gets that receipt again', async () => {
    expect((await claim(held.withheld)).json()).toMatchObject({ kind: 'receipt', credential: held.receipt })
  })

  test('of somebody else gets nothing', async () => {
    expect((await claim({ ...held.unclaimed, secret: held.browser.secret })).status).toBe(403)
  })
})

describe('an invoice that was out', () => {
  test('is told again to who holds its token, and opens when it is paid', async () => {
    const { macaroon, invoice, challenge } = held.openProgram
    const again = await read('/fog', `L402 ${macaroon}:`)
    expect([again.status, again.json().invoice]).toEqual([402, invoice])
    const { preimage } = await gateway.node.pay(invoice)
    expect((await read('/fog', `L402 ${macaroon}:${preimage}`)).status).toBe(200)
    await gateway.settled(challenge)
  })

  test.each([
    ['open', held.open],
    ['expired by our clock', held.late],
  ])('%s is credited when it is paid, and claimed', async (_state, sale) => {
    expect((await claim(sale)).status).toBe(202)
    await gateway.node.pay(sale.invoice)
    await gateway.settled(sale.challenge)
    const claimed = await claim(sale)
    expect((await read('/storms', `L402 ${claimed.json().credential}`)).status).toBe(200)
  })
})

describe('the books', () => {
  test('hold every sale as it was paid, and agree with themselves', async () => {
    const after = await ask(gateway.database.ownerUrl, MONEY)
    expect(after.length).toBe(moneyBefore.length + 3)
    for (const row of moneyBefore) expect(after).toContainEqual(row)
    expect(await findBookDifferences(gateway.database.jobs.client, 10)).toEqual([])
  })

  test('have the balances that their postings make', async () => {
    const balances = await readBalances(gateway.database.owner.client, held.creatorId)
    const paid = (await ask(gateway.database.ownerUrl, MONEY)) as { received_msat: string }[]
    const total = paid.reduce((sum, row) => sum + BigInt(row.received_msat), 0n)
    expect(balances.settlingMsat + balances.availableMsat).toBe(total)
    expect(balances.availableMsat).toBeGreaterThan(0n)
  })
})

test('the draft and the history of prices are as they were', async () => {
  const { client } = gateway.database.owner
  const drafts = await client.articleDraft.findMany({ orderBy: { title: 'asc' } })
  expect(drafts.map(({ title }) => title)).toEqual(['Fog', 'Storms', 'Tides', 'Unfinished'])
  const prices = await client.price.findMany({ orderBy: [{ offerId: 'asc' }, { version: 'asc' }] })
  expect(prices.map(({ amountMsat }) => amountMsat).toSorted()).toEqual([180_000n, 210_000n, 300_000n, 90_000n])
  expect((await gateway.ask('/tides')).json()).toMatchObject({ price_sats: 300 })
})
