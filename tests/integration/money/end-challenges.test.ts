/** A node that is gone for ever: its invoices become final by an operator's word, and by nothing else. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LightningBackend } from '#lib/lightning/backend.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { endChallenges, listWaiting } from '#lib/paywall/challenges/end-challenges.ts'
import { type IssuedChallenge, issueChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { handleUpdate } from '#lib/paywall/settlements/handle-update.ts'
import { sweepInvoices } from '#lib/paywall/settlements/sweep-invoices.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { askFor, issued, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

/** Made invoices once, and is none of the connected ones any more. */
let goneNode: TestNode
let gone: LightningBackend
let goneId: string
beforeEach(async () => {
  goneNode = await startTestNode()
  gone = createLndBackend({
    socket: goneNode.socket,
    cert: goneNode.read('tls.cert'),
    macaroon: goneNode.read('invoice.macaroon'),
    network: 'regtest',
    log: world.log.log,
  })
  goneId = await gone.getId()
})
afterEach(async () => {
  gone.close()
  await goneNode.close()
})

async function askAtGone() {
  const creator = await world.createCreator()
  const answer = await issueChallenge({ ...world.issueDeps, backends: createBackends(gone) }, askFor(creator))
  if (answer.kind !== 'issued') throw new RangeError(answer.kind)
  return { creator, challenge: answer.challenge }
}

const stateOf = async ({ paymentHash }: Pick<IssuedChallenge, 'paymentHash'>) => {
  const where = { paymentHash: Buffer.from(paymentHash) }
  return (await world.database.owner.client.challenge.findUniqueOrThrow({ where })).state
}
const end = (backendId = goneId, backends = createBackends(world.jobsBackend)) =>
  endChallenges({ ...world.settleDeps, backends }, { backendId })

/** The node's word, told late. */
async function tell(challenge: IssuedChallenge) {
  const update = await gone.lookupInvoice(challenge.paymentHash)
  if (update === null) throw new RangeError('the node does not know it')
  return handleUpdate(world.settleDeps, update, { backendId: goneId, source: 'stream' })
}

async function command(...options: string[]): Promise<string> {
  const { node, database } = world
  const env = {
    ...{ PATH: process.env.PATH, NODE_ENV: 'test' as const, SATSTILE_MODE: 'development' },
    ...{ DATA_DIR: join(node.dataDir, 'nothing'), DATABASE_URL: database.ownerUrl },
    ...{ DATABASE_URL_JOBS: database.jobsUrl, LND_SOCKET: node.socket, LND_TLS_CERT: join(node.dataDir, 'tls.cert') },
    LND_READ_MACAROON: join(node.dataDir, 'read.macaroon'),
  }
  const script = join(import.meta.dirname, '../../../scripts/end-invoices.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...options], { env })
  return stdout
}

describe('invoices of a node that is gone', () => {
  it('wait for ever by themselves, and are ended when somebody says so, once', async () => {
    const [first, second] = [await askAtGone(), await askAtGone()]
    const other = await issued(world, askFor(await world.createCreator()))
    await world.database.owner.client.$executeRaw`
      update challenge set state = 'expired' where payment_hash = ${second.challenge.paymentHash}`
    const { signal } = new AbortController()
    await sweepInvoices(world.settleDeps, { backend: world.jobsBackend, scope: 'all', signal })
    expect([await stateOf(first.challenge), await stateOf(second.challenge)]).toEqual(['open', 'expired'])
    expect(await end()).toEqual({ kind: 'ended', count: 2 })
    expect([await stateOf(first.challenge), await stateOf(second.challenge)]).toEqual(['canceled', 'canceled'])
    expect(await stateOf(other)).toBe('open')
    expect(await end()).toEqual({ kind: 'ended', count: 0 })
  })

  it('that are settled stay settled', async () => {
    const { creator, challenge } = await askAtGone()
    await goneNode.pay(challenge.invoice)
    expect(await tell(challenge)).toBe('applied')
    expect(await end()).toEqual({ kind: 'ended', count: 0 })
    expect(await stateOf(challenge)).toBe('settled')
    expect((await readBalances(world.database.jobs.client, creator.creatorId)).settlingMsat).toBe(207_900n)
  })

  it('are credited all the same, and reported, when the node comes back with a payment', async () => {
    const { creator, challenge } = await askAtGone()
    await goneNode.pay(challenge.invoice)
    await end()
    expect(await tell(challenge)).toBe('applied')
    expect(await stateOf(challenge)).toBe('settled')
    expect((await readBalances(world.database.jobs.client, creator.creatorId)).settlingMsat).toBe(207_900n)
    expect(world.log.lines.some(({ message }) => message.includes('settled an invoice that it had canceled'))).toBe(
      true,
    )
  })

  it('that are settled meanwhile are never overwritten, however the two meet', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { challenge } = await askAtGone()
      await goneNode.pay(challenge.invoice)
      await Promise.all([end(), tell(challenge), end()])
      expect(await stateOf(challenge)).toBe('settled')
    }
  })
})

describe('a node that answers', () => {
  it('says itself what becomes of its invoices, whatever an operator says', async () => {
    const { challenge } = await askAtGone()
    expect(await end(goneId, createBackends(world.jobsBackend, [gone]))).toEqual({ kind: 'connected' })
    expect(await stateOf(challenge)).toBe('open')
  })

  it('is told from one that is gone, and one that is silent from both', async () => {
    await askAtGone()
    await issued(world, askFor(await world.createCreator()))
    const told = async (backends = createBackends(world.jobsBackend)) =>
      new Map((await listWaiting({ ...world.settleDeps, backends })).map((at) => [at.backendId, at]))
    const waiting = await told()
    expect(waiting.get(goneId)).toMatchObject({ count: 1, payable: 1, connection: 'none' })
    expect(waiting.get(world.backendId)).toMatchObject({ connection: 'connected' })
    const silent = { ...gone, getId: () => Promise.reject(new RangeError('silent')) }
    expect((await told(createBackends(world.jobsBackend, [silent]))).get(goneId)).toMatchObject({
      connection: 'unknown',
    })
  })
})

describe('the command', () => {
  it('lists, tells what it would end, ends it with --apply, and nothing more', async () => {
    const { challenge } = await askAtGone()
    expect(await command()).toContain(`${goneId}\n  unsettled invoices: 1; of them still payable: 1;`)
    expect(await command('--backend', goneId)).toContain('All of them would be ended.')
    expect(await stateOf(challenge)).toBe('open')
    expect(await command('--backend', goneId, '--apply')).toContain(`Ended invoices of ${goneId}: 1.`)
    expect(await stateOf(challenge)).toBe('canceled')
    expect(await command('--backend', goneId, '--apply')).toContain('there is nothing to end')
  })

  it('refuses the node that is connected, and says why', async () => {
    await issued(world, askFor(await world.createCreator()))
    await expect(command('--backend', world.backendId, '--apply')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('answers, so it says itself'),
    })
  })
})

it('the books fit together after all of it', async () => {
  expect(await findBookDifferences(world.database.jobs.client, 10)).toEqual([])
})
