/** The books: held sales are released once, the audit sees every difference, and the creator reads true sums. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tx } from '#lib/db.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { MEMO_MARK } from '#lib/lightning/backend.ts'
import { satsToMsat } from '#lib/money.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { auditLedger } from '#lib/paywall/ledger/audit-ledger.ts'
import { appendEntries, readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { releaseSettling } from '#lib/paywall/ledger/release-settling.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import {
  countSalesByPrice,
  listRevenueByDay,
  listSales,
  listSalesAfter,
  listTopResources,
  readSalesSummary,
  type SaleCursor,
} from '#lib/paywall/settlements/sale-store.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { articleOf, askFor, issued, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { settleOne } from '#tests/support/settle-one.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

const signal = new AbortController().signal
const release = (holdSeconds: number) =>
  releaseSettling({ db: world.database.jobs, clock: world.settleDeps.clock, holdSeconds }, signal)
const balancesOf = (creator: CreatorSnapshot) => readBalances(world.database.jobs.client, creator.creatorId)

/** In the zone of the dashboard, where row security binds. */
function asCreator<T>(creator: CreatorSnapshot, read: (tx: Tx) => Promise<T>): Promise<T> {
  return world.database.web.asCreator(creator.creatorId, read)
}

async function sell(
  creator: CreatorSnapshot,
  more: { index?: number; channel?: 'browser' | 'http'; settledAt?: Date } = {},
): Promise<IssuedChallenge> {
  const resource = articleOf(creator, more.index ?? 0)
  const challenge = await issued(world, askFor(creator, { resource, channel: more.channel ?? 'http' }))
  await settleOne(world.settleDeps, {
    paymentHash: challenge.paymentHash,
    receivedMsat: challenge.amountMsat,
    settledAt: more.settledAt ?? new Date(),
    backendId: world.backendId,
    settleCursor: null,
    source: 'stream',
  })
  return challenge
}

describe('a held sale', () => {
  it('becomes available when its hold is over, and not before', async () => {
    const creator = await world.createCreator()
    await sell(creator, { settledAt: new Date(Date.now() - 3_600_000) })
    await release(3_600 + 900)
    expect(await balancesOf(creator)).toMatchObject({ settlingMsat: 207_900n, availableMsat: 0n })
    await release(3_600 - 900)
    expect(await balancesOf(creator)).toMatchObject({ settlingMsat: 0n, availableMsat: 207_900n })
  })

  it('is released once by twenty workers at once', async () => {
    const creator = await world.createCreator([100])
    for (let n = 0; n < 5; n += 1) await sell(creator)
    await Promise.all(Array.from({ length: 20 }, () => release(0)))
    expect(await balancesOf(creator)).toMatchObject({ settlingMsat: 0n, availableMsat: 5n * 99_000n })
  })

  it('is released although the platform keeps all of it', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await settleOne(
      { ...world.settleDeps, feePpm: 1_000_000 },
      {
        ...challenge,
        receivedMsat: challenge.amountMsat,
        settledAt: new Date(0),
        backendId: world.backendId,
        settleCursor: null,
        source: 'sweep',
      },
    )
    await release(0)
    expect(await balancesOf(creator)).toEqual({ settlingMsat: 0n, availableMsat: 0n, reservedMsat: 0n })
  })
})

describe('the books', () => {
  it('take one entry for each business key, whoever comes first of twenty', async () => {
    const creator = await world.createCreator()
    const entry = {
      creatorId: creator.creatorId,
      kind: 'sale' as const,
      businessKey: `sale:${'ab'.repeat(32)}`,
      postings: [{ from: 'node', to: 'settling', amountMsat: satsToMsat(1) } as const],
    }
    const appended = await Promise.all(
      Array.from({ length: 20 }, () => world.database.jobs.inTransaction((tx) => appendEntries(tx, [entry]))),
    )
    expect(appended.filter(Boolean)).toHaveLength(1)
    expect((await balancesOf(creator)).settlingMsat).toBe(1000n)
  })

  it('refuse an entry that would take an account below zero', async () => {
    const creator = await world.createCreator()
    const overdraft = {
      creatorId: creator.creatorId,
      kind: 'release' as const,
      businessKey: 'release:x',
      postings: [{ from: 'settling', to: 'available', amountMsat: satsToMsat(1) } as const],
    }
    await expect(world.database.jobs.inTransaction((tx) => appendEntries(tx, [overdraft]))).rejects.toThrow()
    expect(await balancesOf(creator)).toEqual({ settlingMsat: 0n, availableMsat: 0n, reservedMsat: 0n })
  })
})

