/** Random histories of settling, replaying, expiring, canceling, paying late and releasing keep the books true. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '#lib/ids.ts'
import { asTokenId } from '#lib/l402/identifier.ts'
import { asPaymentHash, type PaymentHash } from '#lib/l402/preimage.ts'
import { msat } from '#lib/money.ts'
import { openNotices } from '#lib/notices.ts'
import { insertChallenges } from '#lib/paywall/challenges/challenge-store.ts'
import { moveChallenge } from '#lib/paywall/challenges/sweep-store.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { releaseSettling } from '#lib/paywall/ledger/release-settling.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { silentLog } from '#tests/support/log.ts'
import { settleOne } from '#tests/support/settle-one.ts'

let database: TestDatabase
let notices: ReturnType<typeof openNotices>
beforeAll(async () => {
  database = await openTestDatabase()
  notices = openNotices({ url: database.jobsUrl })
})
afterAll(async () => {
  await notices.close()
  await database.close()
})

const FEE_PPM = 13_337
const SOURCES = ['stream', 'sweep', 'presented'] as const
const CHALLENGES = 4
const BACKEND = 'lnd:02'

type Step =
  | { readonly do: 'settle'; readonly n: number; readonly amounts: readonly number[] }
  | { readonly do: 'expire' | 'cancel'; readonly n: number }
  | { readonly do: 'release' }
  | { readonly do: 'prune'; readonly n: number }

const n = fc.integer({ min: 0, max: CHALLENGES - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  // Several at once: the first of them to commit decides what was received.
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      n,
      amounts: fc.array(fc.integer({ min: 1, max: 3_000_000 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('expire' as const, 'cancel' as const), n }) },
  { weight: 2, arbitrary: fc.constant({ do: 'release' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune' as const), n }) },
)

async function createCreator(): Promise<string> {
  const id = newId('cre')
  const shortId = randomBytes(4).toString('hex')
  await database.owner.client.$executeRaw`
    insert into creator (id, short_id, handle, name) values (${id}, ${shortId}, ${`h${shortId}`}, 'Harbor Notes')`
  return id
}

async function createChallenges(creatorId: string): Promise<PaymentHash[]> {
  const hashes = Array.from({ length: CHALLENGES }, () => asPaymentHash(randomBytes(32)))
  const now = new Date()
  await insertChallenges(
    database.gate.client,
    hashes.map((paymentHash, index) => ({
      creatorId,
      id: newId('chl'),
      tokenId: asTokenId(randomBytes(32)),
      paymentHash,
      resourceId: 'res_1',
      offerId: 'off_1',
      priceVersion: 1,
      amountMsat: msat(1000n),
      services: ['k3h-tides'],
      caveats: ['services=k3h-tides:0'],
      parents: [],
      replaces: null,
      depth: 0,
      claimHash: null,
      channel: 'http' as const,
      invoice: `lnbcrt${index}`,
      backendId: BACKEND,
      listCursor: String(index + 1),
      expiresAt: now,
      createdAt: now,
    })),
  )
  return hashes
}

/** Runs one step; `received` is the model: what each hash was credited with, once and for ever. */
async function run(
  step: Step,
  world: { creatorId: string; hashes: readonly PaymentHash[]; received: Map<number, bigint>; pruned: Set<number> },
) {
  const hash = 'n' in step ? world.hashes[step.n] : undefined
  if (step.do === 'release' || hash === undefined) {
    const clock = { now: () => new Date() }
    await releaseSettling({ db: database.jobs, clock, holdSeconds: 0 }, new AbortController().signal)
    return
  }
  if (step.do === 'prune') {
    const gone = await database.jobs.client
      .$executeRaw`delete from challenge where payment_hash = ${hash} and state = 'canceled'`
    if (gone === 1 && !world.received.has(step.n)) world.pruned.add(step.n)
    return
  }
  if (step.do !== 'settle') {
    const to = step.do === 'expire' ? 'expired' : 'canceled'
    await moveChallenge(database.jobs.client, { paymentHash: hash, backendId: BACKEND, to })
    return
  }
  const deps = { db: database.jobs, log: silentLog, notices, feePpm: FEE_PPM }
  const outcomes = await Promise.all(
    step.amounts.map((amount, index) =>
      settleOne(deps, {
        paymentHash: hash,
        receivedMsat: msat(BigInt(amount)),
        settledAt: new Date(),
        backendId: BACKEND,
        settleCursor: null,
        source: SOURCES[index % SOURCES.length] ?? 'stream',
      }),
    ),
  )
  const winner = outcomes.indexOf('applied')
  expect(outcomes.filter((outcome) => outcome === 'applied').length).toBe(
    world.received.has(step.n) || world.pruned.has(step.n) ? 0 : 1,
  )
  if (winner >= 0) world.received.set(step.n, BigInt(step.amounts[winner] ?? 0))
  if (world.pruned.has(step.n)) expect(new Set(outcomes)).toEqual(new Set(['foreign']))
}

it('keeps what creators are owed equal to what arrived less the fee, for any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      const creatorId = await createCreator()
      const world = {
        creatorId,
        hashes: await createChallenges(creatorId),
        received: new Map<number, bigint>(),
        pruned: new Set<number>(),
      }
      for (const next of steps) await run(next, world)
      const { settlingMsat, availableMsat } = await readBalances(database.jobs.client, creatorId)
      const owed = [...world.received.values()].reduce(
        (sum, got) => sum + got - (got * BigInt(FEE_PPM)) / 1_000_000n,
        0n,
      )
      expect(settlingMsat + availableMsat).toBe(owed)
    }),
    { numRuns: Number(process.env.MONEY_HISTORIES ?? 60) },
  )
  expect(await findBookDifferences(database.jobs.client, 10)).toEqual([])
})
