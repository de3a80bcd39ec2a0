/** Claim and restore on a real node: what opens a purchase, and everything that must not. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeHex } from '#lib/l402/bytes.ts'
import { asPreimage, opens } from '#lib/l402/preimage.ts'
import { readToken, verifyToken } from '#lib/l402/token.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { type ClaimedToken, claimToken } from '#lib/paywall/challenges/claim-token.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { restoreToken } from '#lib/paywall/challenges/restore-token.ts'
import { deriveRootKey } from '#lib/paywall/keys/key-ring.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { listSales } from '#lib/paywall/settlements/sale-store.ts'
import { askFor, issued, l402, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { settleOne } from '#tests/support/settle-one.ts'
import { until } from '#tests/support/until.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

interface Purchase {
  readonly creator: CreatorSnapshot
  readonly challenge: IssuedChallenge
  readonly secret: Uint8Array
}

async function ask(creator?: CreatorSnapshot): Promise<Purchase> {
  const seller = creator ?? (await world.createCreator())
  const secret = randomBytes(32)
  const challenge = await issued(world, askFor(seller, { channel: 'browser', claimHash: l402.sha256(secret) }))
  return { creator: seller, challenge, secret }
}

async function askAndPay(creator?: CreatorSnapshot): Promise<Purchase & { preimage: Uint8Array }> {
  const purchase = await ask(creator)
  const { preimage } = await world.node.pay(purchase.challenge.invoice)
  await settle(purchase.challenge)
  return { ...purchase, preimage: Buffer.from(preimage, 'hex') }
}

const settle = (challenge: IssuedChallenge) =>
  settleOne(world.settleDeps, {
    paymentHash: challenge.paymentHash,
    receivedMsat: challenge.amountMsat,
    settledAt: new Date(),
    backendId: world.backendId,
    settleCursor: null,
    source: 'stream',
  })

const deps = () => ({ ...world.issueDeps, log: world.log.log, notices: world.notices })
const claim = ({ creator, challenge, secret }: Purchase, more: Partial<ReturnType<typeof deps>> = {}) =>
  claimToken({ ...deps(), ...more }, { creator, challengeId: challenge.id, secret })

async function claimed(purchase: Purchase, more: Partial<ReturnType<typeof deps>> = {}): Promise<ClaimedToken> {
  const answer = await claim(purchase, more)
  if (answer.kind !== 'claimed') throw new RangeError(answer.kind)
  return answer
}

/** What a gate makes of it. */
function isAccepted(creator: CreatorSnapshot, token: Pick<ClaimedToken, 'macaroon' | 'preimage'>): boolean {
  const credential = { macaroons: [token.macaroon], preimage: token.preimage }
  const verdict = verifyToken(l402, credential, (identifier, bytes) => ({
    kind: 'found',
    rootKey: deriveRootKey(l402.hmac, creator.ring.find(identifier.keyId)?.key ?? new Uint8Array(32), bytes),
  }))
  return verdict.kind === 'verified'
}