describe('the audit', () => {
  const audit = () => auditLedger(world.settleDeps, signal)

  it('finds nothing in sound books', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    const answer = await world.jobsBackend.lookupInvoice(challenge.paymentHash)
    await settleOne(world.settleDeps, {
      ...challenge,
      receivedMsat: answer?.receivedMsat ?? challenge.amountMsat,
      settledAt: new Date(),
      backendId: world.backendId,
      settleCursor: null,
      source: 'stream',
    })
    // The entry that the tests above made up by hand is a difference, and the only one.
    const made = await findBookDifferences(world.database.jobs.client, 10)
    expect(made.filter(({ creatorId }) => creatorId === creator.creatorId)).toEqual([])
    expect((await audit()).node).toBe(0)
  })

  it('credits and reports a payment that all three sources missed', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    expect((await audit()).node).toBe(1)
    expect((await balancesOf(creator)).settlingMsat).toBe(207_900n)
    expect((await audit()).node).toBe(0)
  })

  it('keeps and reports money with our mark that no challenge knows, and passes by what is not ours', async () => {
    const [ours, other] = await Promise.all([
      world.gateBackend.createInvoice({
        amountMsat: satsToMsat(3),
        memo: `${MEMO_MARK}k3h-x: lost`,
        expirySeconds: 600,
      }),
      world.gateBackend.createInvoice({ amountMsat: satsToMsat(4), memo: 'lunch', expirySeconds: 600 }),
    ])
    await world.node.pay(ours.invoice)
    await world.node.pay(other.invoice)
    expect((await audit()).node).toBe(1)
    const strays = await world.database.owner.client.$queryRaw<{ receivedMsat: bigint }[]>`
      select received_msat as "receivedMsat" from stray_settlement`
    expect(strays).toEqual([{ receivedMsat: 3000n }])
    expect((await audit()).node).toBe(0)
  })

  it.each([
    ['a balance that is not the sum of its postings', 'balance'],
    ['a settlement without its entry', 'unbooked'],
  ])('finds %s', async (_what, what) => {
    const creator = await world.createCreator()
    await sell(creator)
    const owner = world.database.owner.client
    if (what === 'balance') {
      await owner.$transaction([
        owner.$executeRawUnsafe('alter table ledger_account disable trigger all'),
        owner.$executeRaw`update ledger_account set balance_msat = balance_msat + 1
          where creator_id = ${creator.creatorId} and kind = 'settling'`,
        owner.$executeRawUnsafe('alter table ledger_account enable trigger all'),
      ])
    } else {
      const hash = asPaymentHash(randomBytes(32))
      await owner.$executeRaw`insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id,
          offer_id, price_version, amount_msat, received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at)
        select ${hash}, creator_id, 'chl_by_hand', token_id, resource_id, offer_id, price_version, amount_msat,
          received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at
        from settlement where creator_id = ${creator.creatorId}`
    }
    const found = await findBookDifferences(world.database.jobs.client, 100)
    expect(found.filter(({ creatorId }) => creatorId === creator.creatorId).map((row) => row.what)).toContain(what)
    expect((await audit()).books).toBeGreaterThan(0)
    expect(world.log.lines.some((line) => line.level === 'error' && line.fields.reason === what)).toBe(true)
  })
})

