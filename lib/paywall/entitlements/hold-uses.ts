/** Uses are taken before somebody else is asked for the result, kept when it begins, and given back when there is none. */
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { type Claimed, claimUses, type UsesOfToken } from './claim-uses.ts'
import { deleteLease, insertLease, releaseExpiredLeases, releaseLease, renewLease } from './lease-store.ts'

/** Ends with one of the two; the other one changes nothing any more. */
export interface HeldUses {
  /** The result begins: they are used for good. Throws `database.unavailable`: then it must not begin. */
  keep(): Promise<void>
  /** There is no result. Never throws: what cannot be given back now comes back by itself when its time is over. */
  giveBack(): Promise<void>
}

export type HoldAnswer =
  | (Extract<Claimed, { kind: 'claimed' }> & { readonly held: HeldUses })
  | Extract<Claimed, { kind: 'exhausted' }>

/** A gateway that was killed gives back what it held after this long. */
const LEASE_SECONDS = 60
const RENEW_MS = 20_000

/**
 * As `claimUses`, until it is known whether there is a result. Uses that a killed gateway held are given back before a
 * counter is said to have run out. Throws `database.unavailable`.
 */
export async function holdUses(deps: { db: Db }, wanted: UsesOfToken): Promise<HoldAnswer> {
  const key = { creatorId: wanted.creatorId, id: newId('use') }
  const claimed = await claimLast(deps, wanted, async (tx, take) => {
    const taken = await take()
    for (const use of wanted.uses) await insertLease(tx, { ...wanted, ...use, id: key.id, seconds: LEASE_SECONDS })
    return taken
  })
  return claimed.kind === 'exhausted' ? claimed : { ...claimed, held: hold(deps, key) }
}

/** As `claimUses`, after what killed gateways held of these counters was given back, where that is needed. */
export async function claimLast(...claim: Parameters<typeof claimUses>): Promise<Claimed> {
  const [{ db }, wanted] = claim
  const first = await claimUses(...claim)
  const isOver = first.kind === 'exhausted' && (await releaseExpiredLeases(db.client, wanted)) === 0
  return first.kind === 'claimed' || isOver ? first : await claimUses(...claim)
}

function hold({ db }: { db: Db }, key: { creatorId: string; id: string }): HeldUses {
  const renewing = setInterval(() => {
    void renewLease(db.client, { ...key, seconds: LEASE_SECONDS }).catch(() => undefined)
  }, RENEW_MS)
  renewing.unref()
  let isOver = false
  const end = async (work: () => Promise<void>) => {
    clearInterval(renewing)
    if (isOver) return
    isOver = true
    await work()
  }
  return {
    keep: () => end(() => deleteLease(db.client, key)),
    giveBack: () => end(() => releaseLease(db.client, key).catch(() => undefined)),
  }
}