describe('a claim', () => {
  it('gives the minted token and its preimage to whoever holds the secret, and the same again', async () => {
    const purchase = await askAndPay()
    const first = await claimed(purchase)
    expect(first).toMatchObject({ receiptKind: 'payment', resourceId: purchase.creator.resources[0]?.id })
    expect(encodeHex(first.macaroon)).toBe(encodeHex(purchase.challenge.macaroon))
    expect(encodeHex(first.preimage)).toBe(encodeHex(purchase.preimage))
    expect(isAccepted(purchase.creator, first)).toBe(true)
    expect(await claim(purchase)).toEqual(first)
  })

  it('waits while nothing is paid, and reveals nothing', async () => {
    const purchase = await ask()
    expect(await claim(purchase)).toEqual({ kind: 'waiting', state: 'open' })
  })

  it('waits when only the node knows of the payment, and asks the workers to look', async () => {
    const purchase = await ask()
    const asked: string[] = []
    const unsubscribe = world.notices.subscribe('asked', (key) => asked.push(key))
    await world.node.pay(purchase.challenge.invoice)
    await until('the hint arrives', async () => {
      expect(await claim(purchase)).toEqual({ kind: 'waiting', state: 'open' })
      return asked.includes(encodeHex(purchase.challenge.paymentHash))
    })
    unsubscribe()
    await settle(purchase.challenge)
    expect((await claimed(purchase)).receiptKind).toBe('payment')
  })

  it.each<[string, (mine: Purchase, other: Purchase) => Purchase]>([
    ['another secret', (mine) => ({ ...mine, secret: randomBytes(32) })],
    ['the secret of another challenge', (mine, other) => ({ ...mine, secret: other.secret })],
    ['a shorter secret', (mine) => ({ ...mine, secret: mine.secret.subarray(0, 31) })],
    ['the hash of the secret', (mine) => ({ ...mine, secret: l402.sha256(mine.secret) })],
    ['the payment hash', (mine) => ({ ...mine, secret: mine.challenge.paymentHash })],
    ['a challenge that is not there', (mine) => ({ ...mine, challenge: { ...mine.challenge, id: 'chl_none' } })],
    ["another creator's host", (mine, other) => ({ ...mine, creator: other.creator })],
  ])('refuses %s', async (_what, alter) => {
    const [mine, other] = await Promise.all([askAndPay(), askAndPay()])
    expect(await claim(alter(mine, other))).toEqual({ kind: 'refused' })
    expect((await claim(mine)).kind).toBe('claimed')
  })

  it('refuses every secret for a challenge that was made without one', async () => {
    const creator = await world.createCreator()
    const challenge = await issued(world, askFor(creator))
    await settle(challenge)
    expect(await claim({ creator, challenge, secret: new Uint8Array(32) })).toEqual({ kind: 'refused' })
  })

  it('is over thirty days after settlement, and not a day before', async () => {
    const purchase = await askAndPay()
    const inDays = (days: number) => ({ now: () => new Date(Date.now() + days * 24 * 3600 * 1000) })
    expect((await claim(purchase, { clock: inDays(29) })).kind).toBe('claimed')
    expect(await claim(purchase, { clock: inDays(31) })).toEqual({ kind: 'over' })
  })

  it('still works after the challenge row is gone', async () => {
    const purchase = await askAndPay()
    await world.database.owner.client.$executeRaw`delete from challenge where id = ${purchase.challenge.id}`
    expect((await claimed(purchase)).receiptKind).toBe('payment')
  })

  it('leaves no preimage in the database', async () => {
    const purchase = await askAndPay()
    await claimed(purchase)
    const rows = await world.database.owner.client.$queryRaw<{ text: string }[]>`
      select row_to_json(s)::text as text from settlement as s where challenge_id like ${`${purchase.challenge.id}%`}`
    expect(rows).toHaveLength(1)
    expect(rows[0]?.text).not.toContain(encodeHex(purchase.preimage))
  })
})

