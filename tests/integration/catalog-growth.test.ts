/** The catalogue's cost is that of what changed and of who is asked for, in whatever order transactions become visible. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#lib/db.ts'
import { ensureActiveKey } from '#lib/paywall/keys/ensure-active-key.ts'
import { createRingCache } from '#lib/paywall/keys/ring-cache.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { type Catalog, createCatalog } from '#lib/paywall/resources/catalog.ts'
import { listChanges } from '#lib/paywall/resources/catalog-store.ts'
import { insertDenials } from '#lib/paywall/tokens/deny-store.ts'
import {
  type BuiltCreator,
  buildCreator,
  createTestBlobs,
  TEST_HOSTS,
  TEST_LOADERS,
  TEST_WRAPPING_KEYS,
} from '#tests/support/builders.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { insertCreators } from '#tests/support/fill.ts'
import { silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'

const content = createTestBlobs()
const ring = createRingCache({ wrapping: TEST_WRAPPING_KEYS, log: silentLog })
let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(async () => {
  content.remove()
  await database.close()
})

const build = (options = {}) => buildCreator({ db: database.owner, blobs: content.blobs }, options)
const open = (more: { db?: Db; maxBytes?: number } = {}) =>
  createCatalog({ db: database.gate, log: silentLog, ring, loaders: TEST_LOADERS, hosts: TEST_HOSTS, ...more })

const insertHosts = async (count: number, prefix: string) =>
  (await insertCreators(database.owner, prefix, count)).map((handle) => `${handle}.localhost:8402`)

const priceOf = async (catalog: Catalog, { host }: BuiltCreator) =>
  (await catalog.find(host))?.bySlug.get('article-1')?.offers[0].price.amountMsat

/** A connection of its own, whose transaction stays open as long as the test wants. */
async function openConnection(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  return client
}

const RAISE = `update creator set change_number = change_number + 1 where id = $1`
const REPRICE = `insert into price (creator_id, offer_id, version, amount_msat)
  select creator_id, id, 2, $2 from offer where creator_id = $1`

describe('a change that becomes visible late', () => {
  test('is known although a later transaction was seen before it', async () => {
    const [early, late, control] = [
      await build({ articles: 1 }),
      await build({ articles: 1 }),
      await build({ articles: 1 }),
    ]
    const catalog = open()
    await Promise.all([early, late, control].map(({ host }) => catalog.find(host)))
    const client = await openConnection()
    await client.query('begin')
    await client.query(RAISE, [early.creatorId])
    await client.query(REPRICE, [early.creatorId, 11_000])
    for (const [creator, sats] of [
      [late, '22'],
      [control, '33'],
    ] as const) {
      await setPrice(
        { db: database.web },
        { creatorId: creator.creatorId, resourceId: creator.articles[0]?.resourceId ?? '', price: sats },
      )
      await until('the later change was seen', async () => (await priceOf(catalog, creator)) === BigInt(sats) * 1000n)
    }
    expect(await priceOf(catalog, early)).toBe(210_000n)
    await client.query('commit')
    await client.end()
    await until('the earlier transaction was seen too', async () => (await priceOf(catalog, early)) === 11_000n, {
      withinMs: 2_000,
    })
    catalog.close()
  })

  test('is known to a gateway that loaded the creator while the change was under way', async () => {
    const creator = await build({ articles: 1 })
    const client = await openConnection()
    await client.query('begin')
    await client.query(RAISE, [creator.creatorId])
    await client.query(REPRICE, [creator.creatorId, 44_000])
    const catalog = open()
    expect(await priceOf(catalog, creator)).toBe(210_000n)
    await client.query('commit')
    await client.end()
    await until('the change was seen', async () => (await priceOf(catalog, creator)) === 44_000n, { withinMs: 2_000 })
    catalog.close()
  })

  test('is told again until its transaction is over, and then no more', async () => {
    const creator = await build({ articles: 0 })
    const ids = async (from: bigint) => {
      const { changed, next } = await listChanges(database.gate.client, from)
      return { isTold: changed.some(({ creatorId }) => creatorId === creator.creatorId), next }
    }
    const { next: before } = await ids(2n ** 62n)
    const client = await openConnection()
    await client.query('begin')
    await client.query(RAISE, [creator.creatorId])
    // Another database of the cluster may hold the mark back for a while; it never passes what is under way.
    const during = await ids(before)
    expect(during.isTold).toBe(false)
    await client.query('commit')
    await client.end()
    expect((await ids(during.next)).isTold).toBe(true)
    await until('nothing is told any more', async () => {
      const { next } = await ids(during.next)
      return !(await ids(next)).isTold
    })
  })
})

