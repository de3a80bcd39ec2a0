/** Challenges on a real node and database: what they say, who gets one again, who gets none. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeHex, encodeUtf8 } from '#lib/l402/bytes.ts'
import { asPreimage } from '#lib/l402/preimage.ts'
import { readToken, type VerifiedToken, verifyToken } from '#lib/l402/token.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { satsToMsat } from '#lib/money.ts'
import { CHAIN_LIMIT } from '#lib/paywall/challenges/challenge.ts'
import { findChallenge } from '#lib/paywall/challenges/challenge-store.ts'
import { type IssuedChallenge, issueChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { formatMemo } from '#lib/paywall/challenges/request-invoice.ts'
import { deriveRootKey } from '#lib/paywall/keys/key-ring.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import { articleOf, askFor, issued, l402, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { settleOne } from '#tests/support/settle-one.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

/** Pays at the demo wallet and settles; answers the token as a gate would know it. */
async function buy(creator: CreatorSnapshot, challenge: IssuedChallenge): Promise<VerifiedToken> {
  const { preimage } = await world.node.pay(challenge.invoice)
  await settleOne(world.settleDeps, {
    paymentHash: challenge.paymentHash,
    receivedMsat: challenge.amountMsat,
    settledAt: new Date(),
    backendId: world.backendId,
    settleCursor: null,
    source: 'stream',
  })
  return verified(creator, challenge, asPreimage(Buffer.from(preimage, 'hex')))
}

function verified(creator: CreatorSnapshot, { macaroon }: IssuedChallenge, preimage: ReturnType<typeof asPreimage>) {
  const verdict = verifyToken(l402, { macaroons: [macaroon], preimage }, (identifier, bytes) => {
    const key = creator.ring.find(identifier.keyId)
    if (key === null) throw new RangeError('unknown key')
    return { kind: 'found', rootKey: deriveRootKey(l402.hmac, key.key, bytes) }
  })
  if (verdict.kind === 'refused') throw new RangeError(verdict.refusal.detail)
  return verdict.token
}

const rowOf = (creator: CreatorSnapshot, { id }: IssuedChallenge) =>
  findChallenge(world.database.gate.client, { creatorId: creator.creatorId, challengeId: id })

