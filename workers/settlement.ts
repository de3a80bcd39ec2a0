/** Follows the invoices of a node for ever: stream first, then a sweep, and a cursor that claims no more than was proven. */
import { setTimeout as pause } from 'node:timers/promises'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { InvoiceUpdate, LightningBackend } from '#lib/lightning/backend.ts'
import { describeCause } from '#lib/log.ts'
import { raiseCursor, readCursor } from '#lib/paywall/settlements/cursor-store.ts'
import { handleUpdates } from '#lib/paywall/settlements/handle-update.ts'
import { type SweepDeps, type SweepResult, sweepInvoices } from '#lib/paywall/settlements/sweep-invoices.ts'
import { createBatches } from './batches.ts'

export interface FollowerDeps extends SweepDeps {
  readonly backend: LightningBackend
}

export interface Follower {
  /** Follows until `signal` aborts; no trouble of node or database ends it. */
  run(signal: AbortSignal): Promise<void>
  /** A complete sweep of every row that is not final; raises the cursor afterwards. Throws when it was not complete. */
  sweepAll(signal: AbortSignal): Promise<SweepResult>
  /** Resolves when the stream was open for the first time, or the first attempt failed: from then on it runs by itself. */
  readonly started: Promise<void>
}

const BACKOFF_FIRST_MS = 200
const BACKOFF_LAST_MS = 5_000
const ALARM_AFTER_MS = 30_000
/** Updates credited in one transaction: a backlog of thousands is worked off in seconds. */
const BATCH_UPDATES = 200

/**
 * The cursor rises only to the highest settle index that was handled before the last complete sweep began: whatever
 * settled at or below it did so before the sweep, its row was committed before it could be paid, and the sweep looked at
 * every open row. So neither order nor gaps of the stream matter, and a lost cursor costs nothing but work.
 * Source: reliability.md §5.3.
 */
export function createFollower(deps: FollowerDeps): Follower {
  const handled = new Map<string, bigint>()
  let markStarted: () => void = () => undefined
  const started = new Promise<void>((resolve) => {
    markStarted = resolve
  })

  const handle = async (nodeKey: Uint8Array, updates: readonly InvoiceUpdate[]) => {
    await handleUpdates(deps, updates, 'stream')
    const key = encodeHex(nodeKey)
    for (const { settleIndex } of updates) {
      if (settleIndex !== null && settleIndex > (handled.get(key) ?? 0n)) handled.set(key, settleIndex)
    }
  }

  const sweepAll = async (signal: AbortSignal): Promise<SweepResult> => {
    const nodeKey = await deps.backend.getNodeKey()
    const reachedBefore = handled.get(encodeHex(nodeKey)) ?? 0n
    const result = await sweepInvoices(deps, { scope: 'all', signal })
    if (reachedBefore > 0n) await raiseCursor(deps.db.client, { nodeKey, settleIndex: reachedBefore })
    return result
  }

  /** One connection to the stream, from open to break. Throws what broke it. */
  const followOnce = async (signal: AbortSignal, onOpen: () => void) => {
    const nodeKey = await deps.backend.getNodeKey()
    const afterSettleIndex = await readCursor(deps.db.client, nodeKey)
    const attempt = new AbortController()
    const either = AbortSignal.any([signal, attempt.signal])
    const end = () => attempt.abort()
    const batches = createBatches<InvoiceUpdate>({
      limit: BATCH_UPDATES,
      work: (batch) => handle(nodeKey, batch),
      onFailure: end,
    })
    let sweeping: Promise<unknown> = Promise.resolve()
    const updates = deps.backend.watchInvoices({
      afterSettleIndex,
      signal: either,
      onOpen: () => {
        onOpen()
        // Subscribed first, swept then: nothing can fall between the two.
        sweeping = sweepAll(either)
        sweeping.catch(end)
      },
    })
    try {
      for await (const update of updates) await batches.add(update)
    } finally {
      end()
    }
    await batches.finish()
    await sweeping
  }

  return {
    started,
    sweepAll,
    async run(signal) {
      const trouble = createTrouble(deps)
      while (!signal.aborted) {
        try {
          await followOnce(signal, () => {
            trouble.over()
            markStarted()
          })
        } catch (cause) {
          markStarted()
          if (!signal.aborted) await trouble.wait(cause, signal)
        }
      }
    },
  }
}

/** Waits longer after each failure in a row, and raises one alarm when the trouble lasts. */
function createTrouble(deps: Pick<FollowerDeps, 'log' | 'clock'>) {
  let backoffMs = BACKOFF_FIRST_MS
  let since: number | null = null
  let alarmed = false
  return {
    over() {
      if (alarmed) deps.log.info('invoices are followed again')
      backoffMs = BACKOFF_FIRST_MS
      since = null
      alarmed = false
    },
    async wait(cause: unknown, signal: AbortSignal) {
      const now = deps.clock.now().getTime()
      since ??= now
      deps.log.warn('following invoices was interrupted', { cause: describeCause(cause), durationMs: now - since })
      if (!alarmed && now - since >= ALARM_AFTER_MS) {
        alarmed = true
        deps.log.error('no settlement could be seen for half a minute', { cause: describeCause(cause) })
      }
      await pause(backoffMs, undefined, { signal }).catch(() => undefined)
      backoffMs = Math.min(BACKOFF_LAST_MS, backoffMs * 2)
    },
  }
}
