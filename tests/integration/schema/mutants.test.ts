/** Every SQL mutant still takes a guard away: one that names what is no longer there would fail every test and look seen. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mutants } from '#tests/mutants/sql.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

const undo = new RangeError('rolled back')

test.each(mutants.flatMap((mutant) => ('sql' in mutant ? [[mutant.name, mutant.sql] as const] : [])))(
  '%s',
  async (_name, sql) => {
    const attempt = database.owner.inTransaction(async (tx) => {
      for (const statement of sql.startsWith('do ') ? [sql] : sql.split(';')) await tx.$executeRawUnsafe(statement)
      throw undo
    })
    await expect(attempt).rejects.toBe(undo)
  },
)
