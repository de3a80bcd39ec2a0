/** Exactly-once credit against a real Postgres: races, replays, late money and the guards that stand behind them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { msat } from '#lib/money.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { handleUpdates } from '#lib/paywall/settlements/handle-update.ts'
import { settleInvoices } from '#lib/paywall/settlements/settle-invoice.ts'
import { findSettlement, type Payment } from '#lib/paywall/settlements/settlement-store.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { askFor, issued, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { settleOne } from '#tests/support/settle-one.ts'
import { until } from '#tests/support/until.ts'
import { relayEvents } from '#workers/relay.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

function paymentOf(
  challenge: Pick<IssuedChallenge, 'paymentHash' | 'amountMsat'>,
  more: Partial<Payment> = {},
): Payment {
  return {
    paymentHash: challenge.paymentHash,
    receivedMsat: challenge.amountMsat,
    settledAt: new Date(),
    backendId: world.backendId,
    settleCursor: '1',
    source: 'stream',
    ...more,
  }
}

const settle = (payment: Payment) => settleOne(world.settleDeps, payment)
const balancesOf = (creatorId: string) => readBalances(world.database.jobs.client, creatorId)
const stateOf = async (challenge: IssuedChallenge) => {
  const rows = await world.database.owner.client.$queryRaw<{ state: string }[]>`
    select state from challenge where id = ${challenge.id}`
  return rows[0]?.state
}
const setState = (challenge: IssuedChallenge, state: string) =>
  world.database.owner.client.$executeRaw`update challenge set state = ${state} where id = ${challenge.id}`

describe('settling an invoice', () => {
  it('credits what arrived, less the fee, and settles the challenge', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    expect(await settle(paymentOf(challenge))).toBe('applied')
    expect(await balancesOf(creator.creatorId)).toEqual({ settlingMsat: 207_900n, availableMsat: 0n, reservedMsat: 0n })
    expect(await stateOf(challenge)).toBe('settled')
  })

  it('lets one of twenty settlers of a hash through', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        settle(paymentOf(challenge, { source: (['stream', 'sweep', 'presented'] as const)[n % 3] ?? 'stream' })),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(19)
    expect((await balancesOf(creator.creatorId)).settlingMsat).toBe(207_900n)
  })

  it('books twenty sales of one creator at once, each of them', async () => {
    const creator = await world.createCreator([100])
    const challenges = await Promise.all(Array.from({ length: 20 }, () => issued(world, askFor(creator))))
    const outcomes = await Promise.all(challenges.map((challenge) => settle(paymentOf(challenge))))
    expect(new Set(outcomes)).toEqual(new Set(['applied']))
    expect((await balancesOf(creator.creatorId)).settlingMsat).toBe(20n * 99_000n)
  })

  it('credits an overpayment in full', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await settle(paymentOf(challenge, { receivedMsat: msat(1_000_001n) }))
    // 1 % of 1,000,001 is rounded down in the creator's favour.
    expect((await balancesOf(creator.creatorId)).settlingMsat).toBe(990_001n)
    const settled = await findSettlement(world.database.jobs.client, challenge.paymentHash)
    expect(settled).toMatchObject({ amountMsat: 210_000n, receivedMsat: 1_000_001n })
    const [event] = await world.database.owner.client.outbox.findMany({ where: { creatorId: creator.creatorId } })
    expect(event?.payload).toMatchObject({ receivedMsat: '1000001' })
    const fees = await world.database.owner.client.posting.findMany({
      where: { creatorId: creator.creatorId, toAccount: 'fee' },
    })
    expect(fees.map(({ amountMsat }) => amountMsat)).toEqual([10_000n])
  })

  it.each(['expired', 'canceled'])('credits money that comes after the challenge was %s', async (state) => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await setState(challenge, state)
    expect(await settle(paymentOf(challenge))).toBe('applied')
    expect(await stateOf(challenge)).toBe('settled')
    expect((await balancesOf(creator.creatorId)).settlingMsat).toBe(207_900n)
  })

  it('raises an alarm when a canceled invoice is settled, and not for an expired one', async () => {
    const creator = await world.createCreator()
    const [expired, canceled] = await Promise.all([issued(world, askFor(creator)), issued(world, askFor(creator))])
    await Promise.all([setState(expired, 'expired'), setState(canceled, 'canceled')])
    await settle(paymentOf(expired))
    await settle(paymentOf(canceled))
    const alarms = world.log.lines.filter((line) => line.level === 'error' && /canceled/.test(line.message))
    expect(alarms.map((line) => line.fields.challengeId)).toContain(canceled.id)
    expect(alarms.map((line) => line.fields.challengeId)).not.toContain(expired.id)
  })

  it('raises an alarm and changes nothing when a replay names another amount', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await settle(paymentOf(challenge))
    expect(await settle(paymentOf(challenge, { receivedMsat: msat(1n) }))).toBe('replayed')
    expect((await balancesOf(creator.creatorId)).settlingMsat).toBe(207_900n)
    const alarm = world.log.lines.find(
      (line) => /another amount/.test(line.message) && line.fields.challengeId === challenge.id,
    )
    expect(alarm?.level).toBe('error')
  })

  it('answers foreign to a hash that no challenge has, and books nothing', async () => {
    const stranger = { paymentHash: asPaymentHash(new Uint8Array(32).fill(7)), amountMsat: msat(5_000n) }
    expect(await settle(paymentOf(stranger))).toBe('foreign')
    expect(await findSettlement(world.database.jobs.client, stranger.paymentHash)).toBeNull()
  })

  it('writes the event with the settlement, once, and none for a replay', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await settle(paymentOf(challenge))
    await settle(paymentOf(challenge))
    const events = await world.database.owner.client.$queryRaw<{ type: string; payload: unknown }[]>`
      select type, payload from outbox where creator_id = ${creator.creatorId}`
    expect(events).toEqual([
      {
        type: 'sale.settled',
        payload: {
          challengeId: challenge.id,
          resourceId: creator.resources[0]?.id,
          receivedMsat: '210000',
          channel: 'http',
        },
      },
    ])
  })

  it('tells the pages that wait once, right after the commit, and not again for a replay or the event', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const told: string[] = []
    const publish = async (topic: string, key: string) => {
      told.push(`${topic} ${key} ${await stateOf(challenge)}`)
    }
    const deps = { ...world.settleDeps, notices: { publish } }
    for (const source of ['stream', 'sweep'] as const) await settleOne(deps, paymentOf(challenge, { source }))
    expect(await relayEvents(deps, new AbortController().signal)).toBeGreaterThan(0)
    await until('it was told', () => told.length > 0)
    expect(told).toEqual([`settled ${creator.creatorId}/${challenge.id} settled`])
  })

  it('tells nobody of what did not commit', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const told: string[] = []
    const publish = async (_topic: string, key: string) => void told.push(key)
    const owner = world.database.owner.client
    await owner.$executeRawUnsafe(
      `alter table outbox add constraint refused check (creator_id <> '${creator.creatorId}')`,
    )
    await expect(settleOne({ ...world.settleDeps, notices: { publish } }, paymentOf(challenge))).rejects.toThrow()
    await owner.$executeRaw`alter table outbox drop constraint refused`
    expect(told).toEqual([])
  })

  it('keeps settlement, entry, state and event together: when the last of them fails, none is there', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const owner = world.database.owner.client
    await owner.$executeRawUnsafe(
      `alter table outbox add constraint refused check (creator_id <> '${creator.creatorId}')`,
    )
    await expect(settle(paymentOf(challenge))).rejects.toThrow()
    expect(await findSettlement(owner, challenge.paymentHash)).toBeNull()
    expect(await stateOf(challenge)).toBe('open')
    expect((await balancesOf(creator.creatorId)).settlingMsat).toBe(0n)
    await owner.$executeRaw`alter table outbox drop constraint refused`
    expect(await settle(paymentOf(challenge))).toBe('applied')
  })

  it('settles many in one call with an outcome for each: new, known, twice in the call, and of nobody', async () => {
    const [one, other] = [await world.createCreator(), await world.createCreator([100])]
    const known = await issued(world, askFor(one))
    await settle(paymentOf(known))
    const fresh = [await issued(world, askFor(one)), await issued(world, askFor(other))]
    const stranger = { paymentHash: asPaymentHash(new Uint8Array(32).fill(9)), amountMsat: msat(5_000n) }
    const payments = [known, ...fresh, ...fresh.slice(0, 1), stranger].map((challenge) => paymentOf(challenge))
    const outcomes = await settleInvoices(world.settleDeps, payments)
    expect(outcomes).toEqual(['replayed', 'applied', 'applied', 'replayed', 'foreign'])
    expect((await balancesOf(one.creatorId)).settlingMsat).toBe(2n * 207_900n)
    expect((await balancesOf(other.creatorId)).settlingMsat).toBe(99_000n)
  })

  it('credits each once when several settle the same many in other orders at once', async () => {
    const creators = await Promise.all(Array.from({ length: 4 }, () => world.createCreator([100])))
    const challenges = await Promise.all(
      Array.from({ length: 40 }, (_, n) => issued(world, askFor(creators[n % 4] ?? (creators[0] as CreatorSnapshot)))),
    )
    const payments = challenges.map((challenge) => paymentOf(challenge))
    const orders = [payments, payments.toReversed(), [...payments.slice(20), ...payments.slice(0, 20)], payments]
    const outcomes = (await Promise.all(orders.map((order) => settleInvoices(world.settleDeps, order)))).flat()
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(40)
    expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(120)
    for (const creator of creators) expect((await balancesOf(creator.creatorId)).settlingMsat).toBe(10n * 99_000n)
  })

  it('credits what can be booked although one payment beside it cannot, and tells of that one', async () => {
    const [good, bad] = [await world.createCreator(), await world.createCreator()]
    const sales = [
      await issued(world, askFor(good)),
      await issued(world, askFor(bad)),
      await issued(world, askFor(good)),
    ]
    const owner = world.database.owner.client
    await owner.$executeRawUnsafe(`alter table outbox add constraint refused check (creator_id <> '${bad.creatorId}')`)
    const updates = sales.map((challenge) => ({
      ...paymentOf(challenge),
      state: 'settled' as const,
      memo: '',
      listCursor: '1',
      expiresAt: new Date(),
    }))
    const origin = { backendId: world.backendId, source: 'stream' as const }
    await expect(handleUpdates(world.settleDeps, updates, origin)).rejects.toThrow(/refused/)
    await owner.$executeRaw`alter table outbox drop constraint refused`
    expect((await balancesOf(good.creatorId)).settlingMsat).toBe(2n * 207_900n)
    expect((await balancesOf(bad.creatorId)).settlingMsat).toBe(0n)
    expect(await handleUpdates(world.settleDeps, updates, origin)).toEqual(['replayed', 'applied', 'replayed'])
  })

  it('leaves books in which everything fits', async () => {
    expect(await findBookDifferences(world.database.jobs.client, 10)).toEqual([])
  })
})
