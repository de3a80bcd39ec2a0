/** Answers that are given again: taken by one of all who try, found by the same key alone, gone after a day. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteRepeatKeys, findRepeatAnswer, setRepeatAnswer, takeRepeatKey } from '#lib/paywall/idempotency-store.ts'
import { createSeller } from '#tests/support/articles.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'

let database: TestDatabase
let creatorId: string
beforeAll(async () => {
  database = await openTestDatabase()
  creatorId = await createSeller(database, 'harbor')
})
afterAll(() => database.close())

const requestHash = new Uint8Array(32).fill(1)
const rowOf = (key: string) => ({ creatorId, endpoint: 'verify', key })

test('of twenty who take a key at once one has it, and the others find its answer', async () => {
  const takers = Array.from({ length: 20 }, (_, n) =>
    database.door.inTransaction(async (tx) => {
      const isTaken = await takeRepeatKey(tx, { ...rowOf('once'), requestHash })
      if (isTaken) await setRepeatAnswer(tx, { ...rowOf('once'), answer: `answer ${n}` })
      return isTaken ? `answer ${n}` : null
    }),
  )
  const won = (await Promise.all(takers)).filter((answer) => answer !== null)
  expect(won).toHaveLength(1)
  expect((await findRepeatAnswer(database.door.client, rowOf('once')))?.answer).toBe(won[0])
  expect(await findRepeatAnswer(database.door.client, rowOf('other'))).toBeNull()
})

test('a transaction that fails leaves the key to be taken', async () => {
  const take = (fails: boolean) =>
    database.door.inTransaction(async (tx) => {
      const isTaken = await takeRepeatKey(tx, { ...rowOf('failed'), requestHash })
      if (fails) throw new RangeError('for this test')
      return isTaken
    })
  await expect(take(true)).rejects.toThrow('for this test')
  expect(await take(false)).toBe(true)
})

test('what is a day old is deleted, and nothing younger', async () => {
  const { client } = database.owner
  await client.$executeRaw`update idempotency_key set created_at = now() - interval '2 days' where key = 'once'`
  const before = new Date(Date.now() - 24 * 3_600_000)
  expect(await deleteRepeatKeys(database.jobs.client, { before, limit: 10 })).toBe(1)
  expect(await findRepeatAnswer(database.door.client, rowOf('once'))).toBeNull()
  expect(await findRepeatAnswer(database.door.client, rowOf('failed'))).not.toBeNull()
})
