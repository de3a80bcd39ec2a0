/** Credentials that opened something are compared with the books and the node: sold ones are credited, forged ones denied. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#lib/clock.ts'
import { asTokenId } from '#lib/l402/identifier.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { readToken } from '#lib/l402/token.ts'
import { MEMO_MARK } from '#lib/lightning/backend.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { satsToMsat } from '#lib/money.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { checkSighting } from '#lib/paywall/settlements/check-sighting.ts'
import { listDenials } from '#lib/paywall/tokens/deny-store.ts'
import { createSightingBuffer } from '#lib/paywall/usage/sighting-buffer.ts'
import {
  type DueSighting,
  type Finding,
  insertSightings,
  listDueSightings,
  type Sighting,
  setFinding,
} from '#lib/paywall/usage/sighting-store.ts'
import { askFor, issued, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { until } from '#tests/support/until.ts'
import { prune } from '#workers/pruning.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

function sightingOf(creator: CreatorSnapshot, challenge: IssuedChallenge): Sighting {
  const read = readToken(challenge.macaroon)
  if (read.kind === 'refused') throw new RangeError('unreadable')
  return { ...read.identifier, creatorId: creator.creatorId, services: challenge.services }
}

async function check(sighting: Sighting, before: Partial<DueSighting> = {}) {
  await insertSightings(world.database.gate.client, [sighting])
  return checkSighting(world.settleDeps, { ...sighting, finding: null, checkedAt: null, ...before })
}

const denialsOf = (creator: CreatorSnapshot) => listDenials(world.database.jobs.client, creator.creatorId, new Date())
const settlingOf = async (creator: CreatorSnapshot) =>
  (await readBalances(world.database.jobs.client, creator.creatorId)).settlingMsat

describe('a credential seen for the first time', () => {
  it('is credited when the node has the payment and nobody has told us', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    expect(await check(sightingOf(creator, challenge))).toBe('settled')
    expect(await settlingOf(creator)).toBe(207_900n)
    expect(await denialsOf(creator)).toEqual([])
  })

  it('is confirmed by the books alone when it was credited before, and credited no second time', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    await check(sightingOf(creator, challenge))
    const lookupInvoice = () => Promise.reject(new RangeError('not asked'))
    const backends = createBackends({ ...world.jobsBackend, lookupInvoice })
    const sighting = { ...sightingOf(creator, challenge), finding: null, checkedAt: null }
    expect(await checkSighting({ ...world.settleDeps, backends }, sighting)).toBe('settled')
    expect(await settlingOf(creator)).toBe(207_900n)
  })

  it('stays good when its holder narrowed it', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    expect(await check({ ...sightingOf(creator, challenge), services: [] })).toBe('settled')
  })

  it('is asked about once more before a token is called unpaid and denied', async () => {
    const creator = await world.createCreator()
    const sighting = sightingOf(creator, await issued(world, askFor(creator)))
    expect(await check(sighting)).toBe('unpaid')
    expect(await denialsOf(creator)).toEqual([])
    expect(await check(sighting, { finding: 'unpaid', checkedAt: new Date() })).toBe('forged')
    expect(await denialsOf(creator)).toMatchObject([{ kind: 'token', service: '' }])
  })

  it('is not denied when the payment settles between the two questions', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const sighting = sightingOf(creator, challenge)
    expect(await check(sighting)).toBe('unpaid')
    await world.node.pay(challenge.invoice)
    expect(await check(sighting, { finding: 'unpaid', checkedAt: new Date() })).toBe('settled')
    expect(await denialsOf(creator)).toEqual([])
  })

  it.each<[string, (sighting: Sighting) => Sighting]>([
    ['on a hash that we never sold', (sighting) => ({ ...sighting, paymentHash: asPaymentHash(randomBytes(32)) })],
    ['on a sold hash under another token id', (sighting) => ({ ...sighting, tokenId: asTokenId(randomBytes(32)) })],
    ['with a service that was not sold', (sighting) => ({ ...sighting, services: ['k3h-everything'] })],
  ])('is denied at once when it is signed with our key %s', async (_what, forge) => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    const before = await changeNumberOf(creator)
    expect(await check(forge(sightingOf(creator, challenge)))).toBe('forged')
    expect(await denialsOf(creator)).toHaveLength(1)
    expect(await changeNumberOf(creator)).toBe(before + 1n)
    expect(world.log.lines.some((line) => line.level === 'error' && line.fields.code === 'token.forged')).toBe(true)
  })

  // Signed with one creator's key on what another one sold: the buyer paid once and would read at both.
  it.each([
    ['was not booked yet', false],
    ['is in the books', true],
  ])('is denied where it was used when the sale %s and is of another creator', async (_when, isBooked) => {
    const [seller, victim] = [await world.createCreator(), await world.createCreator()]
    const challenge = await issued(world, askFor(seller))
    await world.node.pay(challenge.invoice)
    const genuine = sightingOf(seller, challenge)
    if (isBooked) expect(await check(genuine)).toBe('settled')
    const used = { ...genuine, creatorId: victim.creatorId, finding: null, checkedAt: null }
    expect(await checkSighting(world.settleDeps, used)).toBe('forged')
    expect(await denialsOf(victim)).toMatchObject([{ kind: 'token', service: '' }])
    expect(await denialsOf(seller)).toEqual([])
    expect(await check(genuine)).toBe('settled')
  })

  it('works, is kept as stray money and pages somebody when the database lost its row', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await world.node.pay(challenge.invoice)
    await world.database.owner.client.$executeRaw`delete from challenge where id = ${challenge.id}`
    expect(await check(sightingOf(creator, challenge))).toBe('stray')
    expect(await denialsOf(creator)).toEqual([])
    const strays = await world.database.owner.client.$queryRaw<{ receivedMsat: bigint }[]>`
      select received_msat as "receivedMsat" from stray_settlement where payment_hash = ${challenge.paymentHash}`
    expect(strays).toEqual([{ receivedMsat: 210_000n }])
    expect(world.log.lines.some((line) => line.fields.code === 'settlement.stray')).toBe(true)
  })

  it('is forged when it rests on a paid invoice of the same node without our mark', async () => {
    const creator = await world.createCreator()
    const foreign = await world.gateBackend.createInvoice({
      amountMsat: satsToMsat(1),
      memo: 'lunch',
      expirySeconds: 600,
    })
    expect(`lunch`.startsWith(MEMO_MARK)).toBe(false)
    await world.node.pay(foreign.invoice)
    const tokenId = asTokenId(randomBytes(32))
    const sighting = { ...foreign, tokenId, creatorId: creator.creatorId, services: ['k3h-tides'] }
    expect(await check(sighting)).toBe('forged')
  })

  it('is left alone while the node cannot be asked, and found again later', async () => {
    const creator = await world.createCreator()
    const sighting = sightingOf(creator, await issued(world, askFor(creator)))
    await world.node.disturb({ unavailableRate: 1 })
    await expect(check(sighting)).rejects.toMatchObject({ code: 'lightning.unavailable' })
    await world.node.disturb({ unavailableRate: 0 })
    expect(await denialsOf(creator)).toEqual([])
    const due = await listDueSightings(world.database.jobs.client, { recheckBefore: new Date(), limit: 1000 })
    expect(due.some(({ creatorId }) => creatorId === creator.creatorId)).toBe(true)
  })

  it('is left alone when another node made its invoice', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const backends = createBackends({ ...world.jobsBackend, getId: async () => 'lnd:another' })
    const sighting = { ...sightingOf(creator, challenge), finding: 'unpaid' as const, checkedAt: new Date() }
    expect(await checkSighting({ ...world.settleDeps, backends }, sighting)).toBeNull()
    expect(await denialsOf(creator)).toEqual([])
  })

  async function changeNumberOf(creator: CreatorSnapshot): Promise<bigint> {
    const rows = await world.database.owner.client.$queryRaw<{ n: bigint }[]>`
      select change_number as n from creator where id = ${creator.creatorId}`
    return rows[0]?.n ?? -1n
  }
})

describe('a finding', () => {
  async function noted(finding: Finding) {
    const creator = await world.createCreator()
    const sighting = sightingOf(creator, await issued(world, askFor(creator)))
    await insertSightings(world.database.gate.client, [sighting])
    const note = (next: Finding) =>
      setFinding(world.database.jobs.client, { ...sighting, finding: next, at: new Date() })
    await note(finding)
    const read = async () => {
      const rows = await world.database.owner.client.sighting.findMany({ where: { creatorId: creator.creatorId } })
      return rows.map((row) => row.finding)
    }
    return { note, read }
  }

  // A slow worker that asked before the payment must not take back what a quick one found after it.
  it.each(['settled', 'stray', 'forged'] as const)('%s is final, whatever is found later', async (finding) => {
    const { note, read } = await noted(finding)
    for (const later of ['unpaid', 'settled', 'stray', 'forged'] as const) await note(later)
    expect(await read()).toEqual([finding])
  })

  it.each(['settled', 'stray', 'forged'] as const)('unpaid becomes %s when that is found later', async (later) => {
    const { note, read } = await noted('unpaid')
    await note(later)
    expect(await read()).toEqual([later])
  })
})

describe('findings that are pruned', () => {
  it('are those that are final and old, and what is due stays however old it is', async () => {
    const findings = ['settled', 'stray', 'forged', 'unpaid', null] as const
    const creator = await world.createCreator()
    for (const finding of findings) {
      const sighting = sightingOf(creator, await issued(world, askFor(creator)))
      await insertSightings(world.database.gate.client, [sighting])
      await world.database.owner.client.sighting.updateMany({
        where: { paymentHash: new Uint8Array(sighting.paymentHash) },
        data: { finding, seenAt: new Date(Date.now() - 365 * 86_400_000) },
      })
    }
    const young = sightingOf(creator, await issued(world, askFor(creator)))
    await check(young, { finding: 'unpaid' })
    await prune(
      { db: world.database.jobs, clock: systemClock, pruneAfterSeconds: 86_400 },
      new AbortController().signal,
    )
    const rows = await world.database.owner.client.sighting.findMany({ where: { creatorId: creator.creatorId } })
    expect(rows.map(({ finding }) => finding ?? 'due').toSorted()).toEqual(['due', 'forged', 'unpaid'])
  })
})

describe('the buffer of sightings', () => {
  it('notes a credential once for any number of requests', async () => {
    const creator = await world.createCreator()
    const sighting = sightingOf(creator, await issued(world, askFor(creator)))
    const buffer = createSightingBuffer({ db: world.database.gate, log: world.log.log, notices: world.notices })
    for (let n = 0; n < 1000; n += 1) buffer.note(sighting)
    await buffer.close()
    const due = await listDueSightings(world.database.jobs.client, { recheckBefore: new Date(), limit: 1000 })
    expect(due.filter(({ creatorId }) => creatorId === creator.creatorId)).toHaveLength(1)
  })

  it('wakes the workers', async () => {
    const creator = await world.createCreator()
    let woken = 0
    const unsubscribe = world.notices.subscribe('sighted', () => {
      woken += 1
    })
    const buffer = createSightingBuffer({ db: world.database.gate, log: world.log.log, notices: world.notices })
    buffer.note(sightingOf(creator, await issued(world, askFor(creator))))
    await until('a notice arrives', () => woken > 0)
    unsubscribe()
    await buffer.close()
  })

  it('notes a credential again when it could not be written', async () => {
    const creator = await world.createCreator()
    const sighting = sightingOf(creator, await issued(world, askFor(creator)))
    const buffer = createSightingBuffer({ db: world.database.gate, log: world.log.log, notices: world.notices })
    const shut = (sql: string) => world.database.owner.client.$executeRawUnsafe(sql)
    await shut(`alter table sighting add constraint refused check (creator_id <> '${creator.creatorId}') not valid`)
    buffer.note(sighting)
    await buffer.flush()
    await shut('alter table sighting drop constraint refused')
    buffer.note(sighting)
    await buffer.close()
    const due = await listDueSightings(world.database.jobs.client, { recheckBefore: new Date(), limit: 1000 })
    expect(due.some(({ creatorId }) => creatorId === creator.creatorId)).toBe(true)
  })
})
