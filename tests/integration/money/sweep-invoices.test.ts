/** The sweep against a real node: what it finds, what it leaves, and when a row may go. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '#lib/clock.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import type { LightningBackend } from '#lib/lightning/backend.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { pruneChallenges } from '#lib/paywall/challenges/prune-challenges.ts'
import { moveChallenge, type SweepScope } from '#lib/paywall/challenges/sweep-store.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { handleUpdate } from '#lib/paywall/settlements/handle-update.ts'
import { sweepInvoices } from '#lib/paywall/settlements/sweep-invoices.ts'
import { makeMany } from '#tests/support/few-at-once.ts'
import { askFor, issued, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { settleOne } from '#tests/support/settle-one.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

const signal = new AbortController().signal
const HOUR = 3_600_000
const inHours = (hours: number) => ({ now: () => new Date(Date.now() + hours * HOUR) })
const sweep = (scope: SweepScope = 'all', more: { backend?: LightningBackend; clock?: Clock } = {}) => {
  const { backend = world.jobsBackend, clock = world.settleDeps.clock } = more
  return sweepInvoices({ ...world.settleDeps, clock, backends: createBackends(backend) }, { backend, scope, signal })
}
const prune = (clock: { now(): Date }) =>
  pruneChallenges({ db: world.database.jobs, clock, pruneAfterSeconds: 86_400 }, signal)

async function stateOf(challenge: IssuedChallenge): Promise<string | undefined> {
  const rows = await world.database.owner.client.$queryRaw<{ state: string }[]>`
    select state from challenge where id = ${challenge.id}`
  return rows[0]?.state
}

/** A node that has forgotten these invoices, as lnd's garbage collection does. */
function forgetful(): MoneyWorld['jobsBackend'] {
  return {
    ...world.jobsBackend,
    lookupInvoice: async () => null,
    listInvoices: async () => ({ invoices: [], next: null }),
  }
}

describe('a sweep', () => {
  it('credits what the node settled and nobody told us of', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    expect((await sweep()).settled).toBeGreaterThan(0)
    expect((await readBalances(world.database.jobs.client, creator.creatorId)).settlingMsat).toBe(207_900n)
    expect(await stateOf(challenge)).toBe('settled')
  })

  it('reads the list of the node when rows are many, and finds each paid one', async () => {
    const creator = await world.createCreator([1])
    const challenges = await makeMany(150, () => issued(world, askFor(creator)))
    const paid = challenges.filter((_, n) => n % 5 === 0)
    for (const challenge of paid) await world.node.pay(challenge.invoice)
    await sweep()
    expect((await readBalances(world.database.jobs.client, creator.creatorId)).settlingMsat).toBe(30n * 990n)
    const states = await Promise.all(challenges.map(stateOf))
    expect(states.filter((state) => state === 'settled')).toHaveLength(paid.length)
  })

  it('calls a row expired by the clock, and credits it all the same when the money comes late', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await sweep('all', { clock: inHours(0.5) })
    expect(await stateOf(challenge)).toBe('expired')
    await world.node.pay(challenge.invoice)
    await sweep('all', { clock: inHours(0.5) })
    expect(await stateOf(challenge)).toBe('settled')
  })

  it('leaves old rows to the complete sweep when only young ones are looked at', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    await sweep('young', { clock: inHours(3) })
    expect(await stateOf(challenge)).toBe('open')
    await sweep('all', { clock: inHours(3) })
    expect(await stateOf(challenge)).toBe('settled')
  })

  it('fails as a whole when the node fails on one row, and credits nothing less for it the next time', async () => {
    const creator = await world.createCreator()
    const [failing, paid] = await Promise.all([issued(world, askFor(creator)), issued(world, askFor(creator))])
    await world.node.pay(paid.invoice)
    const backend = {
      ...forgetful(),
      lookupInvoice: (hash: typeof failing.paymentHash) =>
        encodeHex(hash) === encodeHex(failing.paymentHash)
          ? Promise.reject(new RangeError('no answer'))
          : world.jobsBackend.lookupInvoice(hash),
    }
    await expect(sweep('all', { backend })).rejects.toThrow('no answer')
    expect(await stateOf(failing)).toBe('open')
    await sweep()
    expect(await stateOf(paid)).toBe('settled')
  })

  it('touches no row of another node, and says that there are some', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const backend = { ...forgetful(), getId: async () => 'lnd:another' }
    await sweep('all', { backend, clock: inHours(48) })
    // Once more: a first sweep only notes what its node does not know, a second one would end it.
    await sweep('all', { backend, clock: inHours(49) })
    expect(await stateOf(challenge)).toBe('open')
    const [row] = await world.database.owner.client.$queryRaw<{ missing: Date | null }[]>`
      select missing_since_at as missing from challenge where id = ${challenge.id}`
    expect(row?.missing).toBeNull()
    expect(world.log.lines.some((line) => line.level === 'error' && /another|not the one/.test(line.message))).toBe(
      true,
    )
  })
})

