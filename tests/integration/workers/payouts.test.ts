/** Payouts from the dashboard's row to the node and back, with a real node, a real second factor, and in the zones of both. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '#lib/clock.ts'
import { sealSecret } from '#lib/crypto.ts'
import { newId } from '#lib/ids.ts'
import { LightningFault } from '#lib/lightning/backend.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { createLndPayer } from '#lib/lightning/lnd/payer.ts'
import type { LightningPayer } from '#lib/lightning/payer.ts'
import { satsToMsat } from '#lib/money.ts'
import { readBalances } from '#lib/paywall/ledger/ledger-store.ts'
import { auditPayouts } from '#lib/paywall/payouts/audit-payouts.ts'
import { askToCancel, insertPayout, listPayouts } from '#lib/paywall/payouts/payout-store.ts'
import { payoutContext, writeProof } from '#lib/paywall/payouts/proof.ts'
import { requestFactor } from '#lib/paywall/payouts/request-factor.ts'
import { resolvePayout } from '#lib/paywall/payouts/resolve-payout.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { createMemoryLog } from '#tests/support/log.ts'
import {
  ask,
  codeOf,
  createPerson,
  createRichCreator,
  OPEN_KEY,
  type Person,
  payoutRow,
  SEAL_KEY,
  walletInvoice,
} from '#tests/support/payout-world.ts'
import { until } from '#tests/support/until.ts'
import { type PayoutsDeps, type PayoutsLoop, startPayouts } from '#workers/payouts.ts'

let database: TestDatabase
let node: TestNode
let payer: LightningPayer
const mails: { to: string; subject: string; text: string }[] = []
const { log, lines } = createMemoryLog()
let loops: PayoutsLoop[] = []

beforeAll(async () => {
  const [opened, started] = await Promise.all([openTestDatabase(), startTestNode()])
  database = opened
  node = started
  payer = createLndPayer({
    socket: node.socket,
    cert: node.read('tls.cert'),
    macaroon: node.read('spend.macaroon'),
    network: 'regtest',
  })
})
afterAll(async () => {
  payer?.close()
  await node?.close()
  await database?.close()
})
afterEach(async () => {
  await Promise.all(loops.map((loop) => loop.stop()))
  loops = []
  await node.disturb({ stuckPayments: false, routingFeeMsat: 0, failPaymentRate: 0, methods: [], unavailableRate: 0 })
  await database.owner.client.$executeRaw`delete from payout_stop`
})

function depsWith(more: Partial<PayoutsDeps> = {}): PayoutsDeps {
  return {
    ...{ db: database.payouts, clock: systemClock, log, payer, network: 'regtest', appUrl: 'http://localhost:3000' },
    egress: { request: async () => Promise.reject(new TypeError('no payout here has an address')) },
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

describe('a payout', () => {
  test('is paid once: what its way cost goes with it, the rest of the cap comes back, and the proof of payment is kept', async () => {
    await node.disturb({ routingFeeMsat: 1_500 })
    const person = await createPerson(database, 1_000)
    const invoice = await walletInvoice(node, 400)
    const id = await ask(database, person, ` LIGHTNING:${invoice.toUpperCase()} `)
    start()
    await isIn(id, 'succeeded')
    expect(await balances(person)).toMatchObject({ availableMsat: 598_500n, reservedMsat: 0n })
    const row = await payoutRow(database, id)
    expect([row.feeMsat, row.preimage?.length]).toEqual([1_500n, 32])
  })

  test('that the node fails is failed, and all of it comes back', async () => {
    await node.disturb({ failPaymentRate: 1 })
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 400))
    start()
    await isIn(id, 'failed')
    expect(await balances(person)).toMatchObject({ availableMsat: 1_000_000n, reservedMsat: 0n })
    expect((await payoutRow(database, id)).problem).toBe('no_route')
  })

  test('whose way costs more than its cap is not sent that way', async () => {
    await node.disturb({ routingFeeMsat: 5_001 })
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 400))
    start()
    await isIn(id, 'failed')
    expect(await balances(person)).toMatchObject({ availableMsat: 1_000_000n, reservedMsat: 0n })
  })

  test('in flight is not yet known: its money stays reserved, through a node that restarts, until the node’s last word', async () => {
    await node.disturb({ stuckPayments: true })
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 400))
    start()
    await until('the node has it', async () => (await payoutRow(database, id)).state === 'dispatched')
    await until('the node lists it', async () =>
      (await payer.listPayments({ after: null, limit: 100 })).some(({ state }) => state.kind === 'in-flight'),
    )
    await node.kill()
    await isIn(id, 'unknown')
    expect(await balances(person)).toMatchObject({ availableMsat: 595_000n, reservedMsat: 405_000n })
    // The plan of faults is gone with the process: what was stuck comes to its end.
    await node.start()
    const [payout] = (await listPayouts(database.payouts.client, ['unknown'], 10)).filter((row) => row.id === id)
    if (payout === undefined) throw new RangeError('not unknown any more')
    await until('the node answers', async () => {
      await resolvePayout(depsWith(), payout)
      return (await payoutRow(database, id)).state === 'succeeded'
    })
    expect(await balances(person)).toMatchObject({ availableMsat: 600_000n, reservedMsat: 0n })
  })

  test('of which two are under way already waits', async () => {
    await node.disturb({ stuckPayments: true })
    const person = await createPerson(database, 1_000)
    const codes = [codeOf(person), ...person.recoveryCodes]
    const ids: string[] = []
    for (const code of codes.slice(0, 3)) ids.push(await ask(database, person, await walletInvoice(node, 100), code))
    start()
    await until(
      'two are sent',
      async () => (await statesOf(ids)).filter((state) => state === 'dispatched').length === 2,
    )
    await until('the third is approved', async () => (await payoutRow(database, ids[2] ?? '')).approvedAt !== null)
    expect((await statesOf(ids)).toSorted()).toEqual(['dispatched', 'dispatched', 'requested'])
    await node.disturb({ stuckPayments: false })
    for (const id of ids) await isIn(id, 'succeeded')
  })

  test.each([
    ['creator_cap', { creatorMsat: satsToMsat(399), allMsat: satsToMsat(10_000) }],
    ['daily_cap', { creatorMsat: satsToMsat(10_000), allMsat: 0n }],
  ])('above its cap is refused: %s', async (problem, caps) => {
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 400))
    start({ caps })
    await isIn(id, 'failed')
    expect((await payoutRow(database, id)).problem).toBe(problem)
    expect(await balances(person)).toMatchObject({ availableMsat: 1_000_000n, reservedMsat: 0n })
  })

  test('to an invoice of our own node is refused', async () => {
    const [cert, macaroon] = [node.read('tls.cert'), node.read('invoice.macaroon')]
    const own = createLndBackend({ socket: node.socket, cert, macaroon, network: 'regtest', log })
    const { invoice } = await own.createInvoice({ amountMsat: satsToMsat(10), memo: 'own', expirySeconds: 600 })
    own.close()
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, invoice)
    start()
    await isIn(id, 'failed')
    expect((await payoutRow(database, id)).problem).toBe('own_node')
  })

  test('of another amount than its invoice is refused, whatever its proof is', async () => {
    const person = await createPerson(database, 1_000)
    const about = { creatorId: person.creatorId, id: newId('pay'), amountMsat: satsToMsat(20) }
    const row = {
      ...about,
      destination: await walletInvoice(node, 10),
      askedBy: person.userId,
      feeCapMsat: satsToMsat(5),
    }
    const proofSealed = sealSecret(SEAL_KEY, writeProof({ code: codeOf(person) }), payoutContext(row))
    await database.web.asCreator(person.creatorId, (tx) => insertPayout(tx, { ...row, proofSealed }))
    start()
    await isIn(about.id, 'failed')
    expect((await payoutRow(database, about.id)).problem).toBe('amount')
  })

  test('to an invoice that another payout has is refused', async () => {
    const person = await createPerson(database, 10_000)
    const taken = await walletInvoice(node, 10)
    const codes = [...person.recoveryCodes]
    const first = await ask(database, person, taken, codes[0])
    start()
    await isIn(first, 'succeeded')
    const again = await ask(database, person, taken, codes[1])
    await isIn(again, 'failed')
    expect((await payoutRow(database, again)).problem).toBe('used')
    expect((await balances(person)).reservedMsat).toBe(0n)
  })

  test('is judged and paid by several processes at once as by one: neither its code nor its own money is held against it', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => createPerson(database, 1_000)))
    const asked = await Promise.all(people.map(async (person) => ask(database, person, await walletInvoice(node, 10))))
    for (let n = 0; n < 3; n += 1) start({ everyMs: 1 })
    await until('all have an end', async () => {
      const rows = await Promise.all(asked.map((id) => payoutRow(database, id)))
      return rows.every(({ endedAt }) => endedAt !== null)
    })
    const rows = await Promise.all(asked.map((id) => payoutRow(database, id)))
    expect(rows.map(({ state, problem }) => [state, problem])).toEqual(asked.map(() => ['succeeded', null]))
    for (const { creatorId } of people)
      expect(await readBalances(database.jobs.client, creatorId)).toMatchObject({
        availableMsat: 990_000n,
        reservedMsat: 0n,
      })
  })

  test('called off before it is sent never is', async () => {
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 400))
    expect(
      await database.web.asCreator(person.creatorId, (tx) => askToCancel(tx, { creatorId: person.creatorId, id })),
    ).toBe(true)
    start()
    await isIn(id, 'canceled')
    expect(await balances(person)).toMatchObject({ availableMsat: 1_000_000n, reservedMsat: 0n })
  })
})

async function statesOf(ids: readonly string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => (await payoutRow(database, id)).state))
}

describe('the second factor', () => {
  test('that is wrong pays nothing, and after five wrong ones the right one waits too', async () => {
    const person = await createPerson(database, 10_000)
    const wrong = String((Number(codeOf(person)) + 1) % 1_000_000).padStart(6, '0')
    start()
    for (let n = 0; n < 5; n += 1) {
      const id = await ask(database, person, await walletInvoice(node, 10), wrong)
      await isIn(id, 'failed')
      expect((await payoutRow(database, id)).problem).toBe('code')
    }
    const id = await ask(database, person, await walletInvoice(node, 10))
    await isIn(id, 'failed')
    expect((await payoutRow(database, id)).problem).toBe('locked')
  })

  test('counts once: neither its code nor a recovery code is taken again', async () => {
    const person = await createPerson(database, 10_000)
    const recovery = person.recoveryCodes[0] ?? ''
    start()
    for (const code of [codeOf(person), recovery]) {
      const first = await ask(database, person, await walletInvoice(node, 10), code)
      await isIn(first, 'succeeded')
      const second = await ask(database, person, await walletInvoice(node, 10), code)
      await isIn(second, 'failed')
    }
  })

  test('that was given for one payout opens no other: not another amount, destination or creator', async () => {
    const person = await createPerson(database, 10_000)
    const asked = await ask(database, person, await walletInvoice(node, 10))
    const { proofSealed } = await payoutRow(database, asked)
    await database.web.asCreator(person.creatorId, (tx) => askToCancel(tx, { creatorId: person.creatorId, id: asked }))
    const invoice = await walletInvoice(node, 9_000)
    const id = 'pay_moved'
    const row = { creatorId: person.creatorId, id, amountMsat: satsToMsat(9_000), feeCapMsat: satsToMsat(45) }
    await database.web.asCreator(person.creatorId, (tx) =>
      insertPayout(tx, { ...row, destination: invoice, askedBy: person.userId, proofSealed }),
    )
    start()
    await isIn(id, 'failed')
    expect((await payoutRow(database, id)).problem).toBe('code')
  })

  test('is taken over by its own code alone, and a second one by a code of the first', async () => {
    const person = await createPerson(database, 1_000)
    const secret = randomBytes(20)
    const request = (proof: { code: string; previous?: string }) =>
      requestFactor({ db: database.web, sealKey: SEAL_KEY }, { ...person, secret, proof })
    const confirmed = async (id: string) => {
      const find = () => database.owner.client.payoutFactor.findFirstOrThrow({ where: { id } })
      await until('it is looked at', async () => (await find()).checkedAt !== null)
      return (await find()).confirmedAt !== null
    }
    start()
    expect(await confirmed((await request({ code: codeOf({ secret }) })).id)).toBe(false)
    expect(await confirmed((await request({ code: '000000', previous: person.recoveryCodes[0] ?? '' })).id)).toBe(false)
    expect(
      await confirmed((await request({ code: codeOf({ secret }), previous: person.recoveryCodes[1] ?? '' })).id),
    ).toBe(true)
    const id = await ask(database, { ...person, secret }, await walletInvoice(node, 10), codeOf({ secret }, 1))
    await isIn(id, 'succeeded')
    expect(mails.some(({ subject }) => subject.includes('authenticator'))).toBe(true)
  })

  test('that nobody has set up keeps all money here', async () => {
    const made = await createRichCreator(database, 1_000)
    const person = { ...made, secret: randomBytes(20), recoveryCodes: [] }
    const id = await ask(database, person, await walletInvoice(node, 10))
    start()
    await isIn(id, 'failed')
    expect((await payoutRow(database, id)).problem).toBe('no_factor')
  })
})

describe('a new destination', () => {
  test('is told by mail before anything goes there, and an invoice that ends before it may be used is refused', async () => {
    mails.length = 0
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 10), person.recoveryCodes[0])
    start({ cooldownSeconds: 86_400 })
    await isIn(id, 'failed')
    expect((await payoutRow(database, id)).problem).toBe('new_destination')
    await until('the mail', () => mails.length > 0)
    const { email } = await database.owner.client.user.findFirstOrThrow({ where: { id: person.userId } })
    expect(mails[0]).toMatchObject({ to: email, subject: 'A new destination for your money' })
    expect((await balances(person)).availableMsat).toBe(1_000_000n)
  })

  test('waits for its time, and is used after it', async () => {
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 10), person.recoveryCodes[0])
    let offsetMs = 0
    const clock: Clock = { now: () => new Date(Date.now() + offsetMs) }
    start({ cooldownSeconds: 1_800, clock })
    await until('it waits', async () => (await payoutRow(database, id)).waitsUntil !== null)
    expect((await payoutRow(database, id)).state).toBe('requested')
    offsetMs = 1_801_000
    await isIn(id, 'succeeded')
  })

  test('that cannot be told by mail waits', async () => {
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 10), person.recoveryCodes[0])
    let tried = 0
    const mail = {
      send: () => {
        tried += 1
        return Promise.reject(new RangeError('no mail server'))
      },
    }
    start({ mail })
    await until('it was tried twice', () => tried >= 2)
    expect((await payoutRow(database, id)).state).toBe('requested')
  })
})

describe('the audit', () => {
  test('finds nothing wrong with what was paid', async () => {
    expect(await auditPayouts(depsWith())).toBe(0)
  })

  test('books what the node has paid and the books do not know yet', async () => {
    await node.disturb({ stuckPayments: true })
    const person = await createPerson(database, 1_000)
    const id = await ask(database, person, await walletInvoice(node, 10))
    start()
    await isIn(id, 'dispatched')
    await loops.pop()?.stop()
    await database.owner.client
      .$executeRaw`update payout set state = 'unknown' where id = ${id} and state = 'dispatched'`
    await node.disturb({ stuckPayments: false })
    await until('the audit books it', async () => {
      await auditPayouts(depsWith())
      return (await payoutRow(database, id)).state === 'succeeded'
    })
  })
})

test('a payout that the node never had is failed only when its invoice has run out and it was missed twice', async () => {
  const person = await createPerson(database, 1_000)
  const id = await ask(database, person, await walletInvoice(node, 10))
  let offsetMs = 0
  const clock: Clock = { now: () => new Date(Date.now() + offsetMs) }
  const away = new LightningFault('lightning.unavailable', 'the connection broke before anything was sent')
  start({ clock, payer: { ...payer, payInvoice: () => Promise.reject(away) } })
  const missed = async (times: number) => {
    const before = (await payoutRow(database, id)).nodeAskedAt
    await until(
      `look-up ${times}`,
      async () => (await payoutRow(database, id)).nodeAskedAt?.getTime() !== before?.getTime(),
    )
  }
  await isIn(id, 'unknown')
  await until('the first look-up', async () => (await payoutRow(database, id)).missingSinceAt !== null)
  offsetMs = 120_000
  await missed(2)
  expect((await payoutRow(database, id)).state).toBe('unknown')
  expect((await balances(person)).reservedMsat).toBe(15_000n)
  offsetMs = 3_600_000 + 120_000
  await isIn(id, 'failed')
  expect((await payoutRow(database, id)).problem).toBe('not_sent')
  expect(await balances(person)).toMatchObject({ availableMsat: 1_000_000n, reservedMsat: 0n })
})

// The last here: the node's list has the payment from then on.
test('a payment which no payout explains stops every payout and says so', async () => {
  const stolen = await walletInvoice(node, 5)
  await payer.payInvoice({ invoice: stolen, feeCapMsat: satsToMsat(5), timeoutSeconds: 10, onTaken: () => undefined })
  const person = await createPerson(database, 1_000)
  const id = await ask(database, person, await walletInvoice(node, 10))
  start()
  await until('it stops', async () => (await database.owner.client.payoutStop.count()) === 1)
  expect(lines.some(({ level, fields }) => level === 'error' && fields.reason === 'unexplained')).toBe(true)
  expect((await payoutRow(database, id)).state).toBe('requested')
})
