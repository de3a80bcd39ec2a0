/** The creator wall in the database: the dashboard's role sees and changes the rows of one creator, whatever its code asks. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tx } from '#lib/db.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { fillCreator, rowsOfCreator } from '#tests/support/world.ts'

const A = 'cre_a'
const B = 'cre_b'
const TABLES = Object.keys(rowsOfCreator(A, 'a'))
/** Tables of which the dashboard has no business at all. */
const CLOSED = [
  'use_counter',
  'use_lease',
  'top_up',
  'free_use',
  'delivery',
  'sighting',
  'audit_sum',
  'idempotency_key',
]
const OPEN = TABLES.filter((table) => !CLOSED.includes(table))

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
  await fillCreator(database.owner, A, 'a')
  await fillCreator(database.owner, B, 'b')
})
afterAll(() => database.close())

const ownerColumn = (table: string) => (table === 'creator' ? 'id' : 'creator_id')

async function countOf(tx: Tx, table: string, creatorId: string): Promise<number> {
  const rows = await tx.$queryRawUnsafe<unknown[]>(
    `select ${ownerColumn(table)} from "${table}" where ${ownerColumn(table)} = $1`,
    creatorId,
  )
  return rows.length
}

test('every table that carries a creator is tried below', async () => {
  const rows = await database.owner.client.$queryRaw<{ name: string }[]>`
    select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'creator_id'`
  expect(rows.map(({ name }) => name).toSorted()).toEqual(TABLES.filter((table) => table !== 'creator').toSorted())
})

test('row security is on for every table that carries a creator', async () => {
  const rows = await database.owner.client.$queryRaw<{ name: string }[]>`
    select relname as name from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace`
  expect(rows.map(({ name }) => name).toSorted()).toEqual(TABLES.toSorted())
})

describe.each(OPEN)('%s', (table) => {
  test('web reads the rows of the creator it works for', async () => {
    expect(await database.web.asCreator(A, (tx) => countOf(tx, table, A))).toBeGreaterThan(0)
  })

  test('web does not see the rows of another creator', async () => {
    expect(await database.web.asCreator(A, (tx) => countOf(tx, table, B))).toBe(0)
  })

  test('web sees nothing when it says for no creator', async () => {
    expect(await database.web.inTransaction((tx) => countOf(tx, table, A))).toBe(0)
  })

  test('web changes nothing of another creator', async () => {
    const before = await snapshotOf(table)
    const column = ownerColumn(table)
    await database.web
      .asCreator(A, (tx) =>
        tx.$executeRawUnsafe(`update "${table}" set ${column} = ${column} where ${column} = '${B}'`),
      )
      .catch(() => 0)
    await database.web
      .asCreator(A, (tx) => tx.$executeRawUnsafe(`delete from "${table}" where ${column} = '${B}'`))
      .catch(() => 0)
    expect(await snapshotOf(table)).toEqual(before)
  })

  test('web cannot add a row to another creator', async () => {
    const statement = rowsOfCreator(B, 'c')[table] ?? ''
    const attempt = database.web.asCreator(A, (tx) => tx.$executeRawUnsafe(statement))
    await expect(attempt).rejects.toThrow(/row-level security|permission denied/)
  })
})

describe.each(CLOSED)('%s', (table) => {
  test('web may not even ask', async () => {
    await expect(database.web.asCreator(A, (tx) => countOf(tx, table, A))).rejects.toThrow(/permission denied/)
  })
})

/** Rows with their physical place, which every update moves. */
async function snapshotOf(table: string): Promise<unknown[]> {
  return database.owner.client.$queryRawUnsafe(`select ctid::text, t::text from "${table}" as t order by 1`)
}

test('web changes of another creator find no row even where it has the right to update', async () => {
  const change = (creatorId: string) =>
    database.web.asCreator(
      A,
      (tx) => tx.$executeRaw`update resource set title = 'mine now' where creator_id = ${creatorId}`,
    )
  expect(await change(B)).toBe(0)
  expect(await change(A)).toBe(1)
})

test('web cannot move a row of its own to another creator', async () => {
  const attempt = database.web.asCreator(
    A,
    (tx) => tx.$executeRaw`update article_picture set creator_id = ${B} where creator_id = ${A}`,
  )
  await expect(attempt).rejects.toThrow(/row-level security/)
})

test('a connection that goes back to the pool carries no creator', async () => {
  await Promise.all(Array.from({ length: 16 }, () => database.web.asCreator(A, (tx) => countOf(tx, 'resource', A))))
  const counts = await Promise.all(Array.from({ length: 16 }, () => database.web.client.resource.count()))
  expect(counts.every((count) => count === 0)).toBe(true)
})

test('a person sees the memberships of their own and the creators behind them, and no others', async () => {
  const seen = await database.web.asMember('user-a', async (tx) => ({
    members: await tx.member.findMany({ select: { creatorId: true } }),
    creators: await tx.creator.findMany({ select: { id: true } }),
  }))
  expect(seen).toEqual({ members: [{ creatorId: A }], creators: [{ id: A }] })
})

test('gate and jobs work across creators', async () => {
  expect(await database.gate.client.resource.count()).toBe(2)
  expect(await database.jobs.client.settlement.count()).toBe(2)
})