describe('a new challenge', () => {
  it('is committed, names the article and opens it with the preimage of its invoice', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    const row = await rowOf(creator, challenge)
    expect(row).toMatchObject({ state: 'open', amountMsat: satsToMsat(210), channel: 'http', depth: 0, parents: [] })
    expect(row?.expiresAt.getTime()).toBeGreaterThan(Date.now() + 890_000)
    const token = await buy(creator, challenge)
    expect(token.services.map(({ name }) => name)).toEqual([articleOf(creator).service])
    expect(token.services[0]?.conditions.get('capabilities')?.text).toBe('read')
  })

  it('asks the price of the snapshot, so an invoice that is out keeps its own', async () => {
    const creator = await world.createCreator()
    const before = await issued(world, askFor(creator))
    const resource = articleOf(creator)
    const dearer = { ...resource, offer: { ...resource.offer, priceVersion: 2, amountMsat: satsToMsat(300) } }
    const after = await issued(world, askFor(creator, { resource: dearer }))
    expect([before.amountMsat, after.amountMsat]).toEqual([satsToMsat(210), satsToMsat(300)])
    expect((await rowOf(creator, before))?.amountMsat).toBe(satsToMsat(210))
  })

  it('shares no payment hash and no token id with another, although both clients have one address', async () => {
    const creator = await world.createCreator()
    const [a, b] = await Promise.all([issued(world, askFor(creator)), issued(world, askFor(creator))])
    expect(encodeHex(a.paymentHash)).not.toBe(encodeHex(b.paymentHash))
    expect(encodeHex(a.macaroon)).not.toBe(encodeHex(b.macaroon))
  })

  it('does not leave when the budget is empty, and the node is not asked', async () => {
    const creator = await world.createCreator()
    const deps = {
      ...world.issueDeps,
      budget: { take: () => ({ kind: 'limited', scope: 'client', retryAfterSeconds: 3 }) as const },
    }
    const before = await world.jobsBackend.listInvoices({ after: null, limit: 10_000 })
    expect(await issueChallenge(deps, askFor(creator))).toEqual({
      kind: 'limited',
      code: 'limit.challenge_budget',
      detail: 'client',
      retryAfterSeconds: 3,
    })
    const after = await world.jobsBackend.listInvoices({ after: null, limit: 10_000 })
    expect(after.next).toBe(before.next)
  })

  it('does not leave when its row cannot be committed', async () => {
    const creator = await world.createCreator()
    await world.database.owner.client.$executeRawUnsafe(
      `alter table challenge add constraint refused check (creator_id <> '${creator.creatorId}') not valid`,
    )
    await expect(issueChallenge(world.issueDeps, askFor(creator))).rejects.toMatchObject({
      code: 'database.unavailable',
    })
    await world.database.owner.client.$executeRaw`alter table challenge drop constraint refused`
  })

  it.each([
    ['network', 'is for another network'],
    ['amount', 'has another amount'],
    ['hash', 'has another payment hash'],
    ['end', 'ends at another time'],
    ['text', 'cannot be read'],
  ])('does not leave when the invoice has another %s than asked', async (what, reason) => {
    const creator = await world.createCreator()
    const backend = {
      ...world.gateBackend,
      createInvoice: async (input: Parameters<typeof world.gateBackend.createInvoice>[0]) => {
        const wrong = {
          ...input,
          ...(what === 'amount' ? { amountMsat: satsToMsat(1) } : {}),
          ...(what === 'end' ? { expirySeconds: 60 } : {}),
        }
        const made = await world.gateBackend.createInvoice(wrong)
        if (what === 'hash') return { ...made, paymentHash: (await world.gateBackend.createInvoice(input)).paymentHash }
        return what === 'text' ? { ...made, invoice: 'lnbcrt1nonsense' } : made
      },
    }
    const network = what === 'network' ? 'mainnet' : 'regtest'
    const backends = createBackends(backend)
    await expect(issueChallenge({ ...world.issueDeps, backends, network }, askFor(creator))).rejects.toMatchObject({
      code: 'lightning.refused',
      message: expect.stringContaining(reason),
    })
  })
})

describe('an open challenge', () => {
  const claimHash = () => l402.sha256(randomBytes(32))

  it('is sent again to whoever shows its claim, byte for byte', async () => {
    const creator = await world.createCreator()
    const hash = claimHash()
    const first = await issued(world, askFor(creator, { claimHash: hash }))
    const again = await issueChallenge(world.issueDeps, askFor(creator, { claimHash: hash, held: { claimHash: hash } }))
    expect(again).toEqual({ kind: 'reused', challenge: { ...first, services: [...first.services] } })
  })

  it('is sent again to whoever shows its token', async () => {
    const creator = await world.createCreator()
    const first = await issued(world, askFor(creator))
    const read = readToken(first.macaroon)
    if (read.kind === 'refused') throw new RangeError('unreadable')
    const answer = await issueChallenge(
      world.issueDeps,
      askFor(creator, { held: { tokenId: read.identifier.tokenId } }),
    )
    expect(answer).toMatchObject({ kind: 'reused', challenge: { id: first.id } })
  })

  it('is not sent to somebody with another claim', async () => {
    const creator = await world.createCreator()
    const first = await issued(world, askFor(creator, { claimHash: claimHash() }))
    const other = claimHash()
    const answer = await issueChallenge(
      world.issueDeps,
      askFor(creator, { claimHash: other, held: { claimHash: other } }),
    )
    expect(answer).toMatchObject({ kind: 'issued' })
    expect(answer.kind === 'issued' && answer.challenge.id).not.toBe(first.id)
  })

  it('is not sent for another article', async () => {
    const creator = await world.createCreator([210, 90])
    const hash = claimHash()
    await issued(world, askFor(creator, { claimHash: hash }))
    const asked = askFor(creator, { resource: articleOf(creator, 1), claimHash: hash, held: { claimHash: hash } })
    expect(await issueChallenge(world.issueDeps, asked)).toMatchObject({ kind: 'issued' })
  })

  it("is not sent on another creator's host", async () => {
    const [a, b] = await Promise.all([world.createCreator(), world.createCreator()])
    const hash = claimHash()
    await issued(world, askFor(a, { claimHash: hash }))
    expect(await issueChallenge(world.issueDeps, askFor(b, { held: { claimHash: hash } }))).toMatchObject({
      kind: 'issued',
    })
  })

  it('is replaced by a new one when less than a minute is left', async () => {
    const creator = await world.createCreator()
    const hash = claimHash()
    const first = await issued(world, askFor(creator, { claimHash: hash }))
    const late = { now: () => new Date(first.expiresAt.getTime() - 59_000) }
    const early = { now: () => new Date(first.expiresAt.getTime() - 60_000) }
    const again = (clock: { now(): Date }) =>
      issueChallenge({ ...world.issueDeps, clock }, askFor(creator, { held: { claimHash: hash } }))
    expect(await again(early)).toMatchObject({ kind: 'reused' })
    expect(await again(late)).toMatchObject({ kind: 'issued' })
  })
})

