/** The books guard themselves: what no code of ours should ever try is refused by Postgres, also for the owner. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '#lib/ids.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'

let database: TestDatabase
let creatorId: string
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

beforeEach(async () => {
  creatorId = newId('cre')
  const shortId = creatorId.slice(-8)
  await database.owner.client.creator.create({ data: { id: creatorId, shortId, handle: shortId, name: 'Name' } })
})

type Move = readonly [from: string, to: string, amountMsat: bigint]

/** One entry with its postings, as the workers' role. */
async function post(...moves: Move[]): Promise<string> {
  const entryId = newId('ent')
  await database.jobs.inTransaction(async (tx) => {
    await tx.ledgerEntry.create({ data: { creatorId, id: entryId, kind: 'sale', businessKey: entryId } })
    await tx.posting.createMany({
      data: moves.map(([fromAccount, toAccount, amountMsat], n) => ({
        creatorId,
        entryId,
        n,
        fromAccount,
        toAccount,
        amountMsat,
      })),
    })
  })
  return entryId
}

async function balances(): Promise<Record<string, bigint>> {
  const rows = await database.owner.client.ledgerAccount.findMany({ where: { creatorId } })
  return Object.fromEntries(rows.map((row) => [row.kind, row.balanceMsat]))
}

describe('balances', () => {
  test('a balance is in minus out, kept by the postings alone', async () => {
    await post(['node', 'settling', 900n], ['node', 'fee', 100n])
    await post(['settling', 'available', 400n])
    expect(await balances()).toEqual({ node: -1000n, settling: 500n, fee: 100n, available: 400n })
  })

  test.each(['settling', 'available', 'reserved'])('%s never falls below zero', async (account) => {
    await post(['node', account, 100n])
    await expect(post([account, 'fee', 101n])).rejects.toThrow(/ledger_account_no_overdraft/)
    expect((await balances())[account]).toBe(100n)
  })

  test('twenty withdrawals of a whole balance at once: one wins', async () => {
    await post(['node', 'available', 1000n])
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => post(['available', 'reserved', 1000n])))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await balances()).toEqual({ node: -1000n, available: 0n, reserved: 1000n })
  })

  test('entries that cross in their accounts all land', async () => {
    await post(['node', 'settling', 1000n], ['node', 'available', 1000n])
    const there = Array.from({ length: 10 }, () => post(['settling', 'available', 1n], ['node', 'fee', 1n]))
    const back = Array.from({ length: 10 }, () => post(['fee', 'node', 0n + 1n], ['available', 'settling', 1n]))
    await Promise.all([...there, ...back])
    expect(await balances()).toEqual({ node: -2000n, settling: 1000n, available: 1000n, fee: 0n })
  })

  test('a balance that somebody writes without a posting is refused at commit', async () => {
    await post(['node', 'settling', 100n])
    const forged = database.owner.inTransaction(
      (tx) =>
        tx.$executeRaw`update ledger_account set balance_msat = 500 where creator_id = ${creatorId} and kind = 'settling'`,
    )
    await expect(forged).rejects.toThrow(/do not sum to zero/)
    expect((await balances()).settling).toBe(100n)
  })
})

describe('postings', () => {
  test.each([0n, -1n])('an amount of %s is refused', async (amount) => {
    await expect(post(['node', 'settling', amount])).rejects.toThrow(/posting_amount_positive/)
  })

  test('money does not move from an account to itself', async () => {
    await expect(post(['node', 'node', 1n])).rejects.toThrow(/posting_moves/)
  })

  test('an account that does not exist is refused', async () => {
    await expect(post(['node', 'pocket', 1n])).rejects.toThrow(/posting_accounts_known/)
  })

  test('an entry that moves nothing is refused at commit', async () => {
    const empty = database.jobs.inTransaction((tx) =>
      tx.ledgerEntry.create({ data: { creatorId, id: 'ent_empty', kind: 'sale', businessKey: 'empty' } }),
    )
    await expect(empty).rejects.toThrow(/has no postings/)
  })

  test('a posting without its entry is refused', async () => {
    const orphan = database.jobs.client.posting.create({
      data: { creatorId, entryId: 'ent_none', n: 0, fromAccount: 'node', toAccount: 'fee', amountMsat: 1n },
    })
    await expect(orphan).rejects.toThrow(/Foreign key constraint/)
  })

  test('one business event is booked once', async () => {
    const entry = (id: string) =>
      database.jobs.inTransaction(async (tx) => {
        await tx.ledgerEntry.create({ data: { creatorId, id, kind: 'sale', businessKey: 'sale/1' } })
        await tx.posting.create({
          data: { creatorId, entryId: id, n: 0, fromAccount: 'node', toAccount: 'fee', amountMsat: 5n },
        })
      })
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => entry(`ent_${n}`)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await balances()).toEqual({ node: -5n, fee: 5n })
  })
})

