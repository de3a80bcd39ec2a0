/** The payouts' process is killed between any two effects of a payout: after it is back, money has left once or not at all. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { findBookDifferences } from '#tests/support/find-book-differences.ts'
import { type LnurlServer, startLnurlServer } from '#tests/support/lnurl-server.ts'
import { ask, createPerson, payoutRow, walletInvoice } from '#tests/support/payout-world.ts'
import { endProcess, startPayoutsProcess } from '#tests/support/payouts-process.ts'
import { until } from '#tests/support/until.ts'

let database: TestDatabase
let node: TestNode
const children: ChildProcess[] = []
beforeAll(async () => {
  const [opened, started] = await Promise.all([openTestDatabase(), startTestNode()])
  database = opened
  node = started
})
afterEach(async () => {
  await Promise.all(children.splice(0).map(endProcess))
  await node.disturb({ stuckPayments: false, unavailableRate: 0, methods: [] })
})
afterAll(async () => {
  await node?.close()
  await database?.close()
})

function startProcess(env: Record<string, string> = {}): ChildProcess {
  const child = startPayoutsProcess({ database, node }, env)
  children.push(child)
  return child
}

const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

/** What the wallet next to the node has received for this payout. */
async function receivedMsat(paymentHash: Uint8Array | null): Promise<bigint> {
  const hash = Buffer.from(paymentHash ?? []).toString('hex')
  const records = node
    .read('log')
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; hash?: string })
  const paid = records.filter((record) => record.type === 'paid' && record.hash === hash)
  return paid.length === 0 ? 0n : BigInt(paid.length) * 10_000n
}

async function expectPaidOnce(id: string, creatorId: string): Promise<void> {
  await until('it is booked', async () => (await payoutRow(database, id)).state === 'succeeded', { withinMs: 30_000 })
  expect(await receivedMsat((await payoutRow(database, id)).paymentHash)).toBe(10_000n)
  const sent = node
    .read('log')
    .toString()
    .split('\n')
    .filter((line) => line.includes('"type":"sent"'))
  expect(new Set(sent).size).toBe(sent.length)
  expect(await readBalances(database.jobs.client, creatorId)).toMatchObject({
    availableMsat: 990_000n,
    reservedMsat: 0n,
  })
  expect(await findBookDifferences(database.jobs.client, 5)).toEqual([])
}

/** A payout whose process died there. */
async function killAt(place: string) {
  const person = await createPerson(database, 1_000)
  const id = await ask(database, person, await walletInvoice(node, 10))
  const child = startProcess({ PAYOUT_KILL_AT: place })
  await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  expect((await payoutRow(database, id)).state).toBe('dispatched')
  return { ...person, id }
}

describe('killed', () => {
  test.each(['payout.taken', 'payout.before-booking'])('at %s, it is paid once and booked once', async (place) => {
    const { id, creatorId } = await killAt(place)
    startProcess()
    await expectPaidOnce(id, creatorId)
  })

  test('before the node was told, it is not sent by the next process: its money waits for the node’s word', async () => {
    const { id, creatorId } = await killAt('payout.before-send')
    startProcess()
    await until('the node was asked', async () => (await payoutRow(database, id)).missingSinceAt !== null, {
      withinMs: 30_000,
    })
    expect((await payoutRow(database, id)).state).toBe('unknown')
    expect(await receivedMsat((await payoutRow(database, id)).paymentHash)).toBe(0n)
    expect(await readBalances(database.jobs.client, creatorId)).toMatchObject({
      availableMsat: 985_000n,
      reservedMsat: 15_000n,
    })
  })
})

/** By the node's own log, which shares nothing with ours: how often money has left to the wallet since `from`. */
function paymentsSince(from: number): number {
  const lines = node.read('log').subarray(from).toString().split('\n')
  return lines.filter((line) => line.includes('"type":"paid"')).length
}

const WALK_TO_AN_ADDRESS = [
  { place: 'payout.reserved', state: 'reserved', end: 'succeeded' },
  // It was asked for by a process that is no more: what the server has made is nobody's to send.
  { place: 'payout.resolving', state: 'reserved', end: 'failed' },
  { place: 'payout.resolved', state: 'reserved', end: 'failed' },
  { place: 'payout.fixed', state: 'fixed', end: 'succeeded' },
  { place: 'payout.before-send', state: 'dispatched', end: 'unknown' },
  { place: 'payout.taken', state: 'dispatched', end: 'succeeded' },
  { place: 'payout.before-booking', state: 'dispatched', end: 'succeeded' },
  { place: 'payout.booked', state: 'succeeded', end: 'succeeded' },
] as const

