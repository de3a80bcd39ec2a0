/** Whatever the node does and whatever comes between: a hash is sent once, and the books say what the node did. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { msat } from '#lib/money.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { cancelPayout } from '#lib/paywall/payouts/end-payout.ts'
import type { PayoutState } from '#lib/paywall/payouts/payout.ts'
import { approvePayout, fixInvoice, insertPayout, listPayouts, type Payout } from '#lib/paywall/payouts/payout-store.ts'
import { reservePayout } from '#lib/paywall/payouts/reserve-payout.ts'
import { resolvePayout } from '#lib/paywall/payouts/resolve-payout.ts'
import { sendPayout } from '#lib/paywall/payouts/send-payout.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { silentLog } from '#tests/support/log.ts'
import { createPayingNode, type Fate } from '#tests/support/paying-node.ts'
import { createRichCreator } from '#tests/support/payout-world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

const START_SATS = 1_000
const FEE_MSAT = 1_234n
const FATES: readonly Fate[] = ['pays', 'fails', 'pays-lost', 'fails-lost', 'hangs', 'never']

type Step =
  | { readonly do: 'ask'; readonly msat: number }
  | { readonly do: 'reserve' | 'cancel' | 'resolve' }
  | { readonly do: 'send'; readonly fate: Fate }
  | { readonly do: 'settle'; readonly how: 'succeeded' | 'failed' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ask' as const), msat: fc.integer({ min: 1, max: 700_000 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('reserve' as const, 'resolve' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), fate: fc.constantFrom(...FATES) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      how: fc.constantFrom('succeeded' as const, 'failed' as const),
    }),
  },
)

/** One creator's world: the hash of a payout's invoice is the invoice itself. */
async function openHistory() {
  const { creatorId } = await createRichCreator(database, START_SATS)
  const node = createPayingNode((invoice) => asPaymentHash(Buffer.from(invoice, 'hex')), FEE_MSAT)
  const deps = {
    ...{ db: database.payouts, clock: systemClock, log: silentLog, payer: node, killPoint: () => undefined },
    caps: { creatorMsat: 10n ** 12n, allMsat: 10n ** 15n },
  }
  const own = async (...states: PayoutState[]) =>
    (await listPayouts(database.payouts.client, states, 100_000)).filter((payout) => payout.creatorId === creatorId)
  return { creatorId, node, deps, own }
}
type History = Awaited<ReturnType<typeof openHistory>>

/** Each act is done twice at once, as two processes would. */
async function twice<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  await Promise.all([...items, ...items].map(act))
}

async function run({ creatorId, node, deps, own }: History, next: Step): Promise<void> {
  if (next.do === 'ask') {
    const row = { creatorId, id: newId('pay'), amountMsat: msat(BigInt(next.msat)), feeCapMsat: msat(5_000n) }
    const asked = { ...row, destination: 'lnbcrt', askedBy: 'user', proofSealed: randomBytes(32) }
    await database.web.asCreator(creatorId, (tx) => insertPayout(tx, asked))
    await approvePayout(database.payouts.client, row, new Date())
  } else if (next.do === 'reserve') {
    await twice(await own('requested'), (payout) => reservePayout(deps, payout))
    await twice(await own('reserved'), (payout) => fix(payout))
  } else if (next.do === 'send') {
    node.plan(next.fate)
    await twice(await own('fixed'), (payout) => sendPayout(deps, payout))
  } else if (next.do === 'settle') node.settle(next.how)
  else if (next.do === 'cancel')
    await twice(await own('requested', 'reserved', 'fixed'), (payout) => cancelPayout(deps, payout))
  else await twice(await own('dispatched', 'unknown'), (payout) => resolvePayout(deps, payout))
}

function fix(payout: Payout) {
  const paymentHash = asPaymentHash(randomBytes(32))
  const invoice = encodeHex(paymentHash)
  return database.payouts.inTransaction((tx) => fixInvoice(tx, payout, { invoice, paymentHash }))
}

/** Holds after every step: nothing is released while its end is unknown, and no hash is told twice. */
async function check({ creatorId, node, own }: History): Promise<void> {
  const sum = (payouts: readonly Payout[]) =>
    payouts.reduce((all, { amountMsat, feeCapMsat }) => all + amountMsat + feeCapMsat, 0n)
  const { availableMsat, reservedMsat } = await readBalances(database.payouts.client, creatorId)
  expect(reservedMsat).toBe(sum(await own('reserved', 'fixed', 'dispatched', 'unknown')))
  const spent = (await own('succeeded')).reduce((all, { amountMsat }) => all + amountMsat + FEE_MSAT, 0n)
  expect(availableMsat + reservedMsat + spent).toBe(BigInt(START_SATS) * 1_000n)
  expect([...node.sends.values()].every((count) => count === 1)).toBe(true)
  expect((await own('reserved', 'fixed', 'dispatched', 'unknown')).length).toBeLessThanOrEqual(2)
}

test('after any history the books are what the node did, and no hash was sent twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
      const history = await openHistory()
      for (const next of [{ do: 'ask', msat: 300_000 } as const, { do: 'reserve' } as const, ...steps]) {
        await run(history, next)
        await check(history)
      }
      history.node.settle('succeeded')
      await run(history, { do: 'resolve' })
      await check(history)
      const paid = [...history.node.payments].flatMap(([hash, { kind }]) => (kind === 'succeeded' ? [hash] : []))
      const booked = (await history.own('succeeded')).map(({ paymentHash }) =>
        encodeHex(paymentHash ?? new Uint8Array()),
      )
      expect(booked.toSorted()).toEqual(paid.toSorted())
    }),
    { numRuns: Number(process.env.PAYOUT_HISTORIES ?? 20) },
  )
  expect(await findBookDifferences(database.jobs.client, 10)).toEqual([])
})
