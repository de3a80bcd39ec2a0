/** Two nodes behind one registry: each is asked about its own invoices and about no others. */

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { createEgress } from '#lib/egress/egress.ts'
import { readToken } from '#lib/l402/token.ts'
import { type LightningBackend, MEMO_MARK } from '#lib/lightning/backend.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { claimToken } from '#lib/paywall/challenges/claim-token.ts'
import { type IssuedChallenge, issueChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { auditLedger } from '#lib/paywall/ledger/audit-ledger.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { checkSighting } from '#lib/paywall/settlements/check-sighting.ts'
import { handleUpdate } from '#lib/paywall/settlements/handle-update.ts'
import { sweepInvoices } from '#lib/paywall/settlements/sweep-invoices.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { allowing } from '#tests/support/egress.ts'
import { makeMany } from '#tests/support/few-at-once.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { askFor, l402, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { testPictures } from '#tests/support/renderer.ts'
import { until } from '#tests/support/until.ts'
import { type JobDeps, type JobName, runJob } from '#workers/jobs.ts'
import { createFollower } from '#workers/settlement.ts'

let world: MoneyWorld
let secondNode: TestNode
let second: LightningBackend
beforeAll(async () => {
  ;[world, secondNode] = await Promise.all([openMoneyWorld(), startTestNode()])
  second = createLndBackend({
    socket: secondNode.socket,
    cert: secondNode.read('tls.cert'),
    macaroon: secondNode.read('invoice.macaroon'),
    network: 'regtest',
    log: world.log.log,
  })
})
afterAll(async () => {
  second?.close()
  await secondNode?.close()
  await world?.close()
})

const signal = new AbortController().signal

interface Purchase {
  readonly creator: CreatorSnapshot
  readonly challenge: IssuedChallenge
  readonly secret: Uint8Array
}

/** A challenge whose invoice the second node made, because it served this creator then. */
async function askAtSecond(): Promise<Purchase> {
  const creator = await world.createCreator()
  const secret = randomBytes(32)
  const deps = { ...world.issueDeps, backends: createBackends(second, [world.gateBackend]) }
  const answer = await issueChallenge(deps, askFor(creator, { channel: 'browser', claimHash: l402.sha256(secret) }))
  if (answer.kind !== 'issued') throw new RangeError(answer.kind)
  return { creator, secret, challenge: answer.challenge }
}

async function buyAtSecond(): Promise<Purchase> {
  const purchase = await askAtSecond()
  await secondNode.pay(purchase.challenge.invoice)
  return purchase
}

const both = () => createBackends(world.jobsBackend, [second])
const firstOnly = () => createBackends(world.jobsBackend)
const settlingOf = async ({ creator }: Purchase) =>
  (await readBalances(world.database.jobs.client, creator.creatorId)).settlingMsat
const stateOf = async ({ challenge }: Purchase) => {
  const row = await world.database.owner.client.challenge.findUniqueOrThrow({
    where: { paymentHash: Buffer.from(challenge.paymentHash) },
  })
  return row.state
}
const claim = ({ creator, challenge, secret }: Purchase, backends = createBackends(world.gateBackend, [second])) =>
  claimToken(
    { ...world.issueDeps, backends, log: world.log.log, notices: world.notices },
    { creator, challengeId: challenge.id, secret },
  )
/** No job of these tests looks at content, or goes out for some. */
const content: JobDeps['content'] = { folder: '', blobs: createBlobFolder('') }
const outside = { egress: createEgress({ allow: allowing('') }), pictures: testPictures }
const rates = { sources: [], maxAgeSeconds: 300 }
const run = (name: JobName, backends: JobDeps['backends'], payload: object = {}) => {
  const followers = backends.list().map((backend) => createFollower({ ...world.settleDeps, backends, backend }))
  const limits = { holdSeconds: 0, pruneAfterSeconds: 86_400 }
  const deps: JobDeps = { ...world.settleDeps, backends, followers, content, ...outside, ...limits, rates }
  return runJob(deps, { name, payload }, signal)
}

function sightingOf({ creator, challenge }: Purchase) {
  const read = readToken(challenge.macaroon)
  if (read.kind === 'refused') throw new RangeError('unreadable')
  const { creatorId } = creator
  return { ...read.identifier, creatorId, services: challenge.services, finding: null, checkedAt: null }
}

/** A node that fails the test when it is asked about an invoice. */
function untouchable(backend: LightningBackend): LightningBackend {
  const refuse = () => Promise.reject(new RangeError('asked'))
  return { ...backend, lookupInvoice: refuse, listInvoices: refuse, revealPreimage: refuse }
}

describe('a payment at a backend of the registry', () => {
  it('names it in its row, and is settled by its sweep and by no other', async () => {
    const purchase = await buyAtSecond()
    await sweepInvoices({ ...world.settleDeps, backends: both() }, { backend: world.jobsBackend, scope: 'all', signal })
    expect(await stateOf(purchase)).toBe('open')
    await sweepInvoices({ ...world.settleDeps, backends: both() }, { backend: second, scope: 'all', signal })
    expect(await stateOf(purchase)).toBe('settled')
    expect(await settlingOf(purchase)).toBe(207_900n)
    const sale = await world.database.owner.client.settlement.findUniqueOrThrow({
      where: { paymentHash: Buffer.from(purchase.challenge.paymentHash) },
    })
    expect(sale.backendId).toBe(await second.getId())
    expect(sale.settleCursor).toMatch(/^\d{20}$/)
  })

  it('is followed by a stream of its own', async () => {
    const stop = new AbortController()
    const followers = both()
      .list()
      .map((backend) => createFollower({ ...world.settleDeps, backends: both(), backend }))
    const running = followers.map((follower) => follower.run(stop.signal))
    await Promise.all(followers.map(({ started }) => started))
    const purchase = await buyAtSecond()
    await until('it is credited', async () => (await stateOf(purchase)) === 'settled')
    stop.abort()
    await Promise.all(running)
  })

  it.each<[JobName, (purchase: Purchase) => object]>([
    ['sweep-young', () => ({})],
    ['sweep-all', () => ({})],
    ['check-payment', ({ challenge }) => ({ paymentHash: Buffer.from(challenge.paymentHash).toString('hex') })],
    ['audit-ledger', () => ({})],
  ])('is found by the job %s', async (name, payloadOf) => {
    const purchase = await buyAtSecond()
    await run(name, both(), payloadOf(purchase))
    expect(await settlingOf(purchase)).toBe(207_900n)
  })

  it('is credited when its credential is seen first, and only its own backend is asked', async () => {
    const purchase = await buyAtSecond()
    const backends = createBackends(untouchable(world.jobsBackend), [second])
    expect(await checkSighting({ ...world.settleDeps, backends }, sightingOf(purchase))).toBe('settled')
    expect(await settlingOf(purchase)).toBe(207_900n)
  })

  it('is claimed with the preimage of the backend that its row names, whoever serves the creator today', async () => {
    const purchase = await buyAtSecond()
    await run('sweep-all', both())
    const claimed = await claim(purchase, createBackends(untouchable(world.gateBackend), [second]))
    expect(claimed).toMatchObject({ kind: 'claimed', receiptKind: 'payment' })
  })
})

describe('a backend that the registry does not know', () => {
  it('is never asked, and its rows are left alone', async () => {
    const purchase = await buyAtSecond()
    const backends = firstOnly()
    await run('sweep-young', backends)
    await run('sweep-all', backends)
    await run('check-payment', backends, { paymentHash: Buffer.from(purchase.challenge.paymentHash).toString('hex') })
    await auditLedger({ ...world.settleDeps, backends }, signal)
    expect(await checkSighting({ ...world.settleDeps, backends }, sightingOf(purchase))).toBeNull()
    expect(await stateOf(purchase)).toBe('open')
    expect(await settlingOf(purchase)).toBe(0n)
    const alarms = world.log.lines.filter(({ level, message }) => level === 'error' && /another backend/.test(message))
    expect(alarms.length).toBeGreaterThan(0)
    await run('sweep-all', both())
    expect(await stateOf(purchase)).toBe('settled')
  })

  it('keeps nobody out who paid there: the claim is answered with a receipt', async () => {
    const purchase = await buyAtSecond()
    await run('sweep-all', both())
    const answer = await claim(purchase, createBackends(untouchable(world.gateBackend)))
    expect(answer).toMatchObject({ kind: 'claimed', receiptKind: 'receipt' })
    // What was handed out once stays the answer.
    expect(await claim(purchase)).toEqual(answer)
  })
})

describe('what a backend cannot do is never asked of it', () => {
  const without = (capability: keyof LightningBackend['capabilities']): LightningBackend => ({
    ...second,
    capabilities: { ...second.capabilities, [capability]: false },
    listInvoices: capability === 'list' ? () => Promise.reject(new RangeError('listed')) : second.listInvoices,
    revealPreimage: capability === 'reveal' ? () => Promise.reject(new RangeError('revealed')) : second.revealPreimage,
    watchInvoices(input) {
      if (capability === 'watch') throw new RangeError('watched')
      return second.watchInvoices(input)
    },
  })

  it('without a list, a sweep looks up every row, however many, and no audit reads one', async () => {
    const creator = await world.createCreator([1])
    const deps = { ...world.issueDeps, backends: createBackends(second) }
    const answers = await makeMany(70, () => issueChallenge(deps, askFor(creator)))
    const [paid] = answers
    if (paid?.kind !== 'issued') throw new RangeError('not issued')
    await secondNode.pay(paid.challenge.invoice)
    const backends = createBackends(world.jobsBackend, [without('list')])
    await run('sweep-all', backends)
    expect((await readBalances(world.database.jobs.client, creator.creatorId)).settlingMsat).toBe(990n)
    await run('audit-ledger', backends)
  })

  it('without a stream, its follower leaves settlements to the sweeps', async () => {
    const backend = without('watch')
    const follower = createFollower({ ...world.settleDeps, backends: createBackends(backend), backend })
    await follower.run(signal)
    await follower.started
    const purchase = await buyAtSecond()
    await follower.sweepAll(signal)
    expect(await stateOf(purchase)).toBe('settled')
  })

  it('without preimages, every claim is answered with a receipt', async () => {
    const purchase = await buyAtSecond()
    await run('sweep-all', both())
    const answer = await claim(purchase, createBackends(world.gateBackend, [without('reveal')]))
    expect(answer).toMatchObject({ kind: 'claimed', receiptKind: 'receipt' })
    expect(world.log.lines.some(({ fields }) => String(fields.cause).includes('revealed'))).toBe(false)
  })
})

// Payment hashes are public: whoever brings a node of their own could say that somebody else's invoice was paid there.
describe('a backend that speaks of an invoice of another', () => {
  it('is not believed that it was paid, and the money is kept as stray', async () => {
    const purchase = await askAtSecond()
    const update = {
      paymentHash: purchase.challenge.paymentHash,
      state: 'settled' as const,
      receivedMsat: purchase.challenge.amountMsat,
      settleCursor: '1',
      settledAt: new Date(),
      listCursor: '1',
      memo: `${MEMO_MARK}anything`,
      expiresAt: new Date(),
    }
    const origin = { backendId: world.backendId, source: 'stream' as const }
    expect(await handleUpdate(world.settleDeps, update, origin)).toBe('foreign')
    expect(await stateOf(purchase)).toBe('open')
    expect(await settlingOf(purchase)).toBe(0n)
    const own = { backendId: await second.getId(), source: 'stream' as const }
    expect(await handleUpdate(world.settleDeps, update, own)).toBe('applied')
    expect(await settlingOf(purchase)).toBe(207_900n)
  })

  it('does not cancel it either', async () => {
    const purchase = await askAtSecond()
    const update = {
      paymentHash: purchase.challenge.paymentHash,
      state: 'canceled' as const,
      receivedMsat: purchase.challenge.amountMsat,
      settleCursor: null,
      settledAt: null,
      listCursor: '1',
      memo: '',
      expiresAt: new Date(),
    }
    const outcomeAt = async (backendId: string) =>
      handleUpdate(world.settleDeps, { ...update }, { backendId, source: 'sweep' })
    expect(await outcomeAt(world.backendId)).toBe('ignored')
    expect(await stateOf(purchase)).toBe('open')
    expect(await outcomeAt(await second.getId())).toBe('canceled')
  })
})

it('the books fit together after all of it', async () => {
  expect(await findBookDifferences(world.database.jobs.client, 10)).toEqual([])
})
