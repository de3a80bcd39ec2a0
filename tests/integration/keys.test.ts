/** Ring keys and revocations over real rows: rotation is not noticed by holders, revocation is noticed by everybody. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomBytes, sha256 } from '#lib/crypto.ts'
import { createHmac } from '#lib/l402/bytes.ts'
import { asTokenId, composeTokenId, encodeIdentifier } from '#lib/l402/identifier.ts'
import { asPreimage } from '#lib/l402/preimage.ts'
import { refused } from '#lib/l402/refusal.ts'
import { mintToken, verifyToken } from '#lib/l402/token.ts'
import { ensureActiveKey } from '#lib/paywall/keys/ensure-active-key.ts'
import { deriveRootKey } from '#lib/paywall/keys/key-ring.ts'
import { createRingCache, type RingKey } from '#lib/paywall/keys/ring-cache.ts'
import { rotateKey } from '#lib/paywall/keys/rotate-key.ts'
import { type Catalog, type CreatorSnapshot, createCatalog } from '#lib/paywall/resources/catalog.ts'
import { revokeToken } from '#lib/paywall/tokens/revoke-token.ts'
import {
  type BuiltCreator,
  buildCreator,
  createTestBlobs,
  TEST_HOSTS,
  TEST_WRAPPING_KEYS,
} from '#tests/support/builders.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { createMemoryLog, silentLog } from '#tests/support/log.ts'
import { until } from '#tests/support/until.ts'

const l402 = { sha256, hmac: createHmac(sha256) }
const ring = createRingCache({ wrapping: TEST_WRAPPING_KEYS, log: silentLog })
const content = createTestBlobs()
let database: TestDatabase
let creator: BuiltCreator
/** Two gateways. */
let catalogs: [Catalog, Catalog]

beforeAll(async () => {
  database = await openTestDatabase()
  creator = await buildCreator({ db: database.owner, blobs: content.blobs })
  const open = () => createCatalog({ db: database.gate, log: silentLog, ring, hosts: TEST_HOSTS })
  catalogs = [open(), open()]
})
afterAll(async () => {
  for (const catalog of catalogs) catalog.close()
  content.remove()
  await database.close()
})

interface Sold {
  tokenId: Uint8Array
  macaroon: Uint8Array
  preimage: Uint8Array
}

/** A token of the creator's first article, minted as a gateway does and noted as settled. */
async function sell(
  key: RingKey,
  options: { parents?: { service: string; tokenId: string }[]; settled?: boolean } = {},
): Promise<Sold> {
  const preimage = randomBytes(32)
  const paymentHash = sha256(preimage)
  const tokenId = composeTokenId(key.keyId, randomBytes(28))
  const services = [creator.articles[0]?.service ?? '', ...(options.parents ?? []).map(({ service }) => service)]
  const rootKey = deriveRootKey(l402.hmac, key.key, encodeIdentifier({ paymentHash, tokenId }))
  const caveats = [`services=${services.map((service) => `${service}:0`).join(',')}`]
  const macaroon = mintToken(l402, { rootKey, paymentHash, tokenId, caveats })
  const facts = {
    creatorId: creator.creatorId,
    tokenId: new Uint8Array(tokenId),
    paymentHash: new Uint8Array(paymentHash),
  }
  const terms = {
    resourceId: 'res',
    offerId: 'off',
    priceVersion: 1,
    amountMsat: 210_000n,
    services,
    caveats,
    channel: 'http',
    invoice: 'lnbcrt1',
  }
  const parents = options.parents ?? []
  const id = `chl_${Buffer.from(tokenId.subarray(4, 12)).toString('hex')}`
  if (options.settled === false) {
    const invoice = { backendId: 'lnd:02', listCursor: '1', expiresAt: new Date(Date.now() + 900_000) }
    await database.owner.client.challenge.create({ data: { ...facts, ...terms, ...invoice, id, parents } })
  } else {
    const payment = { receivedMsat: 210_000n, feeMsat: 0n, source: 'stream', settledAt: new Date() }
    await database.owner.client.settlement.create({
      data: { ...facts, ...terms, ...payment, challengeId: id, parents },
    })
  }
  return { tokenId, macaroon, preimage }
}

