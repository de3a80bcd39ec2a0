/** What is asked often reads no more rows because there are more of those that were not asked for; counted by Postgres itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db, Tx } from '#lib/db.ts'
import { countChain, countOpenInvoices, findHeldChallenge } from '#lib/paywall/challenges/challenge-store.ts'
import { deleteEnded } from '#lib/paywall/challenges/sweep-store.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { findSale } from '#lib/paywall/entitlements/entitlement-store.ts'
import { walkEntries, walkSales } from '#lib/paywall/ledger/audit-store.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { listOffers } from '#lib/paywall/offers/offer-store.ts'
import { findLatestPrice } from '#lib/paywall/offers/price-store.ts'
import { deleteRelayed, listUnrelayed } from '#lib/paywall/outbox-store.ts'
import { listCatalogArticles } from '#lib/paywall/resources/article/article-store.ts'
import { listChanges, readCatalog } from '#lib/paywall/resources/catalog-store.ts'
import { listPublishedSince, listResources } from '#lib/paywall/resources/resource-list-store.ts'
import * as sales from '#lib/paywall/settlements/sale-store.ts'
import { claimHeldSettlements } from '#lib/paywall/settlements/settlement-store.ts'
import { isSold, listCarriers } from '#lib/paywall/tokens/deny-store.ts'
import { confirmSightings, deleteSightings, listDueSightings } from '#lib/paywall/usage/sighting-store.ts'
import { rollUpHours } from '#lib/paywall/usage/usage-store.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { insertCreators, insertResources, insertSales } from '#tests/support/fill.ts'

const SALES = 3_000
const RESOURCES = 4_000
const CREATORS = 1_000
const DAYS = 5
const creatorId = 'grow1'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
  const { owner } = database
  await insertCreators(owner, 'grow', CREATORS)
  await insertResources(owner, { creatorId, count: RESOURCES })
  await insertSales(owner, { creatorId, count: SALES, resources: 10, spreadSeconds: DAYS * 86_400 })
  await owner.inTransaction(async (tx) => {
    await tx.$executeRaw`
      insert into ledger_entry (creator_id, id, kind, business_key, created_at)
      select creator_id, challenge_id, 'sale', 'sale:' || encode(payment_hash, 'hex'), settled_at from settlement where creator_id = ${creatorId}`
    await tx.$executeRaw`
      insert into posting (creator_id, entry_id, n, from_account, to_account, amount_msat)
      select creator_id, challenge_id, 0, 'node', 'settling', received_msat from settlement where creator_id = ${creatorId}`
  })
  await owner.client.$executeRawUnsafe('vacuum analyze')
})
afterAll(() => database.close())

/** Rows that Postgres fetched from tables, by index or by walking through, while `work` ran in one transaction. */
async function rowsRead(work: (tx: Tx) => Promise<unknown>, options: { asPlanned?: boolean } = {}): Promise<number> {
  return database.owner.inTransaction(async (tx) => {
    // A table as small as here is read whole, whatever its indexes.
    if (!options.asPlanned) await tx.$executeRaw`set local enable_seqscan = off`
    const before = await readSoFar(tx)
    await work(tx)
    return (await readSoFar(tx)) - before
  })
}

async function readSoFar(tx: Tx): Promise<number> {
  const [row] = await tx.$queryRaw<{ rows: number }[]>`
    select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::float8 as rows from pg_stat_xact_user_tables`
  return row?.rows ?? Number.NaN
}

/** A database in which every transaction is the one that is counted. */
const within = (tx: Tx): Db => ({
  ...database.owner,
  inTransaction: (work) => work(tx),
  asCreator: (_creatorId, work) => work(tx),
})

const to = () => new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000)
const period = () => ({ creatorId, from: new Date(to().getTime() - 30 * 86_400_000), to: to() })

test('the count counts: reading all sales reads as many rows as there are', async () => {
  const all = await rowsRead((tx) => tx.$queryRaw`select max(invoice) from settlement`)
  expect(all).toBeGreaterThanOrEqual(SALES)
})

