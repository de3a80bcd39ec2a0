/** Gateways know how many they are: each gives a sign of life once a second and counts those of the others. */
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { describeCause, type Log } from '#lib/log.ts'
import { countOtherGateways, deleteGoneGateways, deleteLiveGateway, noteLiveGateway } from './live-gateway-store.ts'

export interface LiveGateways {
  /** Resolves when the first sign was given and counted, or could not be. */
  readonly begun: Promise<void>
  /** Stops; the others know it at their next count. */
  close(): Promise<void>
}

export interface LiveGatewaysDeps {
  readonly db: Db
  readonly log: Log
  /** Told after each count; with Postgres silent nobody is told anything, and the last count stands. */
  readonly onCount: (gateways: number) => void
  readonly beatMs?: number
  /** Whoever gave no sign for this long is gone. */
  readonly goneMs?: number
}

const BEAT_MS = 1_000
/** Ten signs, as long as the supervisor waits for one that hangs. */
const GONE_MS = 10_000

/**
 * The sign is committed before the others are counted, so of two that begin at the same moment one at least counts both.
 */
export function followLiveGateways(deps: LiveGatewaysDeps): LiveGateways {
  const { log, beatMs = BEAT_MS, goneMs = GONE_MS } = deps
  const { client } = deps.db
  const id = newId('gtw')
  let known = 0
  let isSilent = false
  let running: Promise<void> | null = null

  const beat = async (): Promise<void> => {
    try {
      await noteLiveGateway(client, id)
      const gateways = 1 + (await countOtherGateways(client, id, goneMs))
      deps.onCount(gateways)
      isSilent = false
      if (gateways === known) return
      known = gateways
      log.info('gateways share the challenge budget', { count: gateways })
      await deleteGoneGateways(client, goneMs)
    } catch (cause) {
      if (!isSilent) log.warn('gateways are not counted: the last share stands', { cause: describeCause(cause) })
      isSilent = true
    }
  }
  const next = () => {
    running ??= beat().finally(() => {
      running = null
    })
    return running
  }
  const begun = next()
  const timer = setInterval(() => void next(), beatMs)
  timer.unref()
  return {
    begun,
    async close() {
      clearInterval(timer)
      await running
      await deleteLiveGateway(client, id).catch((cause: unknown) =>
        log.debug('a gateway ended without a word', { cause: describeCause(cause) }),
      )
    },
  }
}
