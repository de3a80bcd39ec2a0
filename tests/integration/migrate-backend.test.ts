/** A database of the first schema keeps its sales, receipts, open invoices and cursors when it gets its seams. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate } from '#scripts/migrate.ts'
import { createEmptyDatabase } from '#tests/support/database.ts'
import { noteFirstMigration, readDump, restoreRows } from '#tests/support/first-schema.ts'

const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations')
const THIS = '20261128000100_seams'
const key = (byte: string) => byte.repeat(33)
const hash = (byte: string) => `decode(repeat('${byte}', 32), 'hex')`
const node = (byte: string) => `decode(repeat('${byte}', 33), 'hex')`

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>
let client: pg.Client
const apply = (name: string) => client.query(readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8'))
const ask = async <T extends pg.QueryResultRow>(sql: string): Promise<T[]> => (await client.query<T>(sql)).rows

/** What the first version wrote: settlements of every source, a receipt as a settlement of nothing, challenges, cursors. */
const OLD_ROWS = `
  insert into creator (id, short_id, handle, name) values ('cre_a', 'k3h', 'harbor', 'Harbor'), ('cre_b', 'p4q', 'lamps', 'Lamps');
  insert into challenge (creator_id, id, token_id, payment_hash, resource_id, offer_id, price_version, amount_msat, services, caveats,
      channel, invoice, node_key, add_index, state, expires_at, settled_at)
    values ('cre_a', 'chl_open', ${hash('01')}, ${hash('11')}, 'res', 'off', 1, 1000, '{s}', '{c}', 'http', 'lnbc1', ${node('02')}, 9, 'open', now(), null),
      ('cre_a', 'chl_late', ${hash('02')}, ${hash('12')}, 'res', 'off', 1, 1000, '{s}', '{c}', 'http', 'lnbc2', ${node('02')}, 10, 'expired', now(), null),
      ('cre_a', 'chl_paid', ${hash('03')}, ${hash('13')}, 'res', 'off', 1, 1000, '{s}', '{c}', 'browser', 'lnbc3', ${node('03')}, 9007199254740993, 'settled', now(), now());
  insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version, amount_msat,
      received_msat, fee_msat, services, caveats, claim_hash, channel, invoice, settle_index, source, settled_at, released_at)
    values (${hash('13')}, 'cre_a', 'chl_paid', ${hash('03')}, 'res', 'off', 1, 1000, 1500, 15, '{s}', '{c}', ${hash('31')}, 'browser', 'lnbc3', 7, 'stream', now(), null),
      (${hash('14')}, 'cre_b', 'chl_pruned', ${hash('04')}, 'res', 'off', 1, 1000, 1000, 10, '{s}', '{c}', null, 'http', 'lnbc4', null, 'presented', now(), now()),
      (${hash('23')}, 'cre_a', 'chl_paid/receipt', ${hash('03')}, 'res', 'off', 1, 0, 0, 0, '{s}', '{c}', ${hash('31')}, 'browser', '', null, 'grant', now(), null);
  insert into backend_cursor (node_key, settle_index) values (${node('02')}, 0), (${node('03')}, 18446744073709551);`

const money = () =>
  ask(`select challenge_id, received_msat, fee_msat, source, settled_at, released_at, created_at, token_id, claim_hash, services,
    caveats, invoice from settlement where received_msat > 0 order by payment_hash`)

let paidBefore: unknown[]
beforeAll(async () => {
  empty = await createEmptyDatabase()
  client = new pg.Client({ connectionString: empty.url })
  await client.connect()
  const names = readdirSync(MIGRATIONS).filter((name) => !name.endsWith('.toml') && name < THIS)
  for (const [n, name] of names.toSorted().entries()) {
    await apply(name)
    if (n === 0) await client.query(OLD_ROWS)
  }
  paidBefore = await money()
  await apply(THIS)
})
afterAll(async () => {
  await client?.end()
  await empty?.drop()
})

