/** What can be known of a sale whose row was lost, and what is not adopted; real node, real books. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeHex } from '#lib/l402/bytes.ts'
import { asTokenId, composeTokenId } from '#lib/l402/identifier.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { readToken } from '#lib/l402/token.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { msat, satsToMsat } from '#lib/money.ts'
import { adoptedId } from '#lib/paywall/challenges/challenge-id.ts'
import { findChallengeByHash } from '#lib/paywall/challenges/challenge-store.ts'
import type { IssuedChallenge, IssueInput } from '#lib/paywall/challenges/issue-challenge.ts'
import { restoreToken } from '#lib/paywall/challenges/restore-token.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { adoptStrays, type Stray } from '#lib/paywall/settlements/adopt-strays.ts'
import { checkSighting } from '#lib/paywall/settlements/check-sighting.ts'
import { findSettlement, insertStray } from '#lib/paywall/settlements/settlement-store.ts'
import { insertAdopted } from '#lib/paywall/settlements/stray-store.ts'
import { insertSightings, type Sighting, setFinding } from '#lib/paywall/usage/sighting-store.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { articleOf, askFor, issued, l402, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

type Paid = IssuedChallenge & { readonly proof: Uint8Array }

/** A creator whose articles have the rows that a published one has, as far as money asks for them. */
async function createSeller(prices?: readonly number[]): Promise<CreatorSnapshot> {
  const creator = await world.createCreator(prices)
  const { client } = world.database.owner
  const { creatorId } = creator
  for (const { id, slug, service, title, offers } of creator.resources) {
    const [offer] = offers
    await client.service.create({ data: { name: service, creatorId } })
    await client.resource.create({ data: { creatorId, id, kind: 'article', slug, service, title } })
    await client.offer.create({ data: { creatorId, id: offer.id, resourceId: id, kind: offer.kind } })
    await client.price.create({ data: { creatorId, offerId: offer.id, ...offer.price } })
  }
  return creator
}

async function sell(creator: CreatorSnapshot, more: Partial<IssueInput> = {}): Promise<Paid> {
  const challenge = await issued(world, askFor(creator, more))
  const { preimage } = await world.node.pay(challenge.invoice)
  return { ...challenge, proof: Buffer.from(preimage, 'hex') }
}

/** Paid, and made after the copy. */
async function sellAndLose(creator: CreatorSnapshot, more: Partial<IssueInput> = {}): Promise<Paid> {
  const challenge = await sell(creator, more)
  await world.database.owner.client.$executeRaw`delete from challenge where payment_hash = ${challenge.paymentHash}`
  return challenge
}

async function adopt(isApplied = true, backends = createBackends(world.jobsBackend)): Promise<Stray[]> {
  const strays: Stray[] = []
  const deps = { owner: world.database.owner, settle: world.settleDeps, backends, sha256: l402.sha256 }
  await adoptStrays(deps, { isApplied, onStray: (stray) => strays.push(stray) })
  return strays
}

const tellOf = (strays: readonly Stray[], { paymentHash }: Pick<IssuedChallenge, 'paymentHash'>) =>
  strays.find((stray) => stray.paymentHash === encodeHex(paymentHash))
const settlementOf = ({ paymentHash }: Pick<IssuedChallenge, 'paymentHash'>) =>
  findSettlement(world.database.owner.client, paymentHash)
const settlingOf = async ({ creatorId }: Pick<CreatorSnapshot, 'creatorId'>) =>
  (await readBalances(world.database.jobs.client, creatorId)).settlingMsat

function tokenOf(challenge: IssuedChallenge) {
  const read = readToken(challenge.macaroon)
  if (read.kind === 'refused') throw new RangeError('unreadable')
  return read
}

function sightingOf(creator: CreatorSnapshot, challenge: IssuedChallenge): Sighting {
  return { ...tokenOf(challenge).identifier, creatorId: creator.creatorId, services: challenge.services }
}

const check = (sighting: Sighting) => checkSighting(world.settleDeps, { ...sighting, finding: null, checkedAt: null })