describe('a claim while the node does not tell the preimage', () => {
  const silent = () => ({
    backends: createBackends({ ...world.gateBackend, revealPreimage: () => new Promise<never>(() => undefined) }),
  })

  it('gives a receipt that opens the same, and stays the answer when the node is back', async () => {
    const purchase = await askAndPay()
    const receipt = await claimed(purchase, silent())
    expect(receipt.receiptKind).toBe('receipt')
    expect(isAccepted(purchase.creator, receipt)).toBe(true)
    expect(await claim(purchase)).toEqual(receipt)
  })

  it('gives a receipt too when the node tells a preimage that does not open the payment', async () => {
    const purchase = await askAndPay()
    const lying = { ...world.gateBackend, revealPreimage: async () => asPreimage(randomBytes(32)) }
    const answer = await claimed(purchase, { backends: createBackends(lying) })
    expect(answer.receiptKind).toBe('receipt')
    expect(isAccepted(purchase.creator, answer)).toBe(true)
  })

  it('binds the receipt to a secret of ours, not to the payment', async () => {
    const purchase = await askAndPay()
    const receipt = await claimed(purchase, silent())
    expect(opens(l402.sha256, receipt.preimage, purchase.challenge.paymentHash)).toBe(false)
    const [paid, given] = [readToken(purchase.challenge.macaroon), readToken(receipt.macaroon)]
    if (paid.kind === 'refused' || given.kind === 'refused') throw new RangeError('unreadable')
    expect(encodeHex(given.identifier.tokenId)).toBe(encodeHex(paid.identifier.tokenId))
    expect(isAccepted(purchase.creator, { ...receipt, preimage: asPreimage(randomBytes(32)) })).toBe(false)
  })

  it('gives twenty claims at once the same receipt, and notes it once', async () => {
    const purchase = await askAndPay()
    const receipts = await Promise.all(Array.from({ length: 20 }, () => claimed(purchase, silent())))
    expect(new Set(receipts.map(({ macaroon }) => encodeHex(macaroon))).size).toBe(1)
    const rows = await world.database.owner.client.$queryRaw<{ count: bigint }[]>`
      select count(*) from entitlement where creator_id = ${purchase.creator.creatorId} and source = 'receipt'`
    expect(rows[0]?.count).toBe(1n)
  })

  it('is no second sale', async () => {
    const purchase = await askAndPay()
    await claimed(purchase, silent())
    const page = { creatorId: purchase.creator.creatorId, before: null, limit: 10 }
    expect((await listSales(world.database.owner.client, page)).sales).toHaveLength(1)
  })

  it('gives no receipt for what was not paid', async () => {
    expect(await claim(await ask(), silent())).toEqual({ kind: 'waiting', state: 'open' })
  })
})

describe('restoring by invoice and preimage', () => {
  const restore = (creator: CreatorSnapshot, invoice: string, preimage: Uint8Array) =>
    restoreToken(deps(), { creator, invoice, preimage: asPreimage(preimage) })

  it('mints the token again', async () => {
    const { creator, challenge, preimage } = await askAndPay()
    const answer = await restore(creator, ` ${challenge.invoice.toUpperCase()}\n`, preimage)
    expect(answer).toMatchObject({ kind: 'restored', services: challenge.services })
    expect(answer.kind === 'restored' && encodeHex(answer.macaroon)).toBe(encodeHex(challenge.macaroon))
  })

  it.each(['another preimage', 'the preimage of another purchase', "another creator's host", 'no invoice at all'])(
    'refuses %s',
    async (what) => {
      const [mine, other] = await Promise.all([askAndPay(), askAndPay()])
      const preimage =
        what === 'another preimage' ? randomBytes(32) : what.startsWith('the preimage') ? other.preimage : mine.preimage
      const creator = what.startsWith('another creator') ? other.creator : mine.creator
      const invoice = what === 'no invoice at all' ? 'lnbcrt1' : mine.challenge.invoice
      expect(await restore(creator, invoice, preimage)).toEqual({ kind: 'unknown' })
    },
  )

  it('tells a proof that the books do not know yet from a wrong one, and gives no token for it', async () => {
    const { creator, challenge } = await ask()
    const { preimage } = await world.node.pay(challenge.invoice)
    expect(await restore(creator, challenge.invoice, Buffer.from(preimage, 'hex'))).toEqual({ kind: 'unseen' })
    const stranger = await world.createCreator()
    expect(await restore(stranger, challenge.invoice, Buffer.from(preimage, 'hex'))).toEqual({ kind: 'unknown' })
    await settle(challenge)
    expect((await restore(creator, challenge.invoice, Buffer.from(preimage, 'hex'))).kind).toBe('restored')
  })
})
