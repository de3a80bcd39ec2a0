/** Payouts to Lightning addresses and LNURLs: the server is asked once, and whatever it answers, only what was meant is paid. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '#lib/clock.ts'
import { sha256 } from '#lib/crypto.ts'
import { createEgress, type Egress } from '#lib/egress/egress.ts'
import { readInvoice } from '#lib/l402/bolt11.ts'
import { recoverPayee } from '#lib/l402/bolt11-payee.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { createLndPayer } from '#lib/lightning/lnd/payer.ts'
import type { LightningPayer } from '#lib/lightning/payer.ts'
import { satsToMsat } from '#lib/money.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { fixPayout } from '#lib/paywall/payouts/fix-payout.ts'
import { claimResolving, listPayouts } from '#lib/paywall/payouts/payout-store.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { allowing } from '#tests/support/egress.ts'
import { hashOf, type LnurlServer, sendJson, startLnurlServer } from '#tests/support/lnurl-server.ts'
import { createMemoryLog } from '#tests/support/log.ts'
import { ask, createPerson, OPEN_KEY, type Person, payoutRow, walletInvoice } from '#tests/support/payout-world.ts'
import { until } from '#tests/support/until.ts'
import { type PayoutsDeps, type PayoutsLoop, startPayouts } from '#workers/payouts.ts'

let database: TestDatabase
let node: TestNode
let payer: LightningPayer
let server: LnurlServer
let egress: Egress
const loops: PayoutsLoop[] = []
const mails: { to: string; text: string }[] = []
const { log } = createMemoryLog()
beforeAll(async () => {
  const [opened, started] = await Promise.all([openTestDatabase(), startTestNode()])
  database = opened
  node = started
  const files = { cert: node.read('tls.cert'), macaroon: node.read('spend.macaroon') }
  payer = createLndPayer({ socket: node.socket, ...files, network: 'regtest' })
  server = await startLnurlServer(node)
  egress = createEgress({ allow: allowing(server.host) })
})
afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop()))
  Object.assign(server, server.honest)
  server.asked.length = 0
})
afterAll(async () => {
  payer?.close()
  await egress?.close()
  await server?.close()
  await node?.close()
  await database?.close()
})

function depsWith(more: Partial<PayoutsDeps> = {}): PayoutsDeps {
  return {
    ...{ db: database.payouts, clock: systemClock, log, payer, egress, network: 'regtest', appUrl: 'http://localhost' },
    ...{ openKeys: [{ key: OPEN_KEY }], cooldownSeconds: 0, everyMs: 50, killPoint: () => undefined },
    caps: { creatorMsat: satsToMsat(1_000_000), allMsat: satsToMsat(10_000_000) },
    mail: { send: async (mail) => void mails.push(mail) },
    ...more,
  }
}

const start = (more: Partial<PayoutsDeps> = {}) => loops.push(startPayouts(depsWith(more)))
const isIn = (id: string, state: string) =>
  until(`${id} is ${state}`, async () => (await payoutRow(database, id)).state === state)
const balances = ({ creatorId }: Pick<Person, 'creatorId'>) => readBalances(database.jobs.client, creatorId)
const callbacks = () => server.asked.filter((path) => path.startsWith('/pay'))
const payeeOf = (text: string) => {
  const invoice = readInvoice(text)
  const payee = invoice === null ? null : recoverPayee(sha256, invoice)
  return encodeHex(payee ?? new Uint8Array())
}
const later = (ms: number): Clock => ({ now: () => new Date(Date.now() + ms) })

test.each(['address', 'lnurl'] as const)('an honest %s is paid once, and asked once', async (kind) => {
  const person = await createPerson(database, 1_000)
  const id = await ask(database, person, { destination: ` LIGHTNING:${server[kind].toUpperCase()}`, sats: '400' })
  start()
  start()
  await isIn(id, 'succeeded')
  expect(server.asked).toEqual(['/.well-known/lnurlp/maren', '/pay?of=maren&amount=400000'])
  expect(await balances(person)).toMatchObject({ availableMsat: 600_000n, reservedMsat: 0n })
})

interface Lie {
  readonly lie: string
  readonly terms?: LnurlServer['terms']
  readonly invoice?: LnurlServer['invoice']
  readonly problem: string
}

const terms = (more: object): LnurlServer['terms'] => {
  return (res) =>
    sendJson(res, {
      ...{ tag: 'payRequest', callback: `http://${server.host}/pay`, metadata: server.metadata },
      ...{ minSendable: 1_000, maxSendable: 100_000_000, ...more },
    })
}
const pr =
  (make: () => Promise<string>): LnurlServer['invoice'] =>
  async (res) =>
    sendJson(res, { pr: await make() })
const redirect: LnurlServer['terms'] = (res) => res.writeHead(302, { location: 'http://10.0.0.1/' }).end()
const huge: LnurlServer['terms'] = (res) => res.writeHead(200).end(`{"pr":"${'x'.repeat(1_000_000)}"}`)

const LIES: readonly Lie[] = [
  { lie: 'asks for more', invoice: pr(() => walletInvoice(node, 401, hashOf(server.metadata))), problem: 'unresolved' },
  { lie: 'asks for less', invoice: pr(() => walletInvoice(node, 399, hashOf(server.metadata))), problem: 'unresolved' },
  { lie: 'describes something else', invoice: pr(() => walletInvoice(node, 400, hashOf(''))), problem: 'unresolved' },
  { lie: 'describes nothing', invoice: pr(() => walletInvoice(node, 400)), problem: 'unresolved' },
  { lie: 'gives no invoice', invoice: pr(async () => 'lnbcrt1nonsense'), problem: 'unresolved' },
  { lie: 'gives an address for an invoice', invoice: pr(async () => server.address), problem: 'unresolved' },
  {
    lie: 'is of somebody else',
    terms: terms({ metadata: '[["text/plain",""],["text/identifier","x@y.z"]]' }),
    problem: 'unresolved',
  },
  { lie: 'has metadata that is no JSON', terms: terms({ metadata: '[[' }), problem: 'unresolved' },
  { lie: 'is another kind of LNURL', terms: terms({ tag: 'withdrawRequest' }), problem: 'unresolved' },
  { lie: 'refuses', terms: (res) => sendJson(res, { status: 'ERROR', reason: 'no' }), problem: 'unresolved' },
  { lie: 'takes only more', terms: terms({ minSendable: 400_001 }), problem: 'address_bounds' },
  { lie: 'takes only less', terms: terms({ maxSendable: 399_999 }), problem: 'address_bounds' },
  {
    lie: 'has a callback in a private network',
    terms: terms({ callback: 'http://10.0.0.1/pay' }),
    problem: 'address_silent',
  },
  {
    lie: 'has a callback on this computer',
    terms: terms({ callback: 'http://127.0.0.1:8080/' }),
    problem: 'address_silent',
  },
  {
    lie: 'has a callback that is no web address',
    terms: terms({ callback: 'file:///etc/passwd' }),
    problem: 'unresolved',
  },
  { lie: 'redirects into a private network', terms: redirect, problem: 'address_silent' },
  { lie: 'redirects its callback', invoice: redirect, problem: 'address_silent' },
  { lie: 'answers with a huge body', terms: huge, problem: 'address_silent' },
  { lie: 'answers its callback with a huge body', invoice: huge, problem: 'address_silent' },
  { lie: 'hangs up', terms: (res) => res.destroy(), problem: 'address_silent' },
  { lie: 'fails', invoice: (res) => res.writeHead(500).end('{}'), problem: 'address_silent' },
]

test.each(LIES)('a server that $lie gets nothing, and all of it comes back', async ({ problem, ...lies }) => {
  const person = await createPerson(database, 1_000)
  Object.assign(server, lies)
  const id = await ask(database, person, { destination: server.address, sats: '400' })
  start()
  await isIn(id, 'failed')
  expect(await payoutRow(database, id)).toMatchObject({ problem, paymentHash: null, dispatchedAt: null })
  expect(await balances(person)).toMatchObject({ availableMsat: 1_000_000n, reservedMsat: 0n })
  expect(callbacks().length).toBeLessThanOrEqual(1)
})

test('a server that gives one invoice to two payouts is paid for one of them', async () => {
  const same = await walletInvoice(node, 400, hashOf(server.metadata))
  server.invoice = (res) => sendJson(res, { pr: same })
  const people = [await createPerson(database, 1_000), await createPerson(database, 1_000)]
  const to = { destination: server.address, sats: '400' }
  const ids = await Promise.all(people.map((person) => ask(database, person, to)))
  start()
  await until('both have ended', async () =>
    (await Promise.all(ids.map((id) => payoutRow(database, id)))).every(({ endedAt }) => endedAt !== null),
  )
  const rows = await Promise.all(ids.map((id) => payoutRow(database, id)))
  expect(rows.map(({ state }) => state).sort()).toEqual(['failed', 'succeeded'])
  expect(rows.find(({ state }) => state === 'failed')?.problem).toBe('used')
})

test('an address of our own node is not paid', async () => {
  server.invoice = pr(() => walletInvoice(node, 400, hashOf(server.metadata)))
  const person = await createPerson(database, 1_000)
  const id = await ask(database, person, { destination: server.address, sats: '400' })
  const wallet = Object.create(payer, {
    getId: { value: async () => `lnd:${payeeOf(await walletInvoice(node, 1))}` },
  }) as LightningPayer
  start({ payer: wallet })
  await isIn(id, 'failed')
  expect((await payoutRow(database, id)).problem).toBe('own_node')
})

describe('a server that stalls', () => {
  test('holds up no other payout, and a call-off meanwhile ends its own', async () => {
    server.terms = () => undefined
    const slow = await createPerson(database, 1_000)
    const stalled = await ask(database, slow, { destination: server.address, sats: '400' })
    start()
    await until('it was asked', async () => server.asked.length === 1)
    const other = await createPerson(database, 1_000)
    const quick = await ask(database, other, await walletInvoice(node, 100))
    await isIn(quick, 'succeeded')
    expect((await payoutRow(database, stalled)).state).toBe('reserved')
    await database.web.asCreator(
      slow.creatorId,
      (tx) => tx.$executeRaw`update payout set cancel_asked_at = now() where id = ${stalled}`,
    )
    await isIn(stalled, 'canceled')
    expect(await balances(slow)).toMatchObject({ availableMsat: 1_000_000n, reservedMsat: 0n })
  })
})

describe('a process that dies while it asks', () => {
  /** Reserved, and asked for by a process that is no more. */
  async function asked() {
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, { destination: server.address, sats: '400' })
    server.terms = () => undefined
    start()
    await until('it was asked', async () => (await payoutRow(database, id)).resolvingAt !== null)
    const payout = (await listPayouts(database.payouts.client, ['reserved'], 100)).find((row) => row.id === id)
    if (payout === undefined) throw new TypeError('a payout of a test is not reserved')
    Object.assign(server, server.honest)
    return { person, id, payout }
  }

  test('leaves a payout that nobody asks for again: it comes back when the answer is lost', async () => {
    const { person, id, payout } = await asked()
    await Promise.all(loops.splice(0).map((loop) => loop.stop()))
    const before = server.asked.length
    await fixPayout(depsWith(), payout)
    expect((await payoutRow(database, id)).state).toBe('reserved')
    await fixPayout(depsWith({ clock: later(60_000) }), payout)
    expect(await payoutRow(database, id)).toMatchObject({ state: 'failed', problem: 'address_silent' })
    expect(await balances(person)).toMatchObject({ availableMsat: 1_000_000n, reservedMsat: 0n })
    expect(server.asked.length).toBe(before)
  })

  test('and comes back later than that finds its payout ended: its answer is not paid', async () => {
    const { id, payout } = await asked()
    await fixPayout(depsWith({ clock: later(60_000) }), payout)
    const late = { ...payout, destination: await walletInvoice(node, 400) }
    await fixPayout(depsWith(), late)
    expect(await payoutRow(database, id)).toMatchObject({ state: 'failed', paymentHash: null })
  })
})

