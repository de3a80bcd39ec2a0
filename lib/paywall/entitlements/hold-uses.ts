/** Uses are taken before somebody else is asked for the result, kept when it begins, and given back when there is none. */
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { type Claimed, claimUses, type Taken, type UsesOfToken } from './claim-uses.ts'
import { deleteLease, insertLease, releaseExpiredLeases, releaseLease, renewLease } from './lease-store.ts'
import type { Meter } from './meter.ts'
import { LEASE_SECONDS, type MeterDeps, runMeter } from './run-meter.ts'

/** Ends with one of the two; the other one changes nothing any more. */
export interface HeldUses {
  /** The result begins: they are used for good, and what is metered goes on. Throws `database.unavailable`: then it must not begin. */
  keep(): Promise<void>
  /** There is no result. Never throws: what cannot be given back now comes back by itself when its time is over. */
  giveBack(): Promise<void>
}

export type HoldAnswer =
  | (Extract<Claimed, { kind: 'claimed' }> & {
      readonly held: HeldUses
      /** `null`: nothing of it is metered. */
      readonly meter: Meter | null
    })
  | Extract<Claimed, { kind: 'exhausted' }>

const RENEW_MS = 20_000

/**
 * As `claimUses`, until it is known whether there is a result. Uses that a killed gateway held are given back before a
 * counter is said to have run out. Throws `database.unavailable`.
 */
export async function holdUses(deps: MeterDeps, wanted: UsesOfToken): Promise<HoldAnswer> {
  const key = { creatorId: wanted.creatorId, id: newId('use') }
  let taken: Taken = new Map()
  const claimed = await claimLast(deps, wanted, async (tx, take, all) => {
    const answer = await take()
    taken = all
    for (const [use, cost] of all)
      await insertLease(tx, { ...wanted, ...use, cost, id: key.id, seconds: LEASE_SECONDS })
    return answer
  })
  if (claimed.kind === 'exhausted') return claimed
  const renewing = renew(deps, key)
  const { uses: _uses, asked: _asked, ...token } = wanted
  const meter = runMeter(deps, { lease: key, token, taken, onEnd: renewing.stop })
  return { ...claimed, held: hold(deps, key, { renewing, meter }), meter }
}

/** As `claimUses`, after what killed gateways held of these counters was given back, where that is needed. */
export async function claimLast(...claim: Parameters<typeof claimUses>): Promise<Claimed> {
  const [{ db }, wanted] = claim
  const first = await claimUses(...claim)
  const isOver = first.kind === 'exhausted' && (await releaseExpiredLeases(db.client, wanted)) === 0
  return first.kind === 'claimed' || isOver ? first : await claimUses(...claim)
}

interface Lease {
  readonly creatorId: string
  readonly id: string
}

function renew({ db }: { db: Db }, key: Lease) {
  const renewing = setInterval(() => {
    void renewLease(db.client, { ...key, seconds: LEASE_SECONDS }).catch(() => undefined)
  }, RENEW_MS)
  renewing.unref()
  return { stop: () => clearInterval(renewing) }
}

function hold(
  { db }: { db: Db },
  key: Lease,
  { renewing, meter }: { renewing: { stop(): void }; meter: { cancel(): void } | null },
): HeldUses {
  let isOver = false
  const end = async (work: () => Promise<void>) => {
    if (isOver) return
    isOver = true
    await work()
  }
  return {
    async keep() {
      if (meter === null) renewing.stop()
      await end(() => deleteLease(db.client, key))
    },
    async giveBack() {
      renewing.stop()
      meter?.cancel()
      await end(() => releaseLease(db.client, key).catch(() => undefined))
    },
  }
}
