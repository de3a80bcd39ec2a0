/** The audit walks what is new, comes to its end or says that it did not, and no trouble of one walk ends another. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Backends, Cursor } from '#lib/lightning/backend.ts'
import { auditLedger } from '#lib/paywall/ledger/audit-ledger.ts'
import { walkBalances, walkEntries, walkSales } from '#lib/paywall/ledger/audit-store.ts'
import { insertCreators, insertSales } from '#tests/support/fill.ts'
import { askFor, issued, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

const { signal } = new AbortController()

/** The backends of the jobs, noting where each page of the list was asked for. */
function listening(): { backends: Backends; asked: (Cursor | null)[] } {
  const asked: (Cursor | null)[] = []
  const [backend] = world.settleDeps.backends.list()
  if (backend === undefined) throw new TypeError('the world has no backend')
  const listInvoices: typeof backend.listInvoices = (input) => {
    asked.push(input.after)
    return backend.listInvoices(input)
  }
  return { backends: { ...world.settleDeps.backends, list: () => [{ ...backend, listInvoices }] }, asked }
}

async function payOne(): Promise<void> {
  const challenge = await issued(world, askFor(await world.createCreator()))
  await world.node.pay(challenge.invoice)
}

describe('the audit', () => {
  it('reads of the list of a node only what came after the last invoice that was final', async () => {
    await payOne()
    const { backends, asked } = listening()
    const deps = { ...world.settleDeps, backends }
    expect(await auditLedger(deps, signal)).toMatchObject({ node: 1, isComplete: true })
    expect(asked[0]).toBeNull()
    asked.length = 0
    await payOne()
    expect(await auditLedger(deps, signal)).toMatchObject({ node: 1 })
    expect(asked[0]).not.toBeNull()
    expect(await auditLedger(deps, signal)).toMatchObject({ node: 0 })
  })

  it('keeps an invoice before its mark until it is final', async () => {
    const open = await issued(world, askFor(await world.createCreator()))
    await payOne()
    expect((await auditLedger(world.settleDeps, signal)).node).toBe(1)
    await world.node.pay(open.invoice)
    expect((await auditLedger(world.settleDeps, signal)).node).toBe(1)
  })

  it('that cannot read the books says so, and compares with the node all the same', async () => {
    await payOne()
    const owner = world.database.owner.client
    await owner.$executeRaw`revoke select on posting from satstile_jobs`
    world.log.lines.length = 0
    const result = await auditLedger(world.settleDeps, signal)
    await owner.$executeRaw`grant select on posting to satstile_jobs`
    expect(result).toMatchObject({ node: 1, isComplete: false })
    const alarms = world.log.lines.filter(
      ({ level, message }) => level === 'error' && message.includes('did not complete'),
    )
    expect(alarms.map(({ fields }) => fields.reason)).toEqual(['balances', 'sales'])
    expect(await auditLedger(world.settleDeps, signal)).toMatchObject({ isComplete: true })
  })

  it('tells of a sale that was never booked each time, and of none twice in one walk of many windows', async () => {
    const [creatorId = ''] = await insertCreators(world.database.owner, 'audited', 1)
    await insertSales(world.database.owner, { creatorId, count: 25 })
    for (let n = 0; n < 2; n += 1) expect((await auditLedger(world.settleDeps, signal)).books).toBe(25)
    let found = 0
    let windows = 0
    for (let from: Date | null = new Date(0); from !== null; windows += 1) {
      const walked: Awaited<ReturnType<typeof walkSales>> = await walkSales(world.database.jobs.client, {
        from,
        limit: 10,
      })
      found += walked.differences.length
      from = walked.next
    }
    expect(found).toBe(25)
    expect(windows).toBeGreaterThan(1)
  })

  it('adds each posting to the sums once, and compares balances with sums and what moved since', async () => {
    const { owner } = world.database
    const [creatorId = ''] = await insertCreators(owner, 'summed', 1)
    await owner.client.auditMark.deleteMany()
    await owner.client.auditSum.deleteMany()
    const book = (age: string, first: number) =>
      owner.inTransaction(async (tx) => {
        await tx.$executeRaw`
          insert into ledger_entry (creator_id, id, kind, business_key, created_at)
          select ${creatorId}, 'ent_' || n, 'sale', 'by-hand:' || n, now() - ${age}::interval from generate_series(${first}::int, ${first}::int + 9) as n`
        await tx.$executeRaw`
          insert into posting (creator_id, entry_id, n, from_account, to_account, amount_msat)
          select ${creatorId}, 'ent_' || n, 0, 'node', 'settling', 1000 from generate_series(${first}::int, ${first}::int + 9) as n`
      })
    const differences = async () =>
      (await walkBalances(world.database.jobs.client, { after: '', limit: 1_000 })).differences.filter(
        (each) => each.creatorId === creatorId,
      )
    const sums = () => owner.client.auditSum.findMany({ where: { creatorId }, orderBy: { account: 'asc' } })
    await book('1 hour', 1)
    await book('0 hours', 100)
    const walk = () =>
      world.database.jobs.inTransaction((tx) => walkEntries(tx, { before: new Date(Date.now() - 60_000), limit: 3 }))
    // Both walk at once, window by window, until neither finds more.
    for (let more = [true]; more.includes(true); ) more = await Promise.all([walk(), walk()])
    expect((await sums()).map(({ account, totalMsat }) => [account, totalMsat])).toEqual([
      ['node', -10_000n],
      ['settling', 10_000n],
    ])
    expect(await differences()).toEqual([])
    await owner.client.$transaction([
      owner.client.$executeRawUnsafe('alter table ledger_account disable trigger all'),
      owner.client
        .$executeRaw`update ledger_account set balance_msat = balance_msat + 1 where creator_id = ${creatorId} and kind = 'settling'`,
      owner.client.$executeRawUnsafe('alter table ledger_account enable trigger all'),
    ])
    expect((await differences()).map(({ what }) => what).toSorted()).toEqual(['balance', 'zero-sum'])
  })
})