describe('rows read', () => {
  test('by the sums of a period are its quarters of an hour, whatever was sold in them', async () => {
    const quarters = 96 * (DAYS + 1) * 2
    expect(await rowsRead((tx) => sales.listRevenueByDay(tx, { ...period(), timeZone: 'UTC' }))).toBeLessThan(quarters)
    expect(await rowsRead((tx) => sales.readSalesSummary(tx, period()))).toBeLessThan(quarters)
  })

  test('by the best resources and by the price tab are days, not sales', async () => {
    expect(await rowsRead((tx) => sales.listTopResources(tx, { ...period(), limit: 5 }))).toBeLessThan(
      10 * (DAYS + 2) + RESOURCES + 10,
    )
    expect(await rowsRead((tx) => sales.countSalesByPrice(tx, { creatorId, resourceId: 'res_1' }))).toBeLessThanOrEqual(
      DAYS + 1,
    )
  })

  test("by a page of resources are the creator's own, with an offer and a price for those of the page only", async () => {
    expect(await rowsRead((tx) => listResources(within(tx), creatorId))).toBeLessThanOrEqual(RESOURCES + 50 * 2 + 10)
  })

  test('by the price that holds now are no older prices', async () => {
    const key = { creatorId, resourceId: 'res_1' }
    const before = await rowsRead((tx) => listOffers(tx, [key]))
    await database.owner.client.$executeRaw`
      insert into price (creator_id, offer_id, version, amount_msat) select ${creatorId}, 'off_1', n, n from generate_series(2, 500) as n`
    expect(await rowsRead((tx) => listOffers(tx, [key]))).toBeLessThanOrEqual(before + 2)
  })

  test('by a page of the live feed are those of the page', async () => {
    const after = new Date(Date.now() - DAYS * 86_400_000)
    const page = (tx: Tx) => sales.listSalesAfter(tx, { creatorId, after, limit: 20 })
    expect(await rowsRead(page)).toBeLessThan(20 * 4)
  })

  test('by a prune that finds nothing are none of those that stay', async () => {
    await database.owner.client.$executeRaw`
      insert into challenge (creator_id, id, token_id, payment_hash, resource_id, offer_id, price_version, amount_msat, services,
        caveats, channel, invoice, backend_id, list_cursor, expires_at)
      select ${creatorId}, 'chl_' || n, sha256(int4send(n)), sha256(int4send(n)), 'res_1', 'off_1', 1, 1000, '{s}', '{}', 'http',
        'lnbcrt', 'lnd:x', lpad(n::text, 20, '0'), now() from generate_series(1, 2000) as n`
    for (const state of ['canceled', 'settled'] as const) {
      const prune = (tx: Tx) => deleteEnded(tx, { state, before: new Date(), limit: 1_000 })
      expect(await rowsRead(prune)).toBeLessThan(10)
    }
  })

  test('by the audit grow with the sales walked and never with their square', async () => {
    const from = new Date(0)
    const perSale = async (limit: number) => (await rowsRead((tx) => walkSales(tx, { from, limit }))) / limit
    const [few, many] = [await perSale(300), await perSale(2_400)]
    expect(few).toBeLessThan(6)
    expect(many).toBeLessThan(6)
  })

  test('by a part of the sums of the audit are the entries of that part and their postings', async () => {
    const part = { before: new Date(), limit: 100 }
    expect(await rowsRead((tx) => walkEntries(tx, part), { asPlanned: true })).toBeLessThan(100 * 4)
  })

  test('by the poll of the catalogues are the creators that changed', async () => {
    const { next } = await database.gate.inTransaction((tx) => listChanges(tx, 2n ** 62n))
    await database.owner.inTransaction((tx) => raiseChangeNumber(tx, creatorId))
    let changed = 0
    const read = await rowsRead(async (tx) => {
      changed = (await listChanges(tx, next)).changed.length
    })
    expect(changed).toBe(1)
    expect(read).toBeLessThan(20)
  })

  test('by the price tab of one article are its own open invoices', async () => {
    const key = { creatorId, resourceId: 'res_2', now: new Date(0) }
    expect(await rowsRead((tx) => countOpenInvoices(tx, key))).toBeLessThan(10)
  })

  test('by what was published lately are no more than its creator has', async () => {
    const key = { creatorId, since: new Date(0), limit: 20 }
    expect(await rowsRead((tx) => listPublishedSince(within(tx), key))).toBeLessThan(RESOURCES + 10)
  })

  test('by the walks of sightings, events, holds and hours that find nothing are none of those that stay', async () => {
    await fillRecords()
    const [before, limit] = [new Date(0), 1_000]
    const walks: readonly ((tx: Tx) => Promise<unknown>)[] = [
      (tx) => deleteSightings(tx, { before, limit }),
      (tx) => listDueSightings(tx, { recheckBefore: before, limit }),
      (tx) => confirmSightings(tx, new Date()),
      (tx) => listUnrelayed(tx, limit),
      (tx) => deleteRelayed(tx, { before, limit }),
      (tx) => claimHeldSettlements(tx, { settledBefore: before, limit }),
      (tx) => rollUpHours(tx, { before, limit }),
    ]
    for (const walk of walks) expect(await rowsRead(walk)).toBeLessThan(10)
  })

  test('by the look of a gateway at one challenge, token or payment are those of it', async () => {
    const [hash] = await database.owner.client.$queryRaw<{ paymentHash: Uint8Array; tokenId: Uint8Array }[]>`
      select payment_hash as "paymentHash", token_id as "tokenId" from settlement where creator_id = ${creatorId} limit 1`
    const { paymentHash, tokenId } = hash ?? { paymentHash: new Uint8Array(32), tokenId: new Uint8Array(32) }
    const ask = { creatorId, resourceId: 'res_1', offerId: 'off_1', now: new Date() }
    const looks: readonly ((tx: Tx) => Promise<unknown>)[] = [
      (tx) => findSale(tx, paymentHash),
      (tx) => findHeldChallenge(tx, { ...ask, held: { tokenId } }),
      (tx) => findHeldChallenge(tx, { ...ask, held: { claimHash: tokenId } }),
      (tx) => countChain(tx, { creatorId, resourceId: 'res_1', paymentHash, since: new Date(0) }),
      (tx) => listCarriers(tx, { creatorId, tokenId }),
      (tx) => isSold(tx, { creatorId, tokenId }),
      (tx) => findLatestPrice(tx, { creatorId, offerId: 'off_1' }),
      (tx) => readBalances(tx, creatorId),
    ]
    for (const look of looks) expect(await rowsRead(look)).toBeLessThan(10)
  })

  test('by a gateway for one creator that changed are what changed of it, whatever else it has', async () => {
    const loaders = new Map([['article', listCatalogArticles]])
    let since = 0n
    const readAnew = (tx: Tx) =>
      readCatalog({ db: within(tx), loaders }, [{ handle: creatorId, since, deniedUpTo: 1_000n }], new Date())
    const all = await rowsRead(async (tx) => {
      since = (await readAnew(tx)).asOf
    })
    expect(all).toBeGreaterThan(RESOURCES)
    await database.owner.inTransaction((tx) => raiseChangeNumber(tx, creatorId))
    expect(await rowsRead(readAnew)).toBeLessThan(RESOURCES + 50)
  })

  // With its own choice of plan: to read everything once is what Postgres chose for a hundred creators.
  test('by a gateway for a hundred creators are none of the creators beside them', async () => {
    const loaders = new Map([['article', listCatalogArticles]])
    const wanted = Array.from({ length: 100 }, (_, n) => ({ handle: `grow${n + 2}`, since: 0n, deniedUpTo: -1n }))
    const read = (tx: Tx) => readCatalog({ db: within(tx), loaders }, wanted, new Date())
    expect(await rowsRead(read, { asPlanned: true })).toBeLessThan(RESOURCES)
  })
})

/** Sightings with a finding, events passed on, hours of usage that still run: two thousand of each. */
async function fillRecords(): Promise<void> {
  const { client } = database.owner
  await client.$executeRaw`
    insert into sighting (payment_hash, token_id, creator_id, services, finding, checked_at)
    select sha256(int4send(n)), sha256(int4send(n)), ${creatorId}, '{s}', 'settled', now() from generate_series(1, 2000) as n`
  await client.$executeRaw`
    insert into outbox (creator_id, id, type, payload, relayed_at)
    select ${creatorId}, 'evt_' || n, 'sale.settled', '{}', now() from generate_series(1, 2000) as n`
  await client.$executeRaw`
    insert into usage (creator_id, resource_id, hour, views)
    select ${creatorId}, 'res_' || n, date_trunc('hour', now()), 1 from generate_series(1, 2000) as n`
  await client.$executeRawUnsafe('alter table settlement disable trigger user')
  await client.$executeRaw`update settlement set released_at = settled_at`
  await client.$executeRawUnsafe('alter table settlement enable trigger user')
  await client.$executeRawUnsafe('analyze')
}
