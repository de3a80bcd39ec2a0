/** Which counter a purchase draws on, and how far: its own, or that of the purchase which it topped up; pure. */
import { decodeHex } from '#lib/l402/bytes.ts'

/** What a purchase says of one service: what its token counts, and which earlier purchase it goes on with. */
export interface CountedPurchase {
  /** By the name of the counter, in units of the caveat. */
  readonly minted: ReadonlyMap<string, bigint>
  /** Token id of that purchase; `null`: it is the first. */
  readonly parent: Uint8Array | null
}

/** Amounts of one counter that were bought with tokens after the first. */
export interface TopUp {
  readonly amount: bigint
  readonly minted: bigint
  readonly raised: bigint
}

const COUNTED = /^(?:uses|bytes|seconds|volume_[a-z][a-z0-9]{0,15})$/

/** Reads the row of a challenge or a sale: caveats as minted, parents as committed. */
export function readPurchase(
  row: { readonly caveats: readonly string[]; readonly parents: unknown },
  service: string,
): CountedPurchase {
  const minted = new Map<string, bigint>()
  for (const caveat of row.caveats) {
    const at = caveat.indexOf('=')
    const condition = caveat.slice(0, at)
    if (!condition.startsWith(`${service}_`)) continue
    const name = condition.slice(service.length + 1)
    if (COUNTED.test(name)) minted.set(name, BigInt(caveat.slice(at + 1)))
  }
  const parents = row.parents as readonly { readonly service: string; readonly tokenId: string }[]
  const parent = parents.find((one) => one.service === service)
  return { minted, parent: parent === undefined ? null : decodeHex(parent.tokenId) }
}

/**
 * The place of a purchase on a counter that it shares. Its token states what its parent stated and what was bought; where
 * others topped up the same counter before it was used, it reaches as much further, so that of several bought at once none
 * is lost. `before`: what they bought.
 */
export function placeTopUp(stated: {
  readonly own: bigint
  readonly parent: bigint
  readonly root: bigint
  readonly before: bigint
}): TopUp {
  const { own, parent, root, before } = stated
  return { amount: own - parent, minted: own, raised: root + before - parent }
}

/**
 * How far a token may draw, in units of the caveat. A copy that its holder narrowed stops where it says: what others bought
 * is not for it.
 */
export function reachOf(limit: bigint, topUp: Pick<TopUp, 'minted' | 'raised'> | undefined): bigint {
  return topUp !== undefined && limit === topUp.minted ? limit + topUp.raised : limit
}
