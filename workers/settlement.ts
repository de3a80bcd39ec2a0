/** Follows the invoices of a backend for ever: stream first, then a sweep, and a cursor that claims no more than was proven. */
import { setTimeout as pause } from 'node:timers/promises'
import type { BackendId, Cursor, InvoiceUpdate, LightningBackend } from '#lib/lightning/backend.ts'
import { raiseCursor, readCursor } from '#lib/paywall/settlements/cursor-store.ts'
import { handleUpdates } from '#lib/paywall/settlements/handle-update.ts'
import { type SweepDeps, type SweepResult, sweepInvoices } from '#lib/paywall/settlements/sweep-invoices.ts'
import { createTrouble } from '#lib/trouble.ts'
import { createBatches } from './batches.ts'

export interface FollowerDeps extends SweepDeps {
  readonly backend: LightningBackend
  /** Told what the stream brought, once it is in the books. */
  readonly onHandled?: (updates: readonly InvoiceUpdate[]) => void
}

export interface Follower {
  /** Follows until `signal` aborts; no trouble of backend or database ends it. One that cannot be watched is left to the sweeps. */
  run(signal: AbortSignal): Promise<void>
  /** A complete sweep of every row that is not final; raises the cursor afterwards. Throws when it was not complete. */
  sweepAll(signal: AbortSignal): Promise<SweepResult>
  /** Resolves when the stream was open for the first time, or the first attempt failed: from then on it runs by itself. */
  readonly started: Promise<void>
}

const TROUBLE = {
  begun: 'following invoices was interrupted',
  over: 'invoices are followed again',
  lasting: 'no settlement could be seen for half a minute',
}
const SWEEP_AGAIN_MS = 5_000
/** Updates credited in one transaction: a backlog of thousands is worked off in seconds. */
const BATCH_UPDATES = 200

/**
 * The cursor rises only to the highest place that was handled before the last complete sweep began: whatever
 * settled at or below it did so before the sweep, its row was committed before it could be paid, and the sweep looked at
 * every open row. So neither order nor gaps of the stream matter, and a lost cursor costs nothing but work.
 * Source: reliability.md §5.3.
 */
export function createFollower(deps: FollowerDeps): Follower {
  const reach = createReach()
  let markStarted: () => void = () => undefined
  const started = new Promise<void>((resolve) => {
    markStarted = resolve
  })

  const sweepAll = async (signal: AbortSignal): Promise<SweepResult> => {
    const backendId = await deps.backend.getId()
    const settleCursor = reach.of(backendId)
    const result = await sweepInvoices(deps, { backend: deps.backend, scope: 'all', signal })
    if (settleCursor !== null) await raiseCursor(deps.db.client, { backendId, settleCursor })
    return result
  }

  return {
    started,
    sweepAll,
    async run(signal) {
      if (!deps.backend.capabilities.watch) return markStarted()
      const trouble = createTrouble(deps.log, TROUBLE)
      const onOpen = () => {
        trouble.end()
        markStarted()
      }
      while (!signal.aborted) {
        try {
          await followOnce(deps, { reach, sweepAll, signal, onOpen })
        } catch (cause) {
          markStarted()
          if (!signal.aborted) await trouble.wait(cause, signal)
        }
      }
    },
  }
}

interface Attempt extends Pick<Follower, 'sweepAll'> {
  readonly reach: Reach
  readonly signal: AbortSignal
  readonly onOpen: () => void
}

/** One connection to the stream, from open to break. Throws what broke it. */
async function followOnce(deps: FollowerDeps, { reach, sweepAll, signal, onOpen }: Attempt): Promise<void> {
  const backendId = await deps.backend.getId()
  const after = await readCursor(deps.db.client, backendId)
  const attempt = new AbortController()
  const either = AbortSignal.any([signal, attempt.signal])
  const end = () => attempt.abort()
  const batches = createBatches<InvoiceUpdate>({
    limit: BATCH_UPDATES,
    onFailure: end,
    work: async (updates) => {
      await handleUpdates(deps, updates, { backendId, source: 'stream' })
      reach.note(backendId, updates)
      deps.onHandled?.(updates)
    },
  })
  let sweeping: Promise<unknown> = Promise.resolve()
  const sweepTwice = async () => {
    await sweepAll(either)
    // Once more, so that the cursor rises over what the stream told meanwhile and the next start has less to read again.
    await pause(SWEEP_AGAIN_MS, undefined, { signal: either }).then(() => sweepAll(either), nothing)
  }
  const updates = deps.backend.watchInvoices({
    after,
    signal: either,
    onOpen: () => {
      onOpen()
      // Subscribed first, swept then: nothing can fall between the two.
      sweeping = sweepTwice()
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

const nothing = () => undefined

/** The highest settle cursor that was handled, by who said it: another node may stand at the same address one day. */
interface Reach {
  note(backendId: BackendId, updates: readonly InvoiceUpdate[]): void
  /** `null` until something was handled. */
  of(backendId: BackendId): Cursor | null
}

function createReach(): Reach {
  const reached = new Map<BackendId, Cursor>()
  return {
    of: (backendId) => reached.get(backendId) ?? null,
    note(backendId, updates) {
      for (const { settleCursor } of updates) {
        if (settleCursor !== null && settleCursor > (reached.get(backendId) ?? '')) reached.set(backendId, settleCursor)
      }
    },
  }
}
