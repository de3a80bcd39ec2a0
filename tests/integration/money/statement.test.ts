/** The statement: every posting is a line once, in the order in which they committed, with the balance after it. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
import { appendEntries, readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import type { Account, Posting } from '#lib/paywall/ledger/posting.ts'
import { nameOf, type StatementLine } from '#lib/paywall/ledger/statement.ts'
import { countLines, listStatement, listStatementPart, readFees } from '#lib/paywall/ledger/statement-store.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

async function createCreator(): Promise<string> {
  const id = newId('cre')
  const shortId = randomBytes(4).toString('hex')
  await database.owner.client.$executeRaw`
    insert into creator (id, short_id, handle, name) values (${id}, ${shortId}, ${`h${shortId}`}, 'Harbor Notes')`
  return id
}

type Move = readonly [from: Account, to: Account, amountMsat: bigint]
const postings = (moves: readonly Move[]) =>
  moves.map(([from, to, amountMsat]) => ({ from, to, amountMsat }) as unknown as Posting)

function book(creatorId: string, kind: 'sale' | 'release', ...moves: Move[]): Promise<number> {
  const entry = {
    creatorId,
    kind,
    businessKey: `${kind}:${randomBytes(32).toString('hex')}`,
    postings: postings(moves),
  }
  return database.jobs.inTransaction((tx) => appendEntries(tx, [entry]))
}

const all = { before: null as bigint | null, limit: 1_000, withMoves: true }
const read = (creatorId: string, page: Partial<typeof all> = {}) =>
  database.web.asCreator(creatorId, (tx) => listStatement(tx, { ...all, ...page, creatorId }))
const told = (lines: readonly StatementLine[]) =>
  lines.map((line) => [nameOf(line), line.changeMsat, line.balanceMsat] as const)

describe('a line', () => {
  test('of a sale tells what arrived, of its fee what was kept, of its release that nothing changed', async () => {
    const creatorId = await createCreator()
    await book(creatorId, 'sale', ['node', 'settling', 178_200n], ['node', 'fee', 1_800n])
    await book(creatorId, 'release', ['settling', 'available', 178_200n])
    expect(told(await read(creatorId))).toEqual([
      ['released', 0n, 178_200n],
      ['fee', -1_800n, 178_200n],
      ['sale', 180_000n, 180_000n],
    ])
    expect(told(await read(creatorId, { withMoves: false }))).toHaveLength(2)
    expect(await database.web.asCreator(creatorId, (tx) => readFees(tx, creatorId))).toBe(1_800n)
  })

  test('of a sale that was fee alone changes nothing', async () => {
    const creatorId = await createCreator()
    await book(creatorId, 'sale', ['node', 'fee', 1_000n])
    expect(told(await read(creatorId))).toEqual([['fee', 0n, 0n]])
  })

  test('is never changed or taken away, not by the owner either', async () => {
    const creatorId = await createCreator()
    await book(creatorId, 'sale', ['node', 'settling', 1_000n])
    for (const statement of ['update statement_line set balance_msat = 0', 'delete from statement_line'])
      await expect(database.owner.client.$executeRawUnsafe(statement)).rejects.toThrow(/append-only|never change/)
  })
})

test('whatever is booked at once, the lines are whole and their balances run on', async () => {
  const creatorId = await createCreator()
  await book(creatorId, 'sale', ['node', 'settling', 1_000_000n])
  await Promise.all([
    ...Array.from({ length: 15 }, (_, n) =>
      book(creatorId, 'sale', ['node', 'settling', 990n + BigInt(n)], ['node', 'fee', 10n]),
    ),
    ...Array.from({ length: 15 }, () => book(creatorId, 'release', ['settling', 'available', 1_000n])),
  ])
  const lines = (await read(creatorId)).toReversed()
  expect(lines.map(({ line }) => line)).toEqual(Array.from({ length: 46 }, (_, n) => BigInt(n + 1)))
  let balance = 0n
  for (const line of lines) {
    balance += line.changeMsat
    expect(line.balanceMsat).toBe(balance)
  }
  const { settlingMsat, availableMsat } = await readBalances(database.jobs.client, creatorId)
  expect(balance).toBe(settlingMsat + availableMsat)
})

test('read in parts, forwards or backwards, every line comes once', async () => {
  const creatorId = await createCreator()
  for (let n = 0n; n < 7n; n += 1n) await book(creatorId, 'sale', ['node', 'settling', 1_000n + n])
  const backwards: StatementLine[] = []
  for (let before: bigint | null = null; ; before = backwards.at(-1)?.line ?? null) {
    const page = await read(creatorId, { before, limit: 3 })
    backwards.push(...page)
    if (page.length < 3) break
  }
  const forwards: StatementLine[] = []
  const last = await database.web.asCreator(creatorId, (tx) => countLines(tx, creatorId))
  await book(creatorId, 'sale', ['node', 'settling', 5n])
  for (let after = 0n; ; after = forwards.at(-1)?.line ?? 0n) {
    const part = await database.web.asCreator(creatorId, (tx) =>
      listStatementPart(tx, { creatorId, after, last, limit: 3 }),
    )
    forwards.push(...part)
    if (part.length < 3) break
  }
  expect(forwards).toHaveLength(7)
  expect(forwards.toReversed()).toEqual(backwards)
})

test('one creator sees no line of another', async () => {
  const [mine, other] = [await createCreator(), await createCreator()]
  await book(other, 'sale', ['node', 'settling', 1_000n])
  expect(await database.web.asCreator(mine, (tx) => listStatement(tx, { ...all, creatorId: other }))).toEqual([])
  expect(await database.web.asCreator(mine, (tx) => countLines(tx, other))).toBe(0n)
})
