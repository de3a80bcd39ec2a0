/** Payouts of a whole balance, asked for at the same time: the money is set aside once, and no balance is ever below zero. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { satsToMsat } from '#lib/money.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { listPayouts } from '#lib/paywall/payouts/payout-store.ts'
import { reservePayout } from '#lib/paywall/payouts/reserve-payout.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { createRichCreator } from '#tests/support/payout-world.ts'

const PAYOUTS = 500
const AT_ONCE = 20

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database?.close())

test('of 500 payouts of the whole balance one is reserved, and the others have moved nothing', async () => {
  const { creatorId, userId } = await createRichCreator(database, 1_000)
  await database.owner.client.payout.createMany({
    data: Array.from({ length: PAYOUTS }, () => ({
      ...{ creatorId, id: newId('pay'), amountMsat: satsToMsat(995), feeCapMsat: satsToMsat(5), askedBy: userId },
      ...{ destination: 'maren@example.com', proofSealed: randomBytes(8), approvedAt: new Date() },
    })),
  })
  const caps = { creatorMsat: satsToMsat(10_000_000), allMsat: satsToMsat(10_000_000) }
  const deps = { db: database.payouts, clock: systemClock, caps }
  const asked = await listPayouts(database.payouts.client, ['requested'], PAYOUTS)
  const outcomes: string[] = []
  const work = async () => {
    for (let next = asked.pop(); next !== undefined; next = asked.pop()) outcomes.push(await reservePayout(deps, next))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  expect(outcomes).toHaveLength(PAYOUTS)
  expect(outcomes.filter((outcome) => outcome === 'reserved')).toHaveLength(1)
  expect(await readBalances(database.jobs.client, creatorId)).toMatchObject({
    availableMsat: 0n,
    reservedMsat: 1_000_000n,
  })
  expect(await findBookDifferences(database.jobs.client, 5)).toEqual([])
})