describe.each(WALK_TO_AN_ADDRESS)('on its way to an address, at $place', ({ place, state, end }) => {
  let server: LnurlServer
  beforeAll(async () => {
    server = await startLnurlServer(node)
  })
  afterAll(() => server?.close())

  /** A payout to that server, and the first process that works on it. */
  async function begin(env: Record<string, string>) {
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, { destination: server.address, sats: '10' })
    const from = node.read('log').length
    server.asked.length = 0
    const child = startProcess({ EGRESS_ALLOW: server.host, ...env })
    return { ...person, id, from, child }
  }

  async function expectEnd({ id, creatorId, from }: Awaited<ReturnType<typeof begin>>): Promise<void> {
    const hasCome = async () => (await payoutRow(database, id)).state === end
    await until(`it is ${end}`, hasCome, { withinMs: 50_000 })
    expect(paymentsSince(from)).toBe(end === 'succeeded' ? 1 : 0)
    expect(server.asked.filter((path) => path.startsWith('/pay')).length).toBeLessThanOrEqual(1)
    const left = { succeeded: [990_000n, 0n], failed: [1_000_000n, 0n], unknown: [985_000n, 15_000n] } as const
    const [availableMsat, reservedMsat] = left[end]
    expect(await readBalances(database.jobs.client, creatorId)).toMatchObject({ availableMsat, reservedMsat })
    expect(await findBookDifferences(database.jobs.client, 5)).toEqual([])
  }

  test('a process that is killed leaves what the next one brings to its one right end', async () => {
    const begun = await begin({ PAYOUT_KILL_AT: place })
    if (begun.child.signalCode === null) await once(begun.child, 'exit')
    expect([begun.child.signalCode, (await payoutRow(database, begun.id)).state]).toEqual(['SIGKILL', state])
    startProcess({ EGRESS_ALLOW: server.host })
    await expectEnd(begun)
  })
})

test('two processes, one of which stands still while it asks an address, pay nothing twice and lose nothing', async () => {
  const server = await startLnurlServer(node)
  const waiting: (() => void)[] = []
  server.invoice = (res, asked) => void waiting.push(() => server.honest.invoice(res, asked))
  const person = await createPerson(database, 1_000)
  const from = node.read('log').length
  const id = await ask(database, person, { destination: server.address, sats: '10' })
  const slow = startProcess({ EGRESS_ALLOW: server.host })
  await until('the address was asked for an invoice', async () => waiting.length === 1, { withinMs: 20_000 })
  slow.kill('SIGSTOP')
  startProcess({ EGRESS_ALLOW: server.host })
  for (const answer of waiting) answer()
  await until('it has come back', async () => (await payoutRow(database, id)).state === 'failed', { withinMs: 50_000 })
  slow.kill('SIGCONT')
  const next = await ask(database, person, await walletInvoice(node, 10), person.recoveryCodes[0])
  await expectPaidOnce(next, person.creatorId)
  expect(paymentsSince(from)).toBe(1)
  expect((await payoutRow(database, id)).paymentHash).toBeNull()
  expect(waiting).toHaveLength(1)
  await server.close()
})

test('a node that is silent keeps payouts closed, and nothing begins before it has answered', async () => {
  const { id } = await killAt('payout.taken')
  const person = await createPerson(database, 1_000)
  const next = await ask(database, person, await walletInvoice(node, 10))
  await node.disturb({ methods: ['TrackPaymentV2'], unavailableRate: 1 })
  const child = startProcess()
  await until('it has begun', async () => isAlive(child) && (await hasConnected()), { withinMs: 20_000 })
  expect((await payoutRow(database, next)).state).toBe('requested')
  expect((await payoutRow(database, id)).state).toBe('dispatched')
  await node.disturb({ unavailableRate: 0, methods: [] })
  await expectPaidOnce(id, (await payoutRow(database, id)).creatorId)
  await expectPaidOnce(next, person.creatorId)
})

/** It is connected as its role, so its rounds have begun. */
async function hasConnected(): Promise<boolean> {
  const rows = await database.owner.client.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where usename = 'satstile_payouts' and datname = current_database() and query like '%from payout where state%'`
  return (rows[0]?.count ?? 0) > 0
}

test('two processes at once pay each payout once', async () => {
  const person = await createPerson(database, 1_000)
  const id = await ask(database, person, await walletInvoice(node, 10))
  startProcess()
  startProcess()
  await expectPaidOnce(id, person.creatorId)
})
