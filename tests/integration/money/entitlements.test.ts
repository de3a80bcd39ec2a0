/** Receipts and counted uses against a real Postgres: the sale behind a receipt is always found, and N uses are N. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { asTokenId } from '#lib/l402/identifier.ts'
import type { CountedKind } from '#lib/l402/policy.ts'
import { asPaymentHash, type PaymentHash } from '#lib/l402/preimage.ts'
import { readToken } from '#lib/l402/token.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { CHAIN_LIMIT } from '#lib/paywall/challenges/challenge.ts'
import { countChain } from '#lib/paywall/challenges/challenge-store.ts'
import { claimToken } from '#lib/paywall/challenges/claim-token.ts'
import { claimUses } from '#lib/paywall/entitlements/claim-uses.ts'
import type { Use } from '#lib/paywall/entitlements/entitlement.ts'
import { findSale } from '#lib/paywall/entitlements/entitlement-store.ts'
import { readCreditedTotal } from '#lib/paywall/ledger/ledger-store.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { checkSighting } from '#lib/paywall/settlements/check-sighting.ts'
import { listDenials } from '#lib/paywall/tokens/deny-store.ts'
import {
  confirmSightings,
  insertSightings,
  listDueSightings,
  type Sighting,
} from '#lib/paywall/usage/sighting-store.ts'
import { articleOf, askFor, issued, l402, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { settleOne } from '#tests/support/settle-one.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

interface Receipt {
  readonly creator: CreatorSnapshot
  readonly paymentHash: PaymentHash
  readonly receipt: Sighting
}

/** A paid purchase whose claim was answered with a receipt, as while the node tells no preimage. */
async function buyReceipt(): Promise<Receipt> {
  const creator = await world.createCreator()
  const secret = randomBytes(32)
  const challenge = await issued(world, askFor(creator, { channel: 'browser', claimHash: l402.sha256(secret) }))
  const { paymentHash, amountMsat: receivedMsat } = challenge
  const { backendId } = world
  const payment = { paymentHash, receivedMsat, settledAt: new Date(), backendId, settleCursor: null }
  await settleOne(world.settleDeps, { ...payment, source: 'stream' })
  const silent = { ...world.gateBackend, revealPreimage: async () => null }
  const deps = { ...world.issueDeps, backends: createBackends(silent), log: world.log.log, notices: world.notices }
  const answer = await claimToken(deps, { creator, challengeId: challenge.id, secret })
  if (answer.kind !== 'claimed' || answer.receiptKind !== 'receipt') throw new RangeError(answer.kind)
  const read = readToken(answer.macaroon)
  if (read.kind === 'refused') throw new RangeError('unreadable')
  const receipt = { ...read.identifier, creatorId: creator.creatorId, services: challenge.services }
  return { creator, paymentHash, receipt }
}

const dueOf = async ({ creator }: Receipt) => {
  const due = await listDueSightings(world.database.jobs.client, { recheckBefore: new Date(), limit: 1000 })
  return due.filter(({ creatorId }) => creatorId === creator.creatorId)
}

