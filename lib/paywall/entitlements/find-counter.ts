/** The counter that a token draws on, found once for each purchase and then known: it never changes. */
import { LRUCache } from 'lru-cache'
import type { Db, Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { asTokenId, type TokenId } from '#lib/l402/identifier.ts'
import { placeTopUp, type TopUp } from './counter.ts'
import { type CounterKey, findPurchase, insertTopUp, listTopUps, lockCounter } from './counter-store.ts'

export interface Counter {
  /** Of the purchase that the counter began with. */
  readonly tokenId: TokenId
  /** By the name of the counter: how far the token reaches where it topped one up. */
  readonly topUps: ReadonlyMap<string, TopUp>
}

/** What was found before; about 300 bytes each. */
export type KnownCounters = LRUCache<string, Counter>

export function createKnownCounters(): KnownCounters {
  return new LRUCache({ max: 20_000 })
}

/** A purchase that topped another up gets its place on the shared counter at its first use. Throws `database.unavailable`. */
export async function findCounter(deps: { db: Db; counters: KnownCounters }, key: CounterKey): Promise<Counter> {
  const name = `${key.creatorId} ${encodeHex(key.tokenId)} ${key.service}`
  const known = deps.counters.get(name)
  if (known !== undefined) return known
  const found = await deps.db.inTransaction((tx) => resolve(tx, key))
  deps.counters.set(name, found)
  return found
}

async function resolve(tx: Tx, key: CounterKey): Promise<Counter> {
  const placed = await listTopUps(tx, key)
  const [first] = placed
  if (first !== undefined)
    return { tokenId: asTokenId(first.rootTokenId), topUps: new Map(placed.map((one) => [one.kind, one])) }
  const own = await findPurchase(tx, key)
  if (own === null || own.parent === null || own.minted.size === 0)
    return { tokenId: asTokenId(key.tokenId), topUps: new Map() }
  const parentKey = { ...key, tokenId: own.parent }
  const { tokenId: rootTokenId } = await resolve(tx, parentKey)
  const rootKey = { ...key, tokenId: rootTokenId }
  const [parent, root] = [await findPurchase(tx, parentKey), await findPurchase(tx, rootKey)]
  const topUps = new Map<string, TopUp>()
  for (const [kind, minted] of [...own.minted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const before = await lockCounter(tx, rootKey, kind)
    const stated = { own: minted, parent: parent?.minted.get(kind) ?? 0n, root: root?.minted.get(kind) ?? 0n, before }
    const topUp = placeTopUp(stated)
    if (!(await insertTopUp(tx, key, { ...topUp, kind, rootTokenId }))) return resolve(tx, key)
    topUps.set(kind, topUp)
  }
  return { tokenId: rootTokenId, topUps }
}