describe('a creator that changes', () => {
  test('is read anew only where it changed', async () => {
    const creator = await build({ articles: 3 })
    const catalog = open()
    const before = await catalog.find(creator.host)
    await setPrice(
      { db: database.web },
      { creatorId: creator.creatorId, resourceId: creator.articles[0]?.resourceId ?? '', price: '55' },
    )
    await until('the price is known', async () => (await priceOf(catalog, creator)) === 55_000n)
    const after = await catalog.find(creator.host)
    expect(after?.bySlug.get('article-2')).toBe(before?.bySlug.get('article-2'))
    expect(after?.bySlug.get('article-1')).not.toBe(before?.bySlug.get('article-1'))
    expect(after?.resources.map(({ slug }) => slug)).toEqual(before?.resources.map(({ slug }) => slug))
    catalog.close()
  })

  test('is denied a token within two seconds while a thousand others change', async () => {
    const hosts = await insertHosts(1_000, 'busy')
    const creator = await build({ articles: 1 })
    const catalog = open()
    await Promise.all([...hosts, creator.host].map((host) => catalog.find(host)))
    const token = new Uint8Array(32).fill(5)
    await database.owner.inTransaction(async (tx) => {
      await tx.$executeRaw`update creator set change_number = change_number + 1 where id like 'busy%' or id = ${creator.creatorId}`
      const { changeNumber } = await tx.creator.findUniqueOrThrow({ where: { id: creator.creatorId } })
      await insertDenials(tx, {
        creatorId: creator.creatorId,
        changeNumber,
        denials: [{ kind: 'token', subject: token, service: '' }],
      })
    })
    const isDenied = async () => (await catalog.find(creator.host))?.denied.hasToken(token) === true
    await until('the token is denied', isDenied, { withinMs: 2_000 })
    expect((await catalog.find(creator.host))?.denied.hasToken(new Uint8Array(32).fill(6))).toBe(false)
    catalog.close()
  })
})

describe('memory', () => {
  test('is bounded: who was asked for longest ago is loaded again, who sells stays', async () => {
    const hosts = await insertHosts(200, 'crowd')
    const seller = await build({ articles: 1 })
    const counted = countingGate()
    const catalog = open({ db: counted.db, maxBytes: 100_000 })
    const sold = await catalog.find(seller.host)
    catalog.keepSelling([seller.creatorId])
    for (const host of hosts) await catalog.find(host)
    expect(catalog.bytes()).toBeLessThanOrEqual(100_000)
    expect(catalog.peek(seller.host)).toBe(sold)
    expect(catalog.peek(hosts[0] ?? '')).toBeUndefined()
    const loads = counted.loads()
    expect(await catalog.find(hosts[0] ?? '')).toMatchObject({ handle: 'crowd1' })
    expect(counted.loads()).toBe(loads + 1)
    catalog.close()
  })

  test('holds copies of the ring keys and not the buffers that they were cut from', async () => {
    const creator = await build({ articles: 1 })

    await ensureActiveKey({ db: database.gate, ring }, creator.creatorId)
    const catalog = open()
    const active = (await catalog.find(creator.host))?.ring.active
    expect(active?.key.buffer.byteLength).toBe(32)
    expect(active?.keyId.buffer.byteLength).toBe(4)
    catalog.close()
  })
})

test('a thousand unknown hosts at once cost a few transactions, and one that exists among them is found', async () => {
  const creator = await build({ articles: 1 })
  const counted = countingGate()
  const catalog = open({ db: counted.db })
  const strangers = Array.from({ length: 1_000 }, (_, index) => `stranger-${index}.localhost:8402`)
  const [found, ...others] = await Promise.all([creator.host, ...strangers].map((host) => catalog.find(host)))
  catalog.close()
  expect(found?.creatorId).toBe(creator.creatorId)
  expect(others.every((other) => other === null)).toBe(true)
  expect(counted.loads()).toBeLessThanOrEqual(13)
})

/** The gate's zone, counting how many transactions it was asked for. */
function countingGate(): { db: Db; loads(): number } {
  let loads = 0
  const inTransaction: Db['inTransaction'] = (work, options) => {
    loads += 1
    return database.gate.inTransaction(work, options)
  }
  return { db: { ...database.gate, inTransaction }, loads: () => loads }
}