describe('append-only, for the owner of the tables too', () => {
  beforeEach(async () => {
    await post(['node', 'settling', 100n])
    await database.owner.client.resource.create({
      data: { creatorId, id: 'res', kind: 'article', slug: 'slug', title: 'Title' },
    })
    await database.owner.client.offer.create({ data: { creatorId, id: 'off', resourceId: 'res', kind: 'single' } })
    await database.owner.client.price.create({ data: { creatorId, offerId: 'off', version: 1, amountMsat: 1000n } })
  })

  const statements = ['ledger_entry', 'posting', 'price'].flatMap((table) => [
    `update ${table} set creator_id = creator_id`,
    `delete from ${table}`,
    `truncate ${table} cascade`,
  ])
  test.each(statements)('%s', async (statement) => {
    await expect(database.owner.client.$executeRawUnsafe(statement)).rejects.toThrow(/is append-only/)
  })
})

describe('settlements', () => {
  const hash = () => new Uint8Array(32).map(() => Math.floor(Math.random() * 256))

  async function settle(overrides: Record<string, unknown> = {}): Promise<Uint8Array<ArrayBuffer>> {
    const paymentHash = hash()
    await database.jobs.client.settlement.create({
      data: {
        ...{
          paymentHash,
          creatorId,
          challengeId: newId('chl'),
          tokenId: hash(),
          resourceId: 'res',
          offerId: 'off',
          priceVersion: 1,
        },
        ...{
          amountMsat: 1000n,
          receivedMsat: 1000n,
          feeMsat: 0n,
          services: ['s'],
          caveats: [],
          channel: 'http',
          invoice: 'lnbc',
        },
        ...{ source: 'stream', settledAt: new Date(), ...overrides },
      },
    })
    return paymentHash
  }

  test('one payment hash is credited once, to whomever', async () => {
    const paymentHash = await settle()
    await expect(settle({ paymentHash })).rejects.toThrow(/Unique constraint/)
  })

  test.each([
    ['nothing received', { receivedMsat: 0n }, /settlement_received_positive/],
    ['what nobody paid', { source: 'grant' }, /settlement_source_known/],
    ['a receipt, which is an entitlement', { source: 'receipt', receivedMsat: 0n }, /settlement_/],
    ['a backend without its kind', { backendId: '02ab' }, /settlement_backend_form/],
    ['a place that does not sort as ASCII', { settleCursor: 'é' }, /settlement_backend_form/],
    ['a fee above what arrived', { feeMsat: 1001n }, /settlement_fee_inside/],
    ['a negative fee', { feeMsat: -1n }, /settlement_fee_inside/],
    ['an unknown source', { source: 'rumour' }, /settlement_source_known/],
    ['a short token id', { tokenId: new Uint8Array(31) }, /settlement_bytes_form/],
  ])('%s is refused', async (_, overrides, constraint) => {
    await expect(settle(overrides)).rejects.toThrow(constraint)
  })

  test('what was paid is never changed or deleted', async () => {
    const paymentHash = await settle()
    const change = database.owner.client.settlement.update({ where: { paymentHash }, data: { receivedMsat: 5n } })
    await expect(change).rejects.toThrow(/append-only/)
    await expect(database.owner.client.settlement.deleteMany()).rejects.toThrow(/append-only/)
  })

  test('a hold is released once', async () => {
    const paymentHash = await settle()
    const release = () =>
      database.jobs.client.$executeRaw`update settlement set released_at = now() where payment_hash = ${paymentHash}`
    expect(await release()).toBe(1)
    await expect(release()).rejects.toThrow(/append-only/)
  })
})