describe('the migration', () => {
  test('keeps every sale as it was paid, and no receipt among them', async () => {
    expect(paidBefore).toHaveLength(2)
    expect(await money()).toEqual(paidBefore)
    expect(await ask('select count(*)::int as count from settlement')).toEqual([{ count: 2 }])
  })

  test('makes each receipt an entitlement of its sale', async () => {
    const rows = await ask(
      `select encode(payment_hash, 'hex') as hash, creator_id, challenge_id, source from entitlement`,
    )
    expect(rows).toEqual([{ hash: '23'.repeat(32), creator_id: 'cre_a', challenge_id: 'chl_paid', source: 'receipt' }])
  })

  test('names the backend of every challenge, and sorts them as the node did', async () => {
    const rows = await ask('select id, backend_id, list_cursor from challenge order by list_cursor')
    expect(rows).toEqual([
      { id: 'chl_open', backend_id: `lnd:${key('02')}`, list_cursor: '00000000000000000009' },
      { id: 'chl_late', backend_id: `lnd:${key('02')}`, list_cursor: '00000000000000000010' },
      { id: 'chl_paid', backend_id: `lnd:${key('03')}`, list_cursor: '00009007199254740993' },
    ])
  })

  test('names the backend of every sale whose challenge still does, and of no other', async () => {
    const rows = await ask('select challenge_id, backend_id, settle_cursor from settlement order by challenge_id')
    expect(rows).toEqual([
      { challenge_id: 'chl_paid', backend_id: `lnd:${key('03')}`, settle_cursor: '00000000000000000007' },
      { challenge_id: 'chl_pruned', backend_id: null, settle_cursor: null },
    ])
  })

  test('keeps how far each stream was handled', async () => {
    const rows = await ask('select backend_id, settle_cursor from backend_cursor order by settle_cursor')
    expect(rows).toEqual([
      { backend_id: `lnd:${key('02')}`, settle_cursor: '00000000000000000000' },
      { backend_id: `lnd:${key('03')}`, settle_cursor: '00018446744073709551' },
    ])
  })

  test('leaves settlements and receipts append-only', async () => {
    await expect(client.query('delete from settlement')).rejects.toThrow(/append-only/)
    await expect(client.query('update settlement set fee_msat = 0')).rejects.toThrow(/append-only/)
    await expect(client.query('delete from entitlement')).rejects.toThrow(/append-only/)
  })
})

test('a row that it cannot take over leaves the whole database as it was, and once that is mended it goes through', async () => {
  const old = await createEmptyDatabase()
  const held = new pg.Client({ connectionString: old.url })
  await held.connect()
  try {
    await restoreRows(old.url, readDump())
    // A receipt of a sale that is not there: what it was given for cannot be told.
    await held.query(`insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version,
        amount_msat, received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at)
      select ${hash('ee')}, creator_id, 'chl_gone/receipt', token_id, resource_id, offer_id, price_version,
        0, 0, 0, services, caveats, channel, '', 'grant', now() from settlement limit 1`)
    await noteFirstMigration(old.url)
    const everything = async () => {
      const columns = `select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' order by 1, 2`
      const names = (
        await held.query<{ tablename: string }>(`select tablename from pg_tables where schemaname = 'public'`)
      ).rows
        .map(({ tablename }) => tablename)
        .filter((name) => name !== '_prisma_migrations')
        .toSorted()
      const rows: unknown[] = []
      for (const name of names)
        rows.push([name, (await held.query(`select to_jsonb(t) as row from "${name}" t order by 1`)).rows])
      return { columns: (await held.query(columns)).rows, rows }
    }
    const before = await everything()
    await expect(migrate({ databaseUrl: old.url, rolePasswords: {} })).rejects.toThrow(
      /entitlement_creator_id_challenge_id_fkey/,
    )
    expect(await everything()).toEqual(before)

    expect((await held.query(`select 1 from _prisma_migrations where finished_at is null`)).rowCount).toBe(1)
    await held.query(`set session_replication_role = 'replica'`)
    await held.query(`delete from settlement where payment_hash = ${hash('ee')}`)
    expect(await migrate({ databaseUrl: old.url, rolePasswords: {} })).toContain(THIS)
  } finally {
    await held.end()
    await old.drop()
  }
})