function verify(snapshot: CreatorSnapshot, sold: Sold): string {
  const verdict = verifyToken(
    l402,
    { macaroons: [sold.macaroon], preimage: asPreimage(sold.preimage) },
    (identifier, bytes) => {
      const key = snapshot.ring.find(identifier.keyId)
      if (key === null) return refused('key')
      if (snapshot.denied.hasToken(identifier.tokenId)) return refused('revoked')
      return { kind: 'found', rootKey: deriveRootKey(l402.hmac, key.key, bytes) }
    },
  )
  return verdict.kind === 'verified' ? 'verified' : `${verdict.refusal.reason}/${verdict.refusal.detail}`
}

async function snapshotOf(catalog: Catalog): Promise<CreatorSnapshot> {
  const snapshot = await catalog.find(creator.host)
  if (snapshot === null) throw new RangeError('creator not found')
  return snapshot
}

const activeKey = () => ensureActiveKey({ db: database.gate, ring }, creator.creatorId)

describe('the active key', () => {
  test('is one, however many gateways make it at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, activeKey))
    expect(new Set(keys.map(({ keyId }) => Buffer.from(keyId).toString('hex'))).size).toBe(1)
    expect(
      await database.owner.client.ringKey.count({ where: { creatorId: creator.creatorId, state: 'active' } }),
    ).toBe(1)
  })

  test('lies in the database wrapped: its bytes are nowhere in the row', async () => {
    const { key } = await activeKey()
    const [row] = await database.owner.client.ringKey.findMany({ where: { creatorId: creator.creatorId } })
    expect(Buffer.from(row?.wrapped ?? []).includes(Buffer.from(key))).toBe(false)
  })

  test('copied to another creator does not open, and nothing of that creator is judged', async () => {
    const other = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 1 })
    const [row] = await database.owner.client.ringKey.findMany({ where: { creatorId: creator.creatorId } })
    const { wrapped = new Uint8Array() } = row ?? {}
    const stolen = {
      creatorId: other.creatorId,
      keyId: new Uint8Array([9, 9, 9, 9]),
      wrapped,
      wrappingKeyId: 'test',
      state: 'active',
    }
    await database.owner.client.ringKey.create({ data: stolen })
    await expect(catalogs[0].find(other.host)).rejects.toMatchObject({ code: 'database.unavailable' })
  })

  test('cannot be used by a gateway without the key that wrapped it, which then answers 503 and never 402', async () => {
    await activeKey()
    const { log, lines } = createMemoryLog()
    const foreign = createRingCache({ wrapping: [{ id: 'other', key: new Uint8Array(32).fill(9) }], log })
    const catalog = createCatalog({ db: database.gate, log, ring: foreign, hosts: TEST_HOSTS })
    await expect(catalog.find(creator.host)).rejects.toMatchObject({ code: 'database.unavailable' })
    catalog.close()
    expect(lines.filter(({ message }) => message === 'ring key unwrapped')).toEqual([])
  })

  test('leaves a line in the log when it is unwrapped, without its bytes', async () => {
    const { key } = await activeKey()
    const { log, lines } = createMemoryLog()
    const catalog = createCatalog({
      db: database.gate,
      log,
      ring: createRingCache({ wrapping: TEST_WRAPPING_KEYS, log }),
      hosts: TEST_HOSTS,
    })
    await catalog.find(creator.host)
    catalog.close()
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'ring key unwrapped',
        fields: expect.objectContaining({ creatorId: creator.creatorId }),
      }),
    )
    expect(JSON.stringify(lines)).not.toContain(Buffer.from(key).toString('hex'))
  })
})

