/** Transactions that survive each other, and a database that is away told as what it is. */
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabaseClock } from '#lib/database-clock.ts'
import { type Db, openDatabase } from '#lib/db.ts'
import { assertDurable } from '#lib/db-check.ts'
import { Fault } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { createMemoryLog, silentLog } from '#tests/support/log.ts'
import { openTcpGate } from '#tests/support/tcp-gate.ts'
import { fillCreator } from '#tests/support/world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
  await fillCreator(database.owner, 'cre_a', 'a')
})
afterAll(() => database.close())

const unavailable = expect.objectContaining({ code: 'database.unavailable' })

describe('a transaction', () => {
  test.each(['40001', '40P01'])('runs again after SQLSTATE %s, and the counter tells', async (state) => {
    const before = database.owner.retries()
    let runs = 0
    const answer = await database.owner.inTransaction(async (tx) => {
      runs += 1
      if (runs < 3)
        await tx.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'forced' USING ERRCODE = '${state}'; END $$`)
      return 'committed'
    })
    expect({ answer, runs }).toEqual({ answer: 'committed', runs: 3 })
    expect(database.owner.retries() - before).toBe(2)
  })

  test('gives up after ten retries, as trouble of ours and not of the client', async () => {
    let runs = 0
    const attempt = database.owner.inTransaction(async (tx) => {
      runs += 1
      await tx.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'forced' USING ERRCODE = '40001'; END $$`)
    })
    await expect(attempt).rejects.toEqual(unavailable)
    expect(runs).toBe(11)
  })

  test.each(['23514', '22012', 'P0001'])('does not run again after SQLSTATE %s', async (state) => {
    let runs = 0
    const attempt = database.owner.inTransaction(async (tx) => {
      runs += 1
      await tx.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'forced' USING ERRCODE = '${state}'; END $$`)
    })
    await expect(attempt).rejects.not.toBeInstanceOf(Fault)
    expect(runs).toBe(1)
  })

  test('survives real write conflicts of serialisable transactions', async () => {
    const add = () =>
      database.owner.inTransaction(
        async (tx) => {
          const row = await tx.useCounter.findFirstOrThrow({ where: { creatorId: 'cre_a' } })
          await tx.useCounter.updateMany({ where: { creatorId: 'cre_a' }, data: { used: row.used + 1n } })
        },
        { isolation: 'Serializable' },
      )
    await Promise.all([add(), add(), add(), add()])
    const row = await database.owner.client.useCounter.findFirstOrThrow({ where: { creatorId: 'cre_a' } })
    expect(row.used).toBe(4n)
  })

  test('that is refused at commit by a deferred check says so and leaves nothing', async () => {
    const id = newId('ent')
    const attempt = database.owner.inTransaction((tx) =>
      tx.ledgerEntry.create({ data: { creatorId: 'cre_a', id, kind: 'sale', businessKey: id } }),
    )
    await expect(attempt).rejects.toThrow()
    expect(await database.owner.client.ledgerEntry.count({ where: { id } })).toBe(0)
  })

  test('keeps what its work throws as it is', async () => {
    const own = new RangeError('mine')
    await expect(database.owner.inTransaction(() => Promise.reject(own))).rejects.toBe(own)
  })
})

describe('a database that does not answer', () => {
  const questions: [string, (db: Db) => Promise<unknown>][] = [
    ['a statement', (db) => db.client.creator.findMany()],
    ['raw SQL', (db) => db.client.$queryRaw`select 1`],
    ['a transaction', (db) => db.inTransaction((tx) => tx.creator.findMany())],
    ['a ping', (db) => db.ping()],
  ]

  test.each(questions)('%s is told as database.unavailable at once when the port is closed', async (_, ask) => {
    const db = openDatabase({ url: 'postgresql://nobody:x@127.0.0.1:1/none', log: silentLog })
    const started = performance.now()
    await expect(ask(db)).rejects.toEqual(unavailable)
    expect(performance.now() - started).toBeLessThan(1_000)
    await db.close()
  })

  test.each(questions)(
    '%s is told within four seconds when somebody takes the connection and says nothing',
    async (_, ask) => {
      const silent = createServer(() => undefined)
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      const address = silent.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      const db = openDatabase({ url: `postgresql://nobody:x@127.0.0.1:${port}/none`, log: silentLog })
      const started = performance.now()
      await expect(ask(db)).rejects.toEqual(unavailable)
      expect(performance.now() - started).toBeLessThan(4_000)
      await db.close()
      silent.close()
    },
  )

  test('a wrong password is trouble of ours and the password is in no message', async () => {
    const url = new URL(database.gateUrl)
    url.password = 'canary-password'
    const db = openDatabase({ url: url.href, log: silentLog })
    const cause = await db.ping().catch((thrown: unknown) => thrown)
    expect(cause).toEqual(unavailable)
    expect(String(cause)).not.toContain('canary-password')
    await db.close()
  })

  test('a transaction whose connection breaks ends as database.unavailable, and the next one works', async () => {
    let runs = 0
    const attempt = database.jobs.inTransaction(async (tx) => {
      runs += 1
      const [row] = await tx.$queryRaw<{ pid: number }[]>`select pg_backend_pid() as pid`
      await database.owner.client.$queryRaw`select pg_terminate_backend(${row?.pid ?? 0}::int)`
      return tx.creator.findMany()
    })
    await expect(attempt).rejects.toEqual(unavailable)
    // Whether it was committed is not known, so it is for the caller to say that doing it again is harmless.
    expect(runs).toBe(1)
    expect(await database.jobs.client.creator.count()).toBe(1)
  })

  test('a pool recovers by itself when the server is back', async () => {
    const url = new URL(database.gateUrl)
    const gate = await openTcpGate({ host: '127.0.0.1', port: Number(url.port) })
    url.port = String(gate.port)
    const db = openDatabase({ url: url.href, log: silentLog })
    await db.ping()
    await gate.shut()
    await expect(db.ping()).rejects.toEqual(unavailable)
    await gate.open()
    await expect(db.ping()).resolves.toBeUndefined()
    await db.close()
    await gate.shut()
  })
})

describe('a database that falls silent', () => {
  /** One connection, which answered before and now says nothing; new ones work. */
  async function openFrozen() {
    const { port } = new URL(database.gateUrl)
    const gate = await openTcpGate({ host: '127.0.0.1', port: Number(port) })
    const url = Object.assign(new URL(database.gateUrl), { port: String(gate.port) })
    const db = openDatabase({ url: url.href, log: silentLog, poolSize: 1, statementTimeoutMs: 1_000 })
    const close = async () => {
      await gate.shut()
      await db.close()
    }
    return { db, gate, close }
  }
  const backend = async (db: Pick<Db, 'client'>) => {
    const [row] = await db.client.$queryRaw<{ pid: number }[]>`select pg_backend_pid() as pid`
    return row?.pid
  }

  test.each([
    ['a ping', (db: Db) => db.ping()],
    ['a statement', (db: Db) => db.client.creator.findMany()],
    ['a transaction', (db: Db) => db.inTransaction((tx) => tx.creator.findMany())],
  ])('keeps %s waiting for its deadline and no longer', async (_, ask) => {
    const { db, gate, close } = await openFrozen()
    await db.ping()
    gate.freeze()
    const startedAt = performance.now()
    await expect(ask(db)).rejects.toEqual(unavailable)
    expect(performance.now() - startedAt).toBeLessThan(2_500)
    await close()
  })

  test('leaves nothing of a transaction under way to the next request', async () => {
    const { db, gate, close } = await openFrozen()
    const before = await backend(db)
    const cut = db.inTransaction(async (tx) => {
      await tx.$executeRaw`select set_config('satstile.creator_id', 'left-behind', true)`
      gate.freeze()
      await tx.$queryRaw`select 1`
    })
    await expect(cut).rejects.toEqual(unavailable)
    expect(await backend(db)).not.toBe(before)
    const [row] = await db.client.$queryRaw<{ left: string | null }[]>`
      select nullif(current_setting('satstile.creator_id', true), '') as left`
    expect(row?.left).toBeNull()
    await close()
  })
})

describe('the check at start', () => {
  test('a durable primary passes', async () => {
    await expect(assertDurable(database.gate)).resolves.toBeUndefined()
  })

  test('synchronous_commit off is a refusal that names it', async () => {
    await database.owner.client.$executeRawUnsafe(`alter database ${database.name} set synchronous_commit = off`)
    const db = openDatabase({ url: database.gateUrl, log: silentLog })
    await expect(assertDurable(db)).rejects.toThrow(/synchronous_commit is off/)
    await database.owner.client.$executeRawUnsafe(`alter database ${database.name} reset synchronous_commit`)
    await db.close()
  })

  test.each([
    ['fsync is off', { fsync: 'off' }],
    ['full_page_writes is off', { full_page_writes: 'off' }],
    ['it is a replica', { in_recovery: true }],
  ])('%s is a refusal that names it', async (sentence, weak) => {
    const settings = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', in_recovery: false, ...weak }
    const answering = { client: { $queryRaw: async () => [settings] } } as unknown as Pick<Db, 'client'>
    await expect(assertDurable(answering)).rejects.toThrow(sentence)
  })
})

describe('the clock', () => {
  const shifted = (ms: number) => ({ now: () => new Date(Date.now() + ms) })

  test('is corrected to the database by what was measured', async () => {
    const clock = await openDatabaseClock({ db: database.gate, log: silentLog, source: shifted(-1_500) })
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(200)
    expect(Math.abs(clock.offsetMs() - 1_500)).toBeLessThan(200)
    clock.close()
  })

  test.each([3_600_000, -2_500])('that is %s ms away refuses to start', async (ms) => {
    const { log } = createMemoryLog()
    await expect(openDatabaseClock({ db: database.gate, log, source: shifted(ms) })).rejects.toThrow(
      /clock is .* ms away/,
    )
  })
})
