/** The workers as a real process: sales survive their death, the node's, the database's and the queue's. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { encodeHex } from '#lib/l402/bytes.ts'
import { asTokenId } from '#lib/l402/identifier.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { listDenials } from '#lib/paywall/tokens/deny-store.ts'
import { createSightingBuffer } from '#lib/paywall/usage/sighting-buffer.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { makeMany } from '#tests/support/few-at-once.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { askFor, issued, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { openTcpProxy } from '#tests/support/tcp-proxy.ts'
import { until } from '#tests/support/until.ts'
import { startWorkerProcess, type WorkerProcess } from '#tests/support/worker-process.ts'

let world: MoneyWorld
let creator: CreatorSnapshot
const running: WorkerProcess[] = []
beforeAll(async () => {
  world = await openMoneyWorld()
  creator = await world.createCreator([1])
})
afterEach(async () => {
  for (const worker of running.splice(0)) {
    worker.signal('SIGKILL')
    await worker.ended
  }
  await world.node.disturb({ dropRate: 0, doubleRate: 0, reorderRate: 0, settleGapRate: 0, closeStreamRate: 0 })
})
afterAll(() => world.close())

async function start(options: Parameters<typeof startWorkerProcess>[1] = {}): Promise<WorkerProcess> {
  const worker = await startWorkerProcess(world, options)
  running.push(worker)
  return worker
}

async function sell(count = 1): Promise<IssuedChallenge[]> {
  const challenges = await Promise.all(Array.from({ length: count }, () => issued(world, askFor(creator))))
  for (const challenge of challenges) await world.node.pay(challenge.invoice)
  return challenges
}

const creditsOf = async (challenges: readonly IssuedChallenge[]) => {
  const rows = await world.database.owner.client.$queryRaw<{ id: string; source: string }[]>`
    select challenge_id as id, source from settlement where challenge_id = any(${challenges.map(({ id }) => id)})`
  return rows
}
const allCredited = (challenges: readonly IssuedChallenge[], withinMs = 10_000) =>
  until('every sale is credited', async () => (await creditsOf(challenges)).length === challenges.length, { withinMs })
const noEventWaits = () =>
  until('no event waits', async () => {
    const rows = await world.database.owner.client.$queryRaw<{ count: bigint }[]>`
      select count(*) from outbox where relayed_at is null`
    return rows[0]?.count === 0n
  })
const soundBooks = async () => expect(await findBookDifferences(world.database.owner.client, 10)).toEqual([])

describe('the workers', () => {
  it('credit a sale as the stream tells of it, not only when the next sweep comes', async () => {
    await start()
    // The sweep of the start is over when a first sale was seen.
    await allCredited(await sell())
    const challenges = await sell(3)
    await allCredited(challenges)
    expect((await creditsOf(challenges)).map(({ source }) => source)).toEqual(['stream', 'stream', 'stream'])
  })

  it('credit the very first settlement of a node, made while they were off', async () => {
    const first = await sell()
    await start()
    await allCredited(first)
  })

  it('lose no sale when they are killed in the middle of settling', async () => {
    const challenges = await makeMany(40, () => issued(world, askFor(creator)))
    for (const [n, challenge] of challenges.entries()) {
      if (n % 14 === 0) {
        for (const worker of running.splice(0)) worker.signal('SIGKILL')
        await start()
      }
      await world.node.pay(challenge.invoice)
    }
    await allCredited(challenges)
    await soundBooks()
  })

  it('credit each sale once although two of them run side by side', async () => {
    await Promise.all([start(), start()])
    const challenges = await sell(20)
    await allCredited(challenges)
    await soundBooks()
  })

  it('need the cursor for nothing but speed', async () => {
    const worker = await start()
    await allCredited(await sell(3))
    worker.signal('SIGKILL')
    await worker.ended
    const missed = await sell(3)
    await world.database.owner.client.$executeRaw`delete from backend_cursor`
    await start()
    await allCredited(missed)
    await soundBooks()
  })

  it('find what the stream dropped, doubled, reordered or numbered with gaps', async () => {
    await start()
    await world.node.disturb({
      dropRate: 0.3,
      doubleRate: 0.3,
      reorderRate: 0.3,
      settleGapRate: 0.2,
      closeStreamRate: 0.02,
      seed: 7,
    })
    const challenges = await sell(60)
    await allCredited(challenges, 45_000)
    await soundBooks()
  })

  it('follow again after the node was killed, without being restarted', async () => {
    const worker = await start()
    await allCredited(await sell())
    await world.node.kill()
    await until('the loss is noticed', () => /interrupted/.test(worker.output()))
    await world.node.start()
    await allCredited(await sell(3), 15_000)
    expect(worker.isAlive()).toBe(true)
  })

  it('go on after the database was away, and credit what was paid meanwhile', async () => {
    const url = new URL(world.database.jobsUrl)
    const proxy = await openTcpProxy(url.host)
    url.host = `127.0.0.1:${proxy.port}`
    const worker = await start({ databaseUrl: url.href })
    await allCredited(await sell())
    proxy.cut()
    const meanwhile = await sell(5)
    await until('the loss is noticed', () => /interrupted/.test(worker.output()))
    proxy.heal()
    await allCredited([...meanwhile, ...(await sell(2))], 20_000)
    expect(worker.isAlive()).toBe(true)
    await soundBooks()
    worker.signal('SIGKILL')
    await worker.ended
    await proxy.close()
  })

  it('start while the database is away, and work once it is there', async () => {
    const url = new URL(world.database.jobsUrl)
    const proxy = await openTcpProxy(url.host)
    proxy.cut()
    url.host = `127.0.0.1:${proxy.port}`
    const worker = await start({ databaseUrl: url.href, awaitReady: false })
    const challenges = await sell(2)
    await until('the loss is noticed', () => /does not answer yet/.test(worker.output()))
    proxy.heal()
    await allCredited(challenges, 20_000)
    await until('they are ready', () => /^ready$/m.test(worker.output()))
    worker.signal('SIGKILL')
    await worker.ended
    await proxy.close()
  })

  it('fill an emptied queue again from the tables', async () => {
    await start()
    await allCredited(await sell())
    const tables = await world.database.owner.client.$queryRaw<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname = 'bullmq' and tablename <> 'migration'`
    expect(tables.map(({ name }) => name)).toContain('bullmq.job')
    await world.database.owner.client.$executeRawUnsafe(`truncate ${tables.map(({ name }) => name).join(', ')} cascade`)
    // Events are passed on by jobs and by nothing else.
    await allCredited(await sell())
    await noEventWaits()
  })

  it('look at the node at once when somebody waits for a payment that the stream lost', async () => {
    await start()
    await world.node.disturb({ dropRate: 1 })
    const [challenge] = await sell()
    if (challenge === undefined) throw new RangeError('no challenge')
    await world.notices.publish('asked', encodeHex(challenge.paymentHash))
    await allCredited([challenge])
    expect(await creditsOf([challenge])).toMatchObject([{ source: 'presented' }])
  })

  it('deny a token that was signed with a stolen key, right after its first use', async () => {
    await start()
    await allCredited(await sell())
    const victim = await world.createCreator()
    const buffer = createSightingBuffer({ db: world.database.gate, log: world.log.log, notices: world.notices })
    const forged = { paymentHash: asPaymentHash(randomBytes(32)), tokenId: asTokenId(randomBytes(32)) }
    buffer.note({ ...forged, creatorId: victim.creatorId, services: ['k3h-tides'] })
    const denials = () => listDenials(world.database.jobs.client, victim.creatorId, new Date())
    await until('it is denied', async () => (await denials()).length === 1)
    await buffer.close()
  })

  it('pass every event on and mark it', async () => {
    await start()
    await allCredited(await sell(3))
    await noEventWaits()
  })

  it('end cleanly when they are told to, and lose no sale by it', async () => {
    const worker = await start()
    const challenges = await Promise.all(Array.from({ length: 20 }, () => issued(world, askFor(creator))))
    const paying = Promise.all(challenges.map(({ invoice }) => world.node.pay(invoice)))
    worker.signal('SIGTERM')
    expect(await worker.ended).toBe(0)
    await paying
    await start()
    await allCredited(challenges)
  })

  it('write no secret into their log', async () => {
    const worker = await start()
    const [challenge] = await Promise.all([issued(world, askFor(creator))])
    const { preimage } = await world.node.pay(challenge.invoice)
    await allCredited([challenge])
    expect(worker.output()).not.toContain(preimage)
    expect(worker.output()).not.toContain(encodeHex(challenge.macaroon))
    expect(worker.output()).not.toContain(world.node.read('read.macaroon').toString('hex'))
  })

  it('tell on a port of their own how late sales are booked, how jobs end and what waits, and of nobody by name', async () => {
    const [port] = await freePorts(1)
    await start({ env: { WORKERS_METRICS_PORT: String(port) } })
    await allCredited(await sell())
    await allCredited(await sell())
    const told = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    const text = await until('a sale and a job are told', async () => {
      const said = await told()
      return (
        /satstile_settlement_lag_seconds_count\{process="workers"\} [1-9]/.test(said) &&
        /satstile_job_seconds_count\{[^}]*job="relay-events"[^}]*\} [1-9]/.test(said) &&
        said
      )
    })
    for (const figure of [
      'satstile_waiting{for="invoices"',
      'satstile_waiting{for="events"',
      'satstile_db_connections{state="idle"',
    ])
      expect(text).toContain(figure)
    expect(text).not.toContain(creator.creatorId)
    const [live] = await world.database.owner.client.$queryRaw<{ count: number }[]>`
      select count(*)::int as count from live_worker where seen_at > now() - interval '10 seconds'`
    expect(live?.count).toBeGreaterThan(0)
  })

  it('refuse to start with a secret of another zone', async () => {
    const env = { LND_INVOICE_MACAROON: 'invoice.macaroon' }
    const worker = await startWorkerProcess(world, { env, awaitReady: false })
    expect(await worker.ended).toBe(78)
    expect(worker.output()).toMatch(/LND_INVOICE_MACAROON is a secret of gateway/)
  })
})