describe('a receipt', () => {
  it('leads to its sale, as the payment does, and another hash to none', async () => {
    const bought = await buyReceipt()
    const sale = await findSale(world.database.gate.client, bought.paymentHash)
    expect(sale?.creatorId).toBe(bought.creator.creatorId)
    expect(await findSale(world.database.gate.client, bought.receipt.paymentHash)).toEqual(sale)
    expect(await findSale(world.database.gate.client, randomBytes(32))).toBeNull()
  })

  it('is no money: what was credited stays as it was', async () => {
    const before = await readCreditedTotal(world.database.jobs.client)
    await buyReceipt()
    const after = await readCreditedTotal(world.database.jobs.client)
    expect([after.count - before.count, after.receivedMsat - before.receivedMsat]).toEqual([1, 210_000n])
  })

  it('is confirmed by the books when it is seen for the first time', async () => {
    const bought = await buyReceipt()
    await insertSightings(world.database.gate.client, [bought.receipt])
    expect(await dueOf(bought)).toHaveLength(1)
    expect(await confirmSightings(world.database.jobs.client, new Date())).toBe(1)
    expect(await dueOf(bought)).toEqual([])
  })

  it.each<[string, (receipt: Sighting) => Sighting]>([
    ['under another token id', (receipt) => ({ ...receipt, tokenId: asTokenId(randomBytes(32)) })],
    ['with a service that was not sold', (receipt) => ({ ...receipt, services: ['k3h-everything'] })],
    ['on a hash of nobody', (receipt) => ({ ...receipt, paymentHash: asPaymentHash(randomBytes(32)) })],
  ])('that was signed with our key %s is not confirmed but denied', async (_what, forge) => {
    const bought = await buyReceipt()
    const forged = forge(bought.receipt)
    await insertSightings(world.database.gate.client, [forged])
    await confirmSightings(world.database.jobs.client, new Date())
    const [due] = await dueOf(bought)
    if (due === undefined) throw new RangeError('confirmed')
    expect(await checkSighting(world.settleDeps, due)).toBe('forged')
    expect(await listDenials(world.database.jobs.client, bought.creator.creatorId, new Date())).toHaveLength(1)
  })

  it('is found by the check of a single sighting too', async () => {
    const bought = await buyReceipt()
    const sighting = { ...bought.receipt, finding: null, checkedAt: null }
    expect(await checkSighting(world.settleDeps, sighting)).toBe('settled')
  })

  it('counts as its purchase when somebody pays again and again', async () => {
    const { creator, paymentHash, receipt } = await buyReceipt()
    const key = { creatorId: creator.creatorId, resourceId: articleOf(creator).id, since: new Date(0) }
    expect(CHAIN_LIMIT).toBeGreaterThan(1)
    for (const hash of [paymentHash, receipt.paymentHash])
      expect(await countChain(world.database.gate.client, { ...key, paymentHash: hash })).toBe(1)
    expect(await countChain(world.database.gate.client, { ...key, paymentHash: randomBytes(32) })).toBe(0)
  })

  it('of one creator never stands for the sale of another', async () => {
    const [mine, other] = [await buyReceipt(), await world.createCreator()]
    const sale = await findSale(world.database.gate.client, mine.paymentHash)
    const stolen = world.database.gate.client.$executeRaw`
      insert into entitlement (payment_hash, creator_id, challenge_id, source)
      values (${sha256(randomBytes(8))}, ${other.creatorId}, ${sale?.challengeId ?? ''}, 'receipt')`
    await expect(stolen).rejects.toThrow(/entitlement_creator_id_challenge_id_fkey/)
  })
})

describe('the uses of one request', () => {
  const use = (kind: CountedKind, cost: bigint, limit: bigint): Use => ({ kind, cost, limit })
  const tokenOf = async () => {
    const { creatorId } = await world.createCreator()
    return { creatorId, tokenId: asTokenId(randomBytes(32)), service: 'k3h-tides' }
  }
  const claim = (token: Awaited<ReturnType<typeof tokenOf>>, uses: readonly Use[]) =>
    claimUses({ db: world.database.gate }, { ...token, uses })

  it('are taken from every counter, and what is left of the uses is told', async () => {
    const token = await tokenOf()
    expect(await claim(token, [use('uses', 1n, 3n), use('bytes', 500n, 1000n)])).toEqual({
      kind: 'claimed',
      remaining: 2n,
    })
    expect(await claim(token, [use('bytes', 500n, 1000n)])).toEqual({ kind: 'claimed', remaining: null })
  })

  it('are taken from none when one counter has not enough, and the first of those is told', async () => {
    const token = await tokenOf()
    const both = [use('uses', 1n, 2n), use('bytes', 600n, 1000n)]
    expect(await claim(token, both)).toMatchObject({ kind: 'claimed', remaining: 1n })
    expect(await claim(token, both)).toEqual({ kind: 'exhausted', counter: 'bytes' })
    expect(await claim(token, [use('uses', 1n, 2n)])).toEqual({ kind: 'claimed', remaining: 0n })
    expect(await claim(token, both)).toEqual({ kind: 'exhausted', counter: 'uses' })
  })

  it('are exactly N of both counters when they are claimed at once in either order', async () => {
    const token = await tokenOf()
    const uses = [use('uses', 1n, 7n), use('bytes', 1n, 9n)]
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, n) => claim(token, n % 2 === 0 ? uses : uses.toReversed())),
    )
    expect(outcomes.filter(({ kind }) => kind === 'claimed')).toHaveLength(7)
    expect(await claim(token, [use('bytes', 2n, 9n)])).toEqual({ kind: 'claimed', remaining: null })
    expect(await claim(token, [use('bytes', 1n, 9n)])).toEqual({ kind: 'exhausted', counter: 'bytes' })
  })
})