describe('what a creator reads', () => {
  const day = (n: number, time = '12:00') => new Date(`2026-10-${String(n).padStart(2, '0')}T${time}:00Z`)

  it('sums a period and the one before, people and programs apart, after the fee', async () => {
    const creator = await world.createCreator([210, 100])
    await sell(creator, { settledAt: day(10), channel: 'browser' })
    await sell(creator, { settledAt: day(11), channel: 'http', index: 1 })
    await sell(creator, { settledAt: day(5), channel: 'http' })
    const period = { creatorId: creator.creatorId, from: day(8), to: day(13) }
    const { current, previous } = await asCreator(creator, (tx) => readSalesSummary(tx, period))
    expect(current).toEqual({
      sales: 2,
      peopleSales: 1,
      programSales: 1,
      netMsat: 306_900n,
      peopleMsat: 207_900n,
      programMsat: 99_000n,
    })
    expect(previous).toMatchObject({ sales: 1, netMsat: 207_900n })
    const top = await asCreator(creator, (tx) => listTopResources(tx, { ...period, limit: 5 }))
    expect(top.map(({ sales, netMsat }) => [sales, netMsat])).toEqual([
      [1, 207_900n],
      [1, 99_000n],
    ])
  })

  it('counts a sale of a long period once, at the edges of its hours, days and months too', async () => {
    const creator = await world.createCreator()
    const [from, to] = ['2026-07-14T22:00:00Z', '2026-10-12T22:00:00Z']
    const inside = [
      '07-14T22:00',
      '07-14T23:59',
      '07-15T00:00',
      '07-31T23:59',
      '08-01T00:00',
      '09-30T23:59',
      '10-01T00:00',
    ]
    const edges = ['10-11T23:59', '10-12T00:00', '10-12T21:59']
    const outside = ['07-14T21:59', '07-01T00:00', '10-12T22:00', '10-31T00:00']
    for (const at of [...inside, ...edges, ...outside]) await sell(creator, { settledAt: new Date(`2026-${at}:00Z`) })
    const top = (period: { from: string; to: string }) =>
      asCreator(creator, (tx) =>
        listTopResources(tx, {
          creatorId: creator.creatorId,
          from: new Date(period.from),
          to: new Date(period.to),
          limit: 5,
        }),
      )
    expect(await top({ from, to })).toMatchObject([{ sales: 10, netMsat: 2_079_000n }])
    expect(await top({ from, to: '2026-07-31T00:00:00Z' })).toMatchObject([{ sales: 3 }])
    expect(await top({ from: '2026-08-01T00:00:00Z', to: '2026-10-01T00:00:00Z' })).toMatchObject([{ sales: 2 }])
    expect(await top({ from: '2026-08-01T00:01:00Z', to: '2026-09-30T23:59:00Z' })).toEqual([])
  })

  it('shows every day of a period in the time zone asked for, days without a sale too', async () => {
    const creator = await world.createCreator([100])
    // 23:30 in UTC is half past midnight of the next day in Copenhagen, in winter; half past one in October.
    await sell(creator, { settledAt: day(10, '23:30'), channel: 'browser' })
    const period = {
      creatorId: creator.creatorId,
      from: day(9, '22:00'),
      to: day(12, '22:00'),
      timeZone: 'Europe/Copenhagen',
    }
    expect(await asCreator(creator, (tx) => listRevenueByDay(tx, period))).toEqual([
      { day: '2026-10-10', peopleMsat: 0n, programMsat: 0n },
      { day: '2026-10-11', peopleMsat: 99_000n, programMsat: 0n },
      { day: '2026-10-12', peopleMsat: 0n, programMsat: 0n },
    ])
  })

  it('pages through sales without losing or repeating one, although several settled in the same moment', async () => {
    const creator = await world.createCreator([1])
    const at = day(10)
    const sold = []
    for (let n = 0; n < 7; n += 1) sold.push((await sell(creator, { settledAt: at })).id)
    const seen: string[] = []
    let before: SaleCursor | null = null
    do {
      const cursor: SaleCursor | null = before
      const page: Awaited<ReturnType<typeof listSales>> = await asCreator(creator, (tx) =>
        listSales(tx, { creatorId: creator.creatorId, before: cursor, limit: 3 }),
      )
      seen.push(...page.sales.map(({ challengeId }) => challengeId))
      before = page.next
    } while (before !== null)
    expect(seen.toSorted()).toEqual(sold.toSorted())
  })

  it('sees a new sale in the feed, and not the ones before', async () => {
    const creator = await world.createCreator()
    await sell(creator)
    const first = await asCreator(creator, (tx) =>
      listSalesAfter(tx, { creatorId: creator.creatorId, after: day(1), limit: 5 }),
    )
    const after = first.at(-1)?.createdAt ?? day(1)
    const sale = await sell(creator, { channel: 'browser' })
    const feed = await asCreator(creator, (tx) => listSalesAfter(tx, { creatorId: creator.creatorId, after, limit: 5 }))
    expect(feed.map(({ challengeId, channel, revoked }) => [challengeId, channel, revoked])).toEqual([
      [sale.id, 'browser', false],
    ])
    expect(
      await asCreator(creator, (tx) =>
        countSalesByPrice(tx, { creatorId: creator.creatorId, resourceId: articleOf(creator).id }),
      ),
    ).toEqual([{ priceVersion: 1, sales: 2 }])
  })

  it('is never a row of another creator', async () => {
    const [mine, other] = await Promise.all([world.createCreator(), world.createCreator()])
    await sell(other)
    const page = { creatorId: other.creatorId, before: null, limit: 10 }
    expect((await asCreator(mine, (tx) => listSales(tx, page))).sales).toEqual([])
    expect((await asCreator(other, (tx) => listSales(tx, page))).sales).toHaveLength(1)
    expect(await asCreator(mine, (tx) => readBalances(tx, other.creatorId))).toMatchObject({ settlingMsat: 0n })
  })
})
