/** The group commit: every waiter hears of its own row, and nobody hears "committed" of a row that is not. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { asTokenId } from '#lib/l402/identifier.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import { msat } from '#lib/money.ts'
import type { NewChallenge } from '#lib/paywall/challenges/challenge.ts'
import { findChallenge } from '#lib/paywall/challenges/challenge-store.ts'
import { createChallengeWriter } from '#lib/paywall/challenges/challenge-writer.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { silentLog } from '#tests/support/log.ts'

let database: TestDatabase
const creatorId = newId('cre')
beforeAll(async () => {
  database = await openTestDatabase()
  await database.owner.client.$executeRaw`
    insert into creator (id, short_id, handle, name) values (${creatorId}, 'k3h', 'harbor', 'Harbor Notes')`
})
afterAll(() => database.close())

function row(more: Partial<NewChallenge> = {}): NewChallenge {
  return {
    creatorId,
    id: newId('chl'),
    tokenId: asTokenId(randomBytes(32)),
    paymentHash: asPaymentHash(randomBytes(32)),
    resourceId: 'res_1',
    offerId: 'off_1',
    priceVersion: 1,
    amountMsat: msat(210_000n),
    services: ['k3h-tides'],
    caveats: ['services=k3h-tides:0', 'k3h-tides_capabilities=read'],
    parents: [{ service: 'k3h-x', tokenId: 'ab'.repeat(32) }],
    replaces: null,
    depth: 0,
    claimHash: randomBytes(32),
    channel: 'browser',
    invoice: 'lnbcrt1"\'{},\\',
    backendId: 'lnd:02',
    listCursor: '00009007199254740993',
    expiresAt: new Date('2026-11-21T12:00:00.123Z'),
    createdAt: new Date('2026-11-21T11:45:00.456Z'),
    ...more,
  }
}

const countOf = async (rows: readonly NewChallenge[]) => {
  const found = await database.owner.client.$queryRaw<{ count: bigint }[]>`
    select count(*) from challenge where id = any(${rows.map(({ id }) => id)})`
  return Number(found[0]?.count)
}

describe('the challenge writer', () => {
  it('writes each field as it was given', async () => {
    const writer = createChallengeWriter({ db: database.gate, log: silentLog })
    const given = row()
    await writer.write(given)
    const found = await findChallenge(database.gate.client, { creatorId, challengeId: given.id })
    expect(plain(found)).toEqual(plain({ ...given, state: 'open', settledAt: null }))
    await writer.close()
  })

  it('commits a thousand rows that come at once, each before its waiter is answered', async () => {
    const writer = createChallengeWriter({ db: database.gate, log: silentLog })
    const rows = Array.from({ length: 1000 }, () => row())
    // Rows that are answered in the same moment are looked for together: a thousand questions would wait for one another.
    const counts: Promise<number>[] = []
    let answered: NewChallenge[] = []
    const look = () => {
      counts.push(countOf(answered))
      answered = []
    }
    const note = (one: NewChallenge) => {
      if (answered.push(one) === 1) queueMicrotask(look)
    }
    await Promise.all(rows.map((one) => writer.write(one).then(() => note(one))))
    const found = await Promise.all(counts)
    expect(found.reduce((sum, count) => sum + count, 0)).toBe(1000)
    expect(await countOf(rows)).toBe(1000)
    await writer.close()
  })

  it('commits a hundred rows that come together in two transactions, which is what makes a row cheap', async () => {
    const writer = createChallengeWriter({ db: database.gate, log: silentLog })
    const rows = Array.from({ length: 100 }, () => row())
    await Promise.all(rows.map((one) => writer.write(one)))
    const found = await database.owner.client.$queryRaw<{ commits: bigint }[]>`
      select count(distinct xmin::text) as commits from challenge where id = any(${rows.map(({ id }) => id)})`
    expect(Number(found[0]?.commits)).toBe(2)
    await writer.close()
  })

  it('lets more rows share a commit while others are on their way, and keeps none waiting for those that never come', async () => {
    const writer = createChallengeWriter({ db: database.gate, log: silentLog })
    const rows = Array.from({ length: 20 }, () => row())
    const [arrive, ...lost] = Array.from({ length: 40 }, () => writer.expect())
    arrive?.()
    arrive?.()
    await Promise.all(rows.map((one) => writer.write(one)))
    const found = await database.owner.client.$queryRaw<{ commits: bigint }[]>`
      select count(distinct xmin::text) as commits from challenge where id = any(${rows.map(({ id }) => id)})`
    expect(Number(found[0]?.commits)).toBe(1)
    expect(lost).toHaveLength(39)
    await writer.close()
  })

  it('refuses one bad row and commits its neighbours', async () => {
    const writer = createChallengeWriter({ db: database.gate, log: silentLog })
    // Committed before, so that it is decided which of the two is refused.
    const earlier = row()
    await writer.write(earlier)
    const good = Array.from({ length: 20 }, () => row())
    const bad = row({ tokenId: earlier.tokenId })
    const outcomes = await Promise.allSettled([...good, bad].map((one) => writer.write(one)))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'database.unavailable' } })
    expect(await countOf(good)).toBe(20)
    await writer.close()
  })

  it('refuses with queue.full what goes beyond its bound, and takes rows again when there is room', async () => {
    const writer = createChallengeWriter({ db: database.gate, log: silentLog, queueRows: 5 })
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => writer.write(row())))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.map(({ reason }) => reason.code)).toEqual(['queue.full', 'queue.full', 'queue.full'])
    await expect(writer.write(row())).resolves.toBeUndefined()
    await writer.close()
  })

  it('answers database.unavailable when Postgres is away', async () => {
    const away = openDatabase({ url: 'postgresql://nobody:x@127.0.0.1:9/none', log: silentLog })
    const writer = createChallengeWriter({ db: away, log: silentLog })
    const outcomes = await Promise.allSettled([writer.write(row()), writer.write(row())])
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'database.unavailable' } })
    await writer.close()
    await away.close()
  })

  it('writes what waits before it closes, and takes nothing after', async () => {
    const writer = createChallengeWriter({ db: database.gate, log: silentLog })
    const waiting = row()
    const written = writer.write(waiting)
    await writer.close()
    await written
    expect(await countOf([waiting])).toBe(1)
    await expect(writer.write(row())).rejects.toMatchObject({ code: 'queue.full' })
  })
})

/** Bytes as hex, so that a `Buffer` and a `Uint8Array` of the same bytes are equal. */
function plain(row: object | null): Record<string, unknown> {
  const entries = Object.entries(row ?? {})
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof Uint8Array ? encodeHex(value) : value]),
  )
}