test('of twenty processes at once one may ask an address, and none after it', async () => {
  const person = await createPerson(database, 1_000)
  const id = await ask(database, person, { destination: server.address, sats: '1' })
  await database.owner.client
    .$executeRaw`update payout set state = 'reserved', approved_at = now(), reserved_at = now() where id = ${id}`
  const key = { creatorId: person.creatorId, id }
  const tries = Array.from({ length: 20 }, () => claimResolving(database.payouts.client, key, new Date()))
  expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1)
  await expect(
    database.owner.client.$executeRaw`update payout set resolving_at = null where id = ${id}`,
  ).rejects.toThrow('asks its address once')
})

test('a new address waits for a day, is told by mail, is asked for nothing meanwhile, and is paid then', async () => {
  const person = await createPerson(database, 1_000)
  const id = await ask(database, person, { destination: server.address, sats: '400' })
  // Told to be long ago, so that an invoice of today is still good when the day is over.
  start({ cooldownSeconds: 86_400, clock: later(-86_000_000) })
  await until('it waits', async () => (await payoutRow(database, id)).waitsUntil !== null)
  await until('it is told', async () => mails.some(({ text }) => text.includes(`address ${server.address},`)))
  expect(await payoutRow(database, id)).toMatchObject({ state: 'requested', reservedAt: null })
  expect(server.asked).toEqual([])
  await Promise.all(loops.splice(0).map((loop) => loop.stop()))
  start({ cooldownSeconds: 86_400, clock: later(500_000) })
  await isIn(id, 'succeeded')
})

test.each([
  ['name@', '400', 'destination'],
  ['name@localhost', '400', 'destination'],
  ['na me@example.com', '400', 'destination'],
  ['name@example.com:8080@x', '400', 'destination'],
  ['lnurl1dp68gurn8ghj7', '400', 'destination'],
  ['name@example.com', '', 'amount'],
  ['name@example.com', '0', 'amount'],
  ['name@example.com', '1.5', 'amount'],
  ['name@example.com', '-1', 'amount'],
  ['name@example.com', '1000', 'amount'],
])('%s with %s sats is refused beside its field', async (destination, sats, field) => {
  const person = await createPerson(database, 1_000)
  await expect(ask(database, person, { destination, sats })).rejects.toThrow(`{"${field}":`)
})