describe('a sale whose row was lost', () => {
  it('is credited once, with the facts of the row that was lost', async () => {
    const creator = await createSeller()
    const challenge = await sellAndLose(creator)
    expect(tellOf(await adopt(false), challenge)).toMatchObject({ kind: 'adopted', isPriceKnown: true })
    expect(await settlementOf(challenge)).toBeNull()
    expect(tellOf(await adopt(), challenge)).toMatchObject({ kind: 'adopted', seller: { handle: creator.handle } })
    expect(await settlementOf(challenge)).toMatchObject({
      creatorId: creator.creatorId,
      challengeId: adoptedId(challenge.paymentHash),
      tokenId: tokenOf(challenge).identifier.tokenId,
      resourceId: articleOf(creator).id,
      amountMsat: 210_000n,
      receivedMsat: 210_000n,
      services: [articleOf(creator).service],
      invoice: challenge.invoice,
      backendId: world.backendId,
    })
    expect(await settlingOf(creator)).toBe(207_900n)
    expect(tellOf(await adopt(), challenge)).toBeUndefined()
    expect(await settlingOf(creator)).toBe(207_900n)
  })

  it('is credited once by four commands and the workers at once', async () => {
    const creator = await createSeller()
    const challenge = await sellAndLose(creator)
    await Promise.all([...Array.from({ length: 4 }, () => adopt()), check(sightingOf(creator, challenge))])
    expect(await settlingOf(creator)).toBe(207_900n)
  })

  it('gets one row however many write it at once, and none beside a sale whose row was pruned', async () => {
    const { owner } = world.database
    const challenge = await sell(await createSeller())
    const row = await findChallengeByHash(owner.client, challenge.paymentHash)
    if (row === null) throw new RangeError('no row')
    const forget = () => owner.client.$executeRaw`delete from challenge where payment_hash = ${row.paymentHash}`
    await forget()
    const write = () => owner.inTransaction((tx) => insertAdopted(tx, { ...row, id: adoptedId(row.paymentHash) }))
    const written = await Promise.all(Array.from({ length: 20 }, write))
    expect(written.filter((isNew) => isNew)).toHaveLength(1)
    await adopt()
    await forget()
    expect(await write()).toBe(false)
    expect(await findChallengeByHash(owner.client, row.paymentHash)).toBeNull()
  })

  it('gives its buyer the same token again, for invoice and payment proof', async () => {
    const creator = await createSeller()
    const challenge = await sellAndLose(creator)
    await adopt()
    const deps = { db: world.database.gate, l402, notices: world.notices }
    const preimage = challenge.proof as Parameters<typeof restoreToken>[1]['preimage']
    const answer = await restoreToken(deps, { creator, invoice: challenge.invoice, preimage })
    expect(answer).toMatchObject({ kind: 'restored', macaroon: challenge.macaroon })
  })

  it('is credited for what arrived, at the price of its time', async () => {
    const creator = await createSeller()
    const challenge = await sellAndLose(creator)
    const offerId = articleOf(creator).offers[0].id
    const later = new Date(Date.now() + 60_000)
    await world.database.owner.client.price.create({
      data: { creatorId: creator.creatorId, offerId, version: 2, amountMsat: 500_000n, createdAt: later },
    })
    await adopt()
    const row = await findChallengeByHash(world.database.owner.client, challenge.paymentHash)
    expect(row).toMatchObject({ offerId, priceVersion: 1, state: 'settled' })
  })

  it('sold at a price that is newer than the copy is told to be so, and has the right of the price before', async () => {
    const creator = await createSeller()
    const [offer] = articleOf(creator).offers
    const dear = { ...offer, price: { version: 2, amountMsat: satsToMsat(700) } }
    const challenge = await sellAndLose(creator, { offer: dear })
    expect(tellOf(await adopt(), challenge)).toMatchObject({ isPriceKnown: false, row: { priceVersion: 1 } })
    expect(await settlementOf(challenge)).toMatchObject({ amountMsat: 700_000n })
  })

  it('whose right ends has the same end, reckoned from its invoice', async () => {
    const creator = await createSeller()
    const [offer] = articleOf(creator).offers
    await world.database.owner.client.offer.updateMany({ where: { id: offer.id }, data: { lastsSeconds: 3600 } })
    const challenge = await sellAndLose(creator, { offer: { ...offer, lastsSeconds: 3600 } })
    await adopt()
    const endIn = (caveats: readonly string[]) => Number(caveats.join('\n').match(/_valid_until=(\d+)/)?.[1])
    const lost = endIn(tokenOf(challenge).macaroon.caveats.map(({ id }) => Buffer.from(id).toString()))
    const adopted = endIn((await settlementOf(challenge))?.caveats ?? [])
    expect(Math.abs(adopted - lost)).toBeLessThanOrEqual(1)
  })

  it('has the token of the key of its time, however often keys changed since', async () => {
    const creator = await createSeller()
    const challenge = await sellAndLose(creator)
    const { creatorId } = creator
    const { client } = world.database.owner
    await client.ringKey.updateMany({ where: { creatorId }, data: { state: 'verifying' } })
    const createdAt = new Date(Date.now() + 60_000)
    const young = { creatorId, keyId: randomBytes(4), wrapped: randomBytes(60), wrappingKeyId: 'test', createdAt }
    await client.ringKey.create({ data: { ...young, state: 'active' } })
    await adopt()
    expect((await settlementOf(challenge))?.tokenId).toEqual(tokenOf(challenge).identifier.tokenId)
  })
})

