/** Snapshots in memory, bounded by bytes: who was asked for longest ago falls out first, and who sells falls out last. */
import { LRUCache } from 'lru-cache'
import { admitsNewcomer } from '#lib/newcomers.ts'
import type { GrowingDenyList } from '#lib/paywall/tokens/deny-list.ts'
import type { CreatorSnapshot } from './snapshot.ts'

/** A snapshot with what is needed to renew it. */
export interface Kept {
  readonly snapshot: CreatorSnapshot & { readonly denied: GrowingDenyList }
  /** Resources changed by an older transaction are in it. */
  readonly asOf: bigint
  /** Denials up to this change number are in its list. */
  readonly deniedUpTo: bigint
}

export interface SnapshotCache {
  /** Counts as a use. */
  get(host: string): Kept | undefined
  /** These do not. */
  peek(host: string): Kept | undefined
  /** One for each host that the creator has. */
  peekById(creatorId: string): readonly Kept[]
  set(kept: Kept): void
  delete(host: string): void
  /**
   * These creators were just read by people who paid: strangers who ask for other ones do not push them out. When the part
   * for such creators is full, most newcomers stay among the others.
   */
  keepSelling(creatorIds: Iterable<string>): void
  hosts(): string[]
  /** As they were estimated. */
  bytes(): number
}

/** Of all bytes, at most; the rest, and what is left of this, is for creators of whom nobody read anything paid. */
const SELLING_SHARE = 0.75

export function createSnapshotCache(maxBytes: number, random: () => number = Math.random): SnapshotCache {
  // Nearly always one, so a set for each would be most of what this takes.
  const hostsById = new Map<string, readonly string[]>()
  const note = (creatorId: string, host: string) => {
    const known = hostsById.get(creatorId) ?? []
    if (!known.includes(host)) hostsById.set(creatorId, [...known, host])
  }
  const forget = ({ snapshot: { creatorId } }: Kept, host: string) => {
    const left = hostsById.get(creatorId)?.filter((known) => known !== host) ?? []
    if (left.length === 0) hostsById.delete(creatorId)
    else hostsById.set(creatorId, left)
  }
  const open = (maxSize: number, dispose: (kept: Kept, host: string) => void) =>
    new LRUCache<string, Kept>({
      maxSize,
      sizeCalculation: (kept) => sizeIn(maxSize, kept),
      dispose: (kept, host, reason) => {
        if (reason !== 'set') dispose(kept, host)
      },
    })
  const asked = open(maxBytes, forget)
  const selling = open(Math.ceil(maxBytes * SELLING_SHARE), forget)
  const bytes = () => asked.calculatedSize + selling.calculatedSize
  const isFullFor = (kept: Kept) => selling.calculatedSize + sizeIn(selling.maxSize, kept) > selling.maxSize
  const makeRoom = () => {
    while (bytes() > maxBytes && asked.size > 0) asked.pop()
  }
  const promote = (creatorId: string, host: string) => {
    const kept = asked.peek(host)
    if (kept === undefined || (isFullFor(kept) && !admitsNewcomer(random))) return
    asked.delete(host)
    selling.set(host, kept)
    if (selling.has(host)) note(creatorId, host)
  }
  const peek = (host: string) => selling.peek(host) ?? asked.peek(host)
  return {
    get: (host) => selling.get(host) ?? asked.get(host),
    peek,
    peekById(creatorId) {
      return (hostsById.get(creatorId) ?? []).flatMap((host) => peek(host) ?? [])
    },
    set(kept) {
      const { host, creatorId } = kept.snapshot
      ;(selling.has(host) ? selling : asked).set(host, kept)
      makeRoom()
      if (selling.has(host) || asked.has(host)) note(creatorId, host)
    },
    delete(host) {
      selling.delete(host)
      asked.delete(host)
    },
    keepSelling(creatorIds) {
      for (const creatorId of creatorIds) {
        for (const host of hostsById.get(creatorId) ?? []) promote(creatorId, host)
      }
      makeRoom()
    },
    hosts: () => [...selling.keys(), ...asked.keys()],
    bytes,
  }
}

/** One that is larger than a part of the memory still finds room there: loaded anew for each request it would cost more. */
function sizeIn(maxSize: number, { snapshot }: Kept): number {
  return Math.min(estimateBytes(snapshot), Math.ceil(maxSize / 4))
}

/** Heap and buffers of a snapshot by what it holds: 1,800 and 1,400 measured without a key and with short texts. */
const CREATOR_BYTES = 3_000
const RESOURCE_BYTES = 1_500
const DENIAL_BYTES = 100
const BLOCK_BYTES = 200
/** Estimated: four short texts and a place in a map. */
const GONE_BYTES = 500

function estimateBytes({ resources, denied, blocked, gone }: Kept['snapshot']): number {
  const lists = denied.size * DENIAL_BYTES + blocked.size * BLOCK_BYTES + gone.size * GONE_BYTES
  return CREATOR_BYTES + resources.length * RESOURCE_BYTES + lists
}