describe('the end of a row', () => {
  it('by one node never reaches a row that another made, nor one that was settled', async () => {
    const creator = await world.createCreator()
    const [open, paid] = await Promise.all([issued(world, askFor(creator)), issued(world, askFor(creator))])
    await world.node.pay(paid.invoice)
    await sweep()
    expect(await stateOf(paid)).toBe('settled')
    for (const to of ['expired', 'canceled'] as const) {
      const move = { backendId: world.backendId, to }
      expect(await moveChallenge(world.database.jobs.client, { ...open, ...move, backendId: 'lnd:another' })).toBe(
        false,
      )
      expect(await moveChallenge(world.database.jobs.client, { ...paid, ...move })).toBe(false)
    }
    expect([await stateOf(open), await stateOf(paid)]).toEqual(['open', 'settled'])
    expect(
      await moveChallenge(world.database.jobs.client, { ...open, backendId: world.backendId, to: 'canceled' }),
    ).toBe(true)
    expect(
      await moveChallenge(world.database.jobs.client, { ...open, backendId: world.backendId, to: 'expired' }),
    ).toBe(false)
  })

  it('told by the stream after the settlement changes nothing', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    await sweep()
    const update = await world.jobsBackend.lookupInvoice(challenge.paymentHash)
    if (update === null) throw new RangeError('the node does not know it')
    const origin = { backendId: world.backendId, source: 'stream' as const }
    expect(await handleUpdate(world.settleDeps, { ...update, state: 'canceled' }, origin)).toBe('ignored')
    expect(await stateOf(challenge)).toBe('settled')
  })
})

it('money of another shop on the same node is none of ours, and money with our mark is kept', async () => {
  const challenge = await issued(world, askFor(await world.createCreator()))
  await world.node.pay(challenge.invoice)
  const update = await world.jobsBackend.lookupInvoice(challenge.paymentHash)
  if (update === null) throw new RangeError('the node does not know it')
  const origin = { backendId: world.backendId, source: 'stream' as const }
  const unknown = { ...update, paymentHash: asPaymentHash(new Uint8Array(32).fill(3)) }
  const strays = () => world.database.owner.client.straySettlement.count()
  const before = await strays()
  expect(await handleUpdate(world.settleDeps, { ...unknown, memo: 'coffee' }, origin)).toBe('foreign')
  expect(await strays()).toBe(before)
  expect(await handleUpdate(world.settleDeps, unknown, origin)).toBe('foreign')
  expect(await strays()).toBe(before + 1)
})

describe('an unpaid row', () => {
  it('goes only after the grace, two sweeps that agree, and the time it is kept', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const backend = forgetful()
    await sweep('all', { backend, clock: inHours(1) })
    expect(await stateOf(challenge)).toBe('expired')
    await sweep('all', { backend, clock: inHours(2) })
    expect(await stateOf(challenge)).toBe('expired')
    await sweep('all', { backend, clock: inHours(2.1) })
    expect(await stateOf(challenge)).toBe('canceled')
    await prune(inHours(3))
    expect(await stateOf(challenge)).toBe('canceled')
    await prune(inHours(25))
    expect(await stateOf(challenge)).toBeUndefined()
  })

  it('never goes by our clock alone, however late it is', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await prune(inHours(24 * 365))
    expect(await stateOf(challenge)).toBe('open')
    await sweep('all', { clock: inHours(0.5) })
    await prune(inHours(24 * 365))
    expect(await stateOf(challenge)).toBe('expired')
  })

  it('is not gone when the node knows it again between two sweeps', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await sweep('all', { backend: forgetful(), clock: inHours(2) })
    await sweep('all', { clock: inHours(2.1) })
    await sweep('all', { backend: forgetful(), clock: inHours(2.2) })
    expect(await stateOf(challenge)).not.toBe('canceled')
  })

  it('is credited although the node had forgotten it and a sweep had ended it', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await sweep('all', { backend: forgetful(), clock: inHours(2) })
    await sweep('all', { backend: forgetful(), clock: inHours(2.1) })
    expect(await stateOf(challenge)).toBe('canceled')
    await world.node.pay(challenge.invoice)
    const answer = await world.jobsBackend.lookupInvoice(challenge.paymentHash)
    const payment = {
      ...challenge,
      receivedMsat: challenge.amountMsat,
      settledAt: new Date(),
      backendId: world.backendId,
      settleCursor: null,
      source: 'stream' as const,
    }
    expect(answer?.state).toBe('settled')
    expect(await settleOne(world.settleDeps, payment)).toBe('applied')
  })
})