describe('a client whose proof never arrives whole', () => {
  /** Pays `times` times, each time presenting the purchase before as refused; answers the last one. */
  async function payAgain(creator: CreatorSnapshot, times: number): Promise<IssuedChallenge> {
    let last = await issued(world, askFor(creator))
    await buy(creator, last)
    for (let n = 1; n < times; n += 1) {
      last = await issued(world, askFor(creator, { replaces: last.paymentHash }))
      await buy(creator, last)
    }
    return last
  }

  it('gets no fourth replacement within the hour', async () => {
    const creator = await world.createCreator([1])
    const last = await payAgain(creator, CHAIN_LIMIT)
    expect(await issueChallenge(world.issueDeps, askFor(creator, { replaces: last.paymentHash }))).toMatchObject({
      kind: 'limited',
      code: 'limit.paying_again',
      detail: 'chain',
    })
  })

  it('gets the third', async () => {
    const creator = await world.createCreator([1])
    const last = await payAgain(creator, CHAIN_LIMIT - 1)
    const answer = await issueChallenge(world.issueDeps, askFor(creator, { replaces: last.paymentHash }))
    expect(answer).toMatchObject({ kind: 'issued' })
    expect(answer.kind === 'issued' && (await rowOf(creator, answer.challenge))?.depth).toBe(CHAIN_LIMIT - 1)
  })

  it('gets another an hour later', async () => {
    const creator = await world.createCreator([1])
    const last = await payAgain(creator, CHAIN_LIMIT)
    const clock = { now: () => new Date(Date.now() + 3_601_000) }
    const asked = askFor(creator, { replaces: last.paymentHash })
    expect(await issueChallenge({ ...world.issueDeps, clock }, asked)).toMatchObject({ kind: 'issued' })
  })

  it('is not mistaken for four clients that broke the same purchase side by side', async () => {
    const creator = await world.createCreator([1])
    const first = await payAgain(creator, 1)
    for (let n = 0; n < CHAIN_LIMIT + 1; n += 1) {
      const sibling = await issued(world, askFor(creator, { replaces: first.paymentHash }))
      await buy(creator, sibling)
    }
    const asked = askFor(creator, { replaces: first.paymentHash })
    expect(await issueChallenge(world.issueDeps, asked)).toMatchObject({ kind: 'issued' })
  })

  it('is not made up by a payment hash that nobody paid here', async () => {
    const creator = await world.createCreator([1])
    const unpaid = await issued(world, askFor(creator))
    const answer = await issued(world, askFor(creator, { replaces: unpaid.paymentHash }))
    expect((await rowOf(creator, answer))?.replaces).toBeNull()
  })
})

