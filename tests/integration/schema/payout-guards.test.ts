/** Payouts guard themselves: no way but those of the graph, nothing that was fixed changes, and only one role writes what they are. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
import { type PayoutState, statesBefore } from '#lib/paywall/payouts/payout.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'

const CREATOR = 'cre_a'
const STATES: readonly PayoutState[] = [
  ...(['requested', 'reserved', 'fixed', 'dispatched'] as const),
  ...(['unknown', 'succeeded', 'failed', 'canceled'] as const),
]

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
  const { client } = database.owner
  await client.creator.create({ data: { id: CREATOR, shortId: 'aaa', handle: 'a', name: 'A' } })
})
afterAll(() => database.close())

/** A whole payout in that state, written by the owner. */
async function payoutIn(state: PayoutState): Promise<string> {
  const at = new Date()
  const row = await database.owner.client.payout.create({
    data: {
      ...{ creatorId: CREATOR, id: newId('pay'), state, amountMsat: 1_000n, feeCapMsat: 0n, destination: 'lnbc' },
      ...{ askedBy: 'u', proofSealed: randomBytes(8), approvedAt: at, reservedAt: at, dispatchedAt: at },
      ...{ invoice: 'lnbc', paymentHash: randomBytes(32), preimage: randomBytes(32), feeMsat: 0n },
    },
  })
  return row.id
}

const move = (id: string, set: string) =>
  database.payouts.client.$executeRawUnsafe(`update payout set ${set} where id = '${id}'`)

describe.each(STATES)('from %s', (from) => {
  test.each(STATES.filter((to) => to !== from))('to %s as the graph says, for the payouts too', async (to) => {
    const attempt = move(await payoutIn(from), `state = '${to}'`)
    if (statesBefore(to).includes(from)) expect(await attempt).toBe(1)
    else await expect(attempt).rejects.toThrow(/does not go|has ended/)
  })
})

test.each([
  ['amount_msat = 2', 'what a payout was asked for never changes'],
  ["destination = 'elsewhere'", 'what a payout was asked for never changes'],
  [`payment_hash = decode(repeat('0e', 32), 'hex')`, 'what a payout was asked for never changes'],
  ["invoice = 'another'", 'what a payout was asked for never changes'],
])('what was fixed stays, for the owner too: %s', async (set, why) => {
  const id = await payoutIn('fixed')
  await expect(database.owner.client.$executeRawUnsafe(`update payout set ${set} where id = '${id}'`)).rejects.toThrow(
    why,
  )
})

test('a payout that has ended never changes, and none goes away', async () => {
  const id = await payoutIn('failed')
  await expect(move(id, "problem = 'balance'")).rejects.toThrow(/has ended/)
  await expect(database.owner.client.$executeRaw`delete from payout`).rejects.toThrow(/append-only|never change/)
})

test('two payouts never have one payment hash', async () => {
  const id = await payoutIn('dispatched')
  const twin = database.owner.client.$executeRaw`
    insert into payout (creator_id, id, amount_msat, fee_cap_msat, destination, asked_by, proof_sealed, payment_hash)
    select creator_id, 'pay_twin', 1, 0, 'lnbc', 'u', proof_sealed, payment_hash from payout where id = ${id}`
  await expect(twin).rejects.toThrow(/Unique constraint|payout_payment_hash_key|duplicate key/)
})

test('the dashboard asks and calls off, and writes nothing else of a payout', async () => {
  const as = (statement: string) => database.web.asCreator(CREATOR, (tx) => tx.$executeRawUnsafe(statement))
  const columns = 'creator_id, id, amount_msat, fee_cap_msat, destination, asked_by, proof_sealed'
  expect(await as(`insert into payout (${columns}) values ('${CREATOR}', 'pay_web', 1, 0, 'lnbc', 'u', 'x')`)).toBe(1)
  expect(await as(`update payout set cancel_asked_at = now() where id = 'pay_web'`)).toBe(1)
  for (const statement of [
    `insert into payout (${columns}, state) values ('${CREATOR}', 'pay_w2', 1, 0, 'lnbc', 'u', 'x', 'fixed')`,
    `insert into payout (${columns}, approved_at) values ('${CREATOR}', 'pay_w3', 1, 0, 'lnbc', 'u', 'x', now())`,
    `update payout set state = 'failed' where id = 'pay_web'`,
    `update payout set approved_at = now() where id = 'pay_web'`,
    `insert into payout_destination (creator_id, name, usable_at) values ('${CREATOR}', 'node x', now())`,
    `update payout_factor set confirmed_at = now()`,
    `select secret_sealed from payout_factor`,
    `select proof_sealed from payout`,
    `insert into ledger_entry (creator_id, id, kind, business_key) values ('${CREATOR}', 'e', 'payout', 'k')`,
    `delete from payout_stop`,
  ])
    await expect(as(statement), statement).rejects.toThrow(/permission denied/)
})

test.each(['gate', 'jobs'] as const)('%s neither reads nor writes a payout', async (role) => {
  for (const statement of [
    'select id from payout',
    "update payout set state = 'failed'",
    'select id from payout_factor',
  ])
    await expect(database[role].client.$queryRawUnsafe(statement)).rejects.toThrow(/permission denied/)
})

test('the payouts write no sale, no key, no price, and see nobody’s session', async () => {
  for (const statement of [
    'select 1 from settlement',
    'select 1 from ring_key',
    'select 1 from session',
    `select image from "user"`,
    'update ledger_account set balance_msat = 0',
    'delete from payout_stop',
    `insert into payout (creator_id, id, amount_msat, fee_cap_msat, destination, asked_by, proof_sealed) values ('${CREATOR}', 'pay_p', 1, 0, 'lnbc', 'u', 'x')`,
  ])
    await expect(database.payouts.client.$queryRawUnsafe(statement), statement).rejects.toThrow(/permission denied/)
})
