/** Gateways tell one another every second how often what rises with demand is asked for; no request waits for that. */
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Demand } from './demand.ts'
import { deleteOldDemand, exchangeDemand } from './demand-store.ts'

export interface DemandFollower {
  /** Tells and hears once, now. Never rejects: with Postgres silent what was heard last stands. */
  exchange(): Promise<void>
  close(): Promise<void>
}

const BEAT_MS = 1_000
/** Ten words: what a gateway that ended had counted is forgotten after this. */
const GONE_MS = 10_000
/** Old rows are removed about this often. */
const BEATS_BETWEEN_CLEANINGS = 60

export function followDemand(deps: { db: Db; log: Log; demand: Demand; beatMs?: number }): DemandFollower {
  const { db, log, demand, beatMs = BEAT_MS } = deps
  const gatewayId = newId('gtw')
  let beats = 0
  let isSilent = false
  let running: Promise<void> | null = null

  const beat = async (): Promise<void> => {
    const own = demand.own()
    if (own.length === 0) return demand.setOthers(new Map())
    try {
      demand.setOthers(await exchangeDemand(db.client, { gatewayId, own, goneMs: GONE_MS }))
      if (beats % BEATS_BETWEEN_CLEANINGS === 0) await deleteOldDemand(db.client, GONE_MS)
      beats += 1
      isSilent = false
    } catch (cause) {
      if (!isSilent) log.warn('demand is not shared: what was heard last stands', { cause: describeCause(cause) })
      isSilent = true
    }
  }
  const exchange = () => {
    running ??= beat().finally(() => {
      running = null
    })
    return running
  }
  const timer = setInterval(() => void exchange(), beatMs)
  timer.unref()
  return {
    exchange,
    async close() {
      clearInterval(timer)
      await running
    },
  }
}
