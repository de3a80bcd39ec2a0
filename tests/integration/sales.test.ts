/** A creator finds a sale by what a buyer can paste, page by page, and never a sale of somebody else. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listFilteredSales, type SaleFilter, type Wanted } from '#lib/paywall/settlements/sale-list-store.ts'
import type { Sale, SaleCursor } from '#lib/paywall/settlements/sale-store.ts'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { insertCreators, insertResources, insertSales } from '#tests/support/fill.ts'

const ALL: SaleFilter = { resourceId: null, state: 'any', from: null, to: null, isOverpaid: false, wanted: null }
const COUNT = 120

let database: TestDatabase
let creatorId: string
let other: string
beforeAll(async () => {
  database = await openTestDatabase()
  const [first = '', second = ''] = await insertCreators(database.owner, 'seller', 2)
  creatorId = first
  other = second
  await insertResources(database.owner, { creatorId, count: 2 })
  // All in the same moment, so that pages have to go on by the id.
  await insertSales(database.owner, { creatorId, count: COUNT, resources: 2 })
  await insertSales(database.owner, { creatorId: other, count: 3 })
})
afterAll(() => database.close())

function list(filter: Partial<SaleFilter>, page: { before?: SaleCursor | null; limit?: number; as?: string } = {}) {
  const { before = null, limit = 200, as = creatorId } = page
  const asked = { creatorId: as, before, limit, filter: { ...ALL, ...filter } }
  return database.web.asCreator(as, (tx) => listFilteredSales(tx, asked))
}

function hashed(bytes: Uint8Array): Wanted {
  return { kind: 'hash', bytes: new Uint8Array(createHash('sha256').update(bytes).digest()) }
}

async function anySale(of: string) {
  return await database.owner.client.settlement.findFirstOrThrow({ where: { creatorId: of } })
}

test('pages have every sale once, also of one moment', async () => {
  const found: Sale[] = []
  for (let before: SaleCursor | null = null; ; before = found.at(-1) ?? null) {
    const page = await list({}, { before, limit: 50 })
    found.push(...page)
    if (page.length < 50) break
  }
  expect(found).toHaveLength(COUNT)
  expect(new Set(found.map(({ challengeId }) => challengeId)).size).toBe(COUNT)
})

test('a sale is found by its proof, its hash, its token id, the start of that, and its challenge', async () => {
  const { challengeId, paymentHash, tokenId } = await anySale(creatorId)
  const questions: Wanted[] = [
    // The hash of a proof is the payment hash.
    { kind: 'hash', bytes: paymentHash },
    hashed(paymentHash),
    hashed(tokenId),
    { kind: 'start', bytes: tokenId.subarray(4, 8) },
    { kind: 'challenge', id: challengeId },
  ]
  for (const wanted of questions) {
    expect((await list({ wanted })).map((sale) => sale.challengeId)).toEqual([challengeId])
  }
})

test('another creator’s sale is never found, by none of these', async () => {
  const { challengeId, paymentHash, tokenId } = await anySale(other)
  const questions: Wanted[] = [
    { kind: 'hash', bytes: paymentHash },
    hashed(paymentHash),
    hashed(tokenId),
    { kind: 'start', bytes: tokenId.subarray(4, 8) },
    { kind: 'challenge', id: challengeId },
  ]
  for (const wanted of questions) {
    expect(await list({ wanted })).toEqual([])
    expect(await list({ wanted }, { as: other })).toHaveLength(1)
  }
})

test('what nobody paid is not found', async () => {
  expect(await list({ wanted: { kind: 'hash', bytes: new Uint8Array(32) } })).toEqual([])
  expect(await list({ wanted: { kind: 'start', bytes: new Uint8Array(4) } })).toEqual([])
})

test('filters leave in what they name alone', async () => {
  expect(await list({ resourceId: 'res_1' })).toHaveLength(COUNT / 2)
  expect(await list({ resourceId: 'res_9' })).toEqual([])
  expect(await list({ to: new Date(0) })).toEqual([])
  expect(await list({ from: new Date(0), to: new Date('2100-01-01') })).toHaveLength(COUNT)
  expect(await list({ isOverpaid: true })).toEqual([])
})

test('a revoked sale is among the revoked, and no longer among the paid', async () => {
  const { tokenId, challengeId } = await anySale(creatorId)
  expect(await list({ state: 'revoked' })).toEqual([])
  expect(await revokeToken({ db: database.web }, { creatorId, tokenId })).toBe('applied')
  expect(await list({ state: 'revoked' })).toMatchObject([{ challengeId, revoked: true }])
  expect(await list({ state: 'paid' })).toHaveLength(COUNT - 1)
  expect(await list({ state: 'revoked' }, { as: other })).toEqual([])
})
