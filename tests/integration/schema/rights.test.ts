/** What each zone's role may do, asked of Postgres itself: a right too many is as much a fault as one too few. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { fillCreator } from '#tests/support/world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
  await fillCreator(database.owner, 'cre_a', 'a')
})
afterAll(() => database.close())

type Role = 'gate' | 'web' | 'jobs' | 'door'
const ROLES: readonly Role[] = ['gate', 'web', 'jobs', 'door']

async function tablesWith(role: Role, right: string): Promise<string[]> {
  const rows = await database.owner.client.$queryRaw<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
      and (has_table_privilege(${`satstile_${role}`}, oid, ${right})
        or (${right} in ('SELECT', 'INSERT', 'UPDATE') and has_any_column_privilege(${`satstile_${role}`}, oid, ${right})))
    order by 1`
  return rows.map(({ name }) => name)
}

describe('the books', () => {
  test.each(ROLES)('%s can neither change nor delete nor empty entries, postings and prices', async (role) => {
    for (const right of ['UPDATE', 'DELETE', 'TRUNCATE']) {
      const tables = await tablesWith(role, right)
      expect(tables.filter((table) => ['ledger_entry', 'posting', 'price', 'ledger_account'].includes(table))).toEqual(
        [],
      )
    }
  })

  test('only jobs writes entries and postings', async () => {
    for (const role of ROLES) {
      const written = (await tablesWith(role, 'INSERT')).filter((table) => ['ledger_entry', 'posting'].includes(table))
      expect(written).toEqual(role === 'jobs' ? ['ledger_entry', 'posting'] : [])
    }
  })

  test('nobody writes a balance: postings do', async () => {
    for (const role of ROLES) expect(await tablesWith(role, 'INSERT')).not.toContain('ledger_account')
  })

  test('web credits nobody and gate hands out nothing but receipts', async () => {
    const paid = `insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version, amount_msat,
      received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at)
      select decode(repeat('0c', 32), 'hex'), creator_id, 'chl2', token_id, resource_id, offer_id, price_version, amount_msat,
      1000, 0, services, caveats, channel, invoice, 'stream', now() from settlement`
    const receipt = `insert into entitlement (payment_hash, creator_id, challenge_id, source)
      select decode(repeat('0d', 32), 'hex'), creator_id, challenge_id, 'receipt' from settlement where challenge_id = 'chl2'`
    for (const statement of [paid, receipt]) {
      await expect(database.web.asCreator('cre_a', (tx) => tx.$executeRawUnsafe(statement))).rejects.toThrow(
        /permission denied/,
      )
    }
    await expect(database.gate.client.$executeRawUnsafe(paid)).rejects.toThrow(/permission denied/)
    expect(await database.jobs.client.$executeRawUnsafe(paid)).toBe(1)
    await expect(database.jobs.client.$executeRawUnsafe(receipt)).rejects.toThrow(/permission denied/)
    expect(await database.gate.client.$executeRawUnsafe(receipt)).toBe(1)
  })
})

describe('keys', () => {
  test('web sees which keys there are, but not their bytes', async () => {
    const seen = await database.web.asCreator('cre_a', (tx) =>
      tx.ringKey.findMany({ select: { keyId: true, state: true } }),
    )
    expect(seen).toHaveLength(1)
    const bytes = database.web.asCreator('cre_a', (tx) => tx.ringKey.findMany({ select: { wrapped: true } }))
    await expect(bytes).rejects.toThrow(/permission denied/)
  })

  test('jobs has nothing to do with keys', async () => {
    await expect(database.jobs.client.ringKey.findMany()).rejects.toThrow(/permission denied/)
  })

  test('web cannot put a key of its own making into the ring', async () => {
    expect(await tablesWith('web', 'INSERT')).not.toContain('ring_key')
  })
})

describe('the second door', () => {
  const rights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const
  const more = {
    SELECT: ['api_key', 'idempotency_key'],
    INSERT: ['idempotency_key'],
    UPDATE: ['api_key', 'idempotency_key'],
    DELETE: [],
  }

  test.each(rights)('has the gate’s right to %s, and besides keys and answers given again nothing', async (right) => {
    const gates = await tablesWith('gate', right)
    expect(await tablesWith('door', right)).toEqual([...gates, ...more[right]].toSorted())
  })

  test('alone sees the hash of a key’s secret', async () => {
    for (const role of ['gate', 'jobs'] as const) expect(await tablesWith(role, 'SELECT')).not.toContain('api_key')
    const seen = database.web.asCreator('cre_a', (tx) => tx.apiKey.findMany({ select: { secretHash: true } }))
    await expect(seen).rejects.toThrow(/permission denied/)
    expect(await database.door.client.apiKey.findMany({ select: { secretHash: true } })).toHaveLength(1)
  })

  test('ends and revives no key', async () => {
    await expect(database.door.client.$executeRaw`update api_key set ends_at = now()`).rejects.toThrow(
      /permission denied/,
    )
  })
})

describe('people', () => {
  test('gate and jobs do not see who signs in', async () => {
    const people = ['user', 'account', 'session', 'verification_token', 'member']
    for (const role of ['gate', 'jobs'] as const) {
      expect((await tablesWith(role, 'SELECT')).filter((table) => people.includes(table))).toEqual([])
    }
  })
})

describe('the queue', () => {
  test('only jobs reaches it', async () => {
    const rows = await database.owner.client.$queryRaw<{ role: string }[]>`
      select rolname as role from pg_roles where rolname like 'satstile_%' and has_schema_privilege(oid, 'bullmq', 'USAGE')`
    expect(rows).toEqual([{ role: 'satstile_jobs' }])
  })
})

test.each(ROLES)('%s owns nothing, creates nothing and is above no rule', async (role) => {
  const [row] = await database.owner.client.$queryRaw<Record<string, boolean>[]>`
    select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, has_schema_privilege(oid, 'public', 'CREATE') as creates,
      exists (select 1 from pg_class where relowner = pg_roles.oid) as owns
    from pg_roles where rolname = ${`satstile_${role}`}`
  expect(Object.values(row ?? { missing: true })).toEqual([false, false, false, false, false, false])
})

test.each(ROLES)('%s empties no table', async (role) => {
  expect(await tablesWith(role, 'TRUNCATE')).toEqual([])
})