describe('a token that was shown', () => {
  it('says whose the sale is when the article is newer than the copy', async () => {
    const creator = await world.createCreator()
    const challenge = await sellAndLose(creator)
    await insertSightings(world.database.gate.client, [sightingOf(creator, challenge)])
    const told = tellOf(await adopt(), challenge)
    expect(told).toMatchObject({
      kind: 'adopted',
      isTokenShown: true,
      seller: { handle: creator.handle, resourceId: null },
    })
    expect(await settlingOf(creator)).toBe(207_900n)
    expect(await check(sightingOf(creator, challenge))).toBe('settled')
  })

  it('names the token id of a sale that is older than ids that follow from the invoice', async () => {
    const creator = await createSeller()
    const challenge = await sellAndLose(creator)
    const { keyId } = tokenOf(challenge).identifier
    const tokenId = composeTokenId(keyId, randomBytes(28))
    await insertSightings(world.database.gate.client, [{ ...sightingOf(creator, challenge), tokenId }])
    await adopt()
    expect((await settlementOf(challenge))?.tokenId).toEqual(tokenId)
  })

  it('that carries services along which nobody knows any more is not denied', async () => {
    const creator = await createSeller([210, 90])
    const first = await sell(creator)
    const challenge = await sellAndLose(creator, { resource: articleOf(creator, 1) })
    await adopt()
    const carrying = { ...sightingOf(creator, challenge), services: [...challenge.services, ...first.services] }
    await insertSightings(world.database.gate.client, [carrying])
    expect(await check(carrying)).toBe('stray')
    expect(await world.database.owner.client.denied.count({ where: { creatorId: creator.creatorId } })).toBe(0)
  })

  it('of another creator is denied, and of a sale that was not adopted too', async () => {
    const [creator, stranger] = [await createSeller(), await createSeller()]
    const adopted = await sellAndLose(creator)
    await adopt()
    const foreign = { ...sightingOf(stranger, adopted), tokenId: asTokenId(randomBytes(32)) }
    await insertSightings(world.database.gate.client, [foreign])
    expect(await check(foreign)).toBe('forged')
    const sold = await sell(creator)
    const wider = { ...sightingOf(creator, sold), services: ['everything'] }
    await insertSightings(world.database.gate.client, [wider])
    expect(await check(wider)).toBe('forged')
  })
})