describe('a cumulative token', () => {
  it('carries what the buyer holds, at the price of the bought article', async () => {
    const creator = await world.createCreator([210, 90])
    const held = await buy(creator, await issued(world, askFor(creator)))
    const challenge = await issued(world, askFor(creator, { resource: articleOf(creator, 1), carried: [held] }))
    expect(challenge.amountMsat).toBe(satsToMsat(90))
    expect(challenge.services).toEqual([articleOf(creator, 1).service, articleOf(creator).service])
    const row = await rowOf(creator, challenge)
    expect(row?.parents).toEqual([{ service: articleOf(creator).service, tokenId: encodeHex(held.identifier.tokenId) }])
    expect((await buy(creator, challenge)).services).toHaveLength(2)
  })

  it('carries a narrowed service no wider than the holder left it', async () => {
    const creator = await world.createCreator([210, 90])
    const held = await buy(creator, await issued(world, askFor(creator)))
    const until = Math.floor(Date.now() / 1000) + 600
    const [service] = held.services
    if (service === undefined) throw new RangeError('no service')
    const conditions = new Map([...service.conditions, ['valid_until', { text: String(until), value: until }] as const])
    const narrowed = { ...held, services: [{ ...service, conditions }] }
    const challenge = await issued(world, askFor(creator, { resource: articleOf(creator, 1), carried: [narrowed] }))
    expect((await rowOf(creator, challenge))?.caveats).toContain(`${service.name}_valid_until=${until}`)
  })

  it('does not carry a counted service, whose counter it would begin anew', async () => {
    const creator = await world.createCreator([210, 90])
    const held = await buy(creator, await issued(world, askFor(creator)))
    const [service] = held.services
    if (service === undefined) throw new RangeError('no service')
    const conditions = new Map([...service.conditions, ['uses', { text: '3', value: 3 }] as const])
    const counted = { ...held, services: [{ ...service, conditions }] }
    const challenge = await issued(world, askFor(creator, { resource: articleOf(creator, 1), carried: [counted] }))
    expect(challenge.services).toEqual([articleOf(creator, 1).service])
  })

  it('inherits a revocation that this gate had not heard of', async () => {
    const creator = await world.createCreator([210, 90])
    const held = await buy(creator, await issued(world, askFor(creator)))
    await revokeToken({ db: world.database.web }, { creatorId: creator.creatorId, tokenId: held.identifier.tokenId })
    const challenge = await issued(world, askFor(creator, { resource: articleOf(creator, 1), carried: [held] }))
    expect(await deniedServices(creator, challenge)).toEqual([articleOf(creator).service])
  })

  it('escapes no revocation that runs beside its minting, in twenty races', async () => {
    const creator = await world.createCreator([210, 90])
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const held = await buy(creator, await issued(world, askFor(creator)))
        const { tokenId } = held.identifier
        const [challenge] = await Promise.all([
          issued(world, askFor(creator, { resource: articleOf(creator, 1), carried: [held] })),
          revokeToken({ db: world.database.web }, { creatorId: creator.creatorId, tokenId }),
        ])
        expect(await deniedServices(creator, challenge)).toEqual([articleOf(creator).service])
      }),
    )
  })

  it('denies nothing when nothing was revoked', async () => {
    const creator = await world.createCreator([210, 90])
    const held = await buy(creator, await issued(world, askFor(creator)))
    const challenge = await issued(world, askFor(creator, { resource: articleOf(creator, 1), carried: [held] }))
    expect(await deniedServices(creator, challenge)).toEqual([])
  })

  async function deniedServices(creator: CreatorSnapshot, challenge: IssuedChallenge): Promise<string[]> {
    const row = await rowOf(creator, challenge)
    const rows = await world.database.owner.client.$queryRaw<{ service: string }[]>`
      select service from denied where creator_id = ${creator.creatorId} and subject = ${row?.tokenId ?? new Uint8Array()}
        and kind = 'service'`
    return rows.map(({ service }) => service)
  }
})

describe('the memo of an invoice', () => {
  it('names the article in at most 100 bytes and ends between characters', () => {
    const memo = formatMemo({ service: 'k3h-tides', title: '潮汐'.repeat(60) })
    expect(encodeUtf8(memo).length).toBeLessThanOrEqual(100)
    expect(memo.startsWith('satstile k3h-tides: 潮汐')).toBe(true)
    expect(memo).not.toContain('\uFFFD')
  })
})