describe('a rotation', () => {
  test('is survived twice by a token, while every new token has the newest key', async () => {
    const first = await activeKey()
    const sold = await sell(first)
    const keys = [first]
    for (let round = 0; round < 2; round += 1) {
      expect(await rotateKey({ db: database.web }, { creatorId: creator.creatorId })).toBe('applied')
      keys.push(await activeKey())
    }
    const third = keys[2] ?? first
    for (const catalog of catalogs) {
      await catalog.find(creator.host)
      await until('the third key is known', async () => (await snapshotOf(catalog)).ring.find(third.keyId), {
        withinMs: 2_000,
      })
      const snapshot = await snapshotOf(catalog)
      expect(verify(snapshot, sold)).toBe('verified')
      expect(verify(snapshot, await sell(third))).toBe('verified')
      expect(snapshot.ring.active?.keyId).toEqual(third.keyId)
      expect(keys.map(({ keyId }) => snapshot.ring.find(keyId)?.state)).toEqual(['verifying', 'verifying', 'active'])
    }
  })

  test('that waits for its first challenge is not begun again', async () => {
    await activeKey()
    await rotateKey({ db: database.web }, { creatorId: creator.creatorId })
    expect(await rotateKey({ db: database.web }, { creatorId: creator.creatorId })).toBe('replayed')
  })

  test('of another creator cannot be asked for with the rights of this one', async () => {
    const key = await activeKey()
    await database.web.asCreator('cre_stranger', (tx) => tx.$executeRaw`update ring_key set state = 'verifying'`)
    expect((await activeKey()).keyId).toEqual(key.keyId)
  })

  test('key that another gateway has just made is found by a refresh, before the next poll', async () => {
    const [here] = catalogs
    await snapshotOf(here)
    await rotateKey({ db: database.web }, { creatorId: creator.creatorId })
    const key = await activeKey()
    const sold = await sell(key)
    const refreshed = await here.refresh(creator.host)
    expect(refreshed && verify(refreshed, sold)).toBe('verified')
  })

  test('that was never ours stays unknown after a refresh, and a storm of them reads at most once a second', async () => {
    const [here] = catalogs
    const foreign = await sell({ keyId: new Uint8Array([1, 2, 3, 4]), key: randomBytes(32) })
    const started = performance.now()
    const snapshots = await Promise.all(Array.from({ length: 50 }, () => here.refresh(creator.host)))
    expect(new Set(snapshots).size).toBe(1)
    await here.refresh(creator.host)
    expect(performance.now() - started).toBeGreaterThan(900)
    expect(snapshots[0] && verify(snapshots[0], foreign)).toBe('l402.signature_invalid/key')
  })
})

describe('a revocation', () => {
  test('is refused in every gateway within two seconds, and no other token is', async () => {
    const key = await activeKey()
    const [sold, other] = [await sell(key), await sell(key)]
    for (const catalog of catalogs)
      await until('the key is known', async () => verify(await snapshotOf(catalog), sold) === 'verified')
    expect(await revokeToken({ db: database.web }, { creatorId: creator.creatorId, tokenId: sold.tokenId })).toBe(
      'applied',
    )
    const revoked = async (catalog: Catalog) => verify(await snapshotOf(catalog), sold) === 'l402.revoked/revoked'
    await Promise.all(
      catalogs.map((catalog) => until('the token is refused', () => revoked(catalog), { withinMs: 2_000 })),
    )
    for (const catalog of catalogs) expect(verify(await snapshotOf(catalog), other)).toBe('verified')
  })

  test('done again changes nothing, and of a token that was never sold is foreign', async () => {
    const sold = await sell(await activeKey())
    const revoke = (tokenId: Uint8Array) => revokeToken({ db: database.web }, { creatorId: creator.creatorId, tokenId })
    expect(await revoke(sold.tokenId)).toBe('applied')
    expect(await revoke(sold.tokenId)).toBe('replayed')
    expect(await revoke(asTokenId(randomBytes(32)))).toBe('foreign')
  })

  test('by another creator is foreign and leaves the token good', async () => {
    const sold = await sell(await activeKey())
    const other = await buildCreator({ db: database.owner, blobs: content.blobs }, { articles: 0 })
    expect(await revokeToken({ db: database.web }, { creatorId: other.creatorId, tokenId: sold.tokenId })).toBe(
      'foreign',
    )
    expect(await database.owner.client.denied.count({ where: { subject: new Uint8Array(sold.tokenId) } })).toBe(0)
  })

  test('takes its service out of every larger token, paid or still open, and leaves them their others', async () => {
    const key = await activeKey()
    const sold = await sell(key)
    const parent = { service: 'xxx-carried', tokenId: Buffer.from(sold.tokenId).toString('hex') }
    const larger = [await sell(key, { parents: [parent] }), await sell(key, { parents: [parent], settled: false })]
    const unrelated = await sell(key, { parents: [{ ...parent, tokenId: 'ab'.repeat(32) }] })
    await revokeToken({ db: database.web }, { creatorId: creator.creatorId, tokenId: sold.tokenId })
    const denied = await until('the deny list is there', async () => {
      const list = (await snapshotOf(catalogs[0])).denied
      return list.hasToken(sold.tokenId) && list
    })
    for (const { tokenId } of larger) {
      expect(denied.hasService(tokenId, 'xxx-carried')).toBe(true)
      expect(denied.hasService(tokenId, creator.articles[0]?.service ?? '')).toBe(false)
      expect(denied.hasToken(tokenId)).toBe(false)
    }
    expect(denied.hasService(unrelated.tokenId, 'xxx-carried')).toBe(false)
  })
})