describe('what is left', () => {
  const payFor = async (memo: string) => {
    const created = await world.gateBackend.createInvoice({ amountMsat: satsToMsat(5), memo, expirySeconds: 900 })
    await world.node.pay(created.invoice)
    return created
  }

  it('is money of another shop on the same node, which is not even told', async () => {
    const creator = await createSeller()
    const foreign = await payFor(`${articleOf(creator).service}: without our mark`)
    expect(tellOf(await adopt(), foreign)).toBeUndefined()
    expect(await settlingOf(creator)).toBe(0n)
  })

  it.each(['satstile nobody-here: Lunch', 'satstile no service at all', 'satstile '])(
    'is money with our mark and nobody’s service, told and noted: "%s"',
    async (memo) => {
      const stray = await payFor(memo)
      expect(tellOf(await adopt(false), stray)).toMatchObject({ kind: 'left', why: 'unknown' })
      expect(
        await world.database.owner.client.straySettlement.count({
          where: { paymentHash: Buffer.from(stray.paymentHash) },
        }),
      ).toBe(0)
      await adopt()
      await adopt()
      expect(await settlementOf(stray)).toBeNull()
      expect(
        await world.database.owner.client.straySettlement.count({
          where: { paymentHash: Buffer.from(stray.paymentHash) },
        }),
      ).toBe(1)
    },
  )

  it('is a sale whose token was shown by a buyer of another creator', async () => {
    const [creator, stranger] = [await createSeller(), await createSeller()]
    const challenge = await sellAndLose(creator)
    await insertSightings(world.database.gate.client, [sightingOf(stranger, challenge)])
    expect(tellOf(await adopt(), challenge)).toMatchObject({ kind: 'left', why: 'contradicted' })
    expect(await settlementOf(challenge)).toBeNull()
  })

  it('is not decided by a token that was found forged', async () => {
    const [creator, stranger] = [await createSeller(), await createSeller()]
    const challenge = await sellAndLose(creator)
    const forged = { ...sightingOf(stranger, challenge), tokenId: asTokenId(randomBytes(32)) }
    await insertSightings(world.database.gate.client, [forged])
    await setFinding(world.database.jobs.client, { ...forged, finding: 'forged', at: new Date() })
    expect(tellOf(await adopt(), challenge)).toMatchObject({ kind: 'adopted' })
  })

  it('is a sale of a creator without a key, until there is one', async () => {
    const creator = await createSeller()
    const challenge = await sellAndLose(creator)
    const { creatorId } = creator
    const { client } = world.database.owner
    await client.ringKey.updateMany({ where: { creatorId }, data: { state: 'retired' } })
    expect(tellOf(await adopt(), challenge)).toMatchObject({ kind: 'left', why: 'no-key' })
    await client.ringKey.updateMany({ where: { creatorId }, data: { state: 'active' } })
    expect(tellOf(await adopt(), challenge)).toMatchObject({ kind: 'adopted' })
  })

  it('is noted money whose invoice no node has', async () => {
    const paymentHash = asPaymentHash(randomBytes(32))
    await insertStray(world.database.jobs.client, { paymentHash, receivedMsat: msat(7n), settledAt: new Date() })
    expect(tellOf(await adopt(), { paymentHash })).toMatchObject({ kind: 'left', why: 'no-invoice', receivedMsat: 7n })
  })

  it('is money that another node than that of its challenge speaks of', async () => {
    const creator = await createSeller()
    const challenge = await sell(creator)
    const other = { ...world.jobsBackend, getId: async () => 'lnd:another' }
    expect(tellOf(await adopt(true, createBackends(other)), challenge)).toMatchObject({
      kind: 'left',
      why: 'elsewhere',
    })
    expect(await settlementOf(challenge)).toBeNull()
  })
})

it('a payment whose challenge is here is credited as the workers would, once', async () => {
  const creator = await createSeller()
  const challenge = await sell(creator)
  await world.database.owner.client.$executeRaw`
    update challenge set state = 'canceled', canceled_at = now() where payment_hash = ${challenge.paymentHash}`
  expect(tellOf(await adopt(), challenge)).toMatchObject({ kind: 'awaited' })
  expect(await settlingOf(creator)).toBe(207_900n)
  expect(tellOf(await adopt(), challenge)).toBeUndefined()
})

it('at a node that tells no list, what was noted is found by its hash', async () => {
  const creator = await createSeller()
  const challenge = await sellAndLose(creator)
  await check(sightingOf(creator, challenge))
  const listless = { ...world.jobsBackend, capabilities: { ...world.jobsBackend.capabilities, list: false } }
  expect(tellOf(await adopt(true, createBackends(listless)), challenge)).toMatchObject({ kind: 'adopted' })
  expect(await settlingOf(creator)).toBe(207_900n)
})

it('the books fit together after all of it', async () => {
  expect(await findBookDifferences(world.database.jobs.client, 10)).toEqual([])
})
