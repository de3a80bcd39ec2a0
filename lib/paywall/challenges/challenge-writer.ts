/** Many challenges share one commit, and none of them leaves before that commit is durable (architecture.md §7.6). */
import type { Db } from '#lib/db.ts'
import { Fault } from '#lib/errors.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { NewChallenge } from './challenge.ts'
import { insertChallenges } from './challenge-store.ts'

export interface ChallengeWriter {
  /**
   * Answers once the row is committed. Throws `queue.full` when too many rows wait, `database.unavailable` when the
   * commit failed or its outcome is unknown: the invoice then reaches nobody, so nobody can pay it.
   */
  write(row: NewChallenge): Promise<void>
  /**
   * A row is on its way, since its invoice is being asked for; call the answer when it is here or will not come. How many
   * are on their way tells how many can share a commit while the node still has work.
   */
  expect(): () => void
  /** Rows that wait or are being written. */
  pending(): number
  /** Writes what waits, then refuses further rows. */
  close(): Promise<void>
}

/** One statement carries at most this many rows; 128 measured as the knee between latency and throughput. */
const BATCH_ROWS = 128
/**
 * Batches begin at least this far apart: a lone row goes at once, and under load the rows of this time share one commit.
 * Measured for each row: three in a batch cost 52 us here and 127 us in Postgres, sixteen 20 and 47.
 */
const SPACING_MS = 8
/** Further apart when a commit takes long, so that at most a quarter of the time goes to commits; up to this far. */
const MAX_SPACING_MS = 24
const SPACING_PER_COMMIT = 4
/**
 * Enough to begin at once while no commit is under way: half of the rows that are here or on their way, so that the node
 * never runs out of work, and no fewer than this.
 */
const ENOUGH_ROWS = 12
/** Rows that wait or are under way; about a second of the embedded Postgres at its slowest. */
const QUEUE_ROWS = 4096

interface Waiting {
  readonly row: NewChallenge
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

/** A batch that fails as a whole is written row by row, so that one bad row does not refuse its neighbours. */
export function createChallengeWriter(deps: { db: Db; log: Log; queueRows?: number }): ChallengeWriter {
  const limit = deps.queueRows ?? QUEUE_ROWS
  const waiting: Waiting[] = []
  /** Rows whose writers were not answered yet. */
  let pending = 0
  let timer: NodeJS.Timeout | null = null
  /** When the last batch began, by the process's own clock, and how far behind it the next one may begin. */
  let begunAtMs = Number.NEGATIVE_INFINITY
  let spacingMs = SPACING_MS
  let underWay = 0
  let expected = 0
  let closed = false
  let running: Promise<void> = Promise.resolve()

  const enoughRows = () => Math.min(BATCH_ROWS, Math.max(ENOUGH_ROWS, Math.ceil((waiting.length + expected) / 2)))
  const isEnough = () => waiting.length >= (underWay === 0 ? enoughRows() : BATCH_ROWS)
  /** The more rows are to share a commit, the longer their coming takes. */
  const waitMs = () => Math.min(MAX_SPACING_MS, (spacingMs * enoughRows()) / ENOUGH_ROWS)

  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const batch = waiting.splice(0, BATCH_ROWS)
    if (batch.length === 0) return running
    const startedAtMs = performance.now()
    begunAtMs = startedAtMs
    underWay += 1
    const committed = commitBatch(deps, batch).then(() => {
      const commitMs = performance.now() - startedAtMs
      spacingMs = Math.min(MAX_SPACING_MS, Math.max(SPACING_MS, SPACING_PER_COMMIT * commitMs))
      underWay -= 1
      if (isEnough()) void flush()
    })
    running = Promise.all([running, committed]).then(() => undefined)
    if (waiting.length > 0) void flush()
    return running
  }

  return {
    write(row) {
      if (closed || pending >= limit) {
        return Promise.reject(new Fault('queue.full', 'the queue of challenge rows is full'))
      }
      pending += 1
      return new Promise<void>((resolve, reject) => {
        const answered =
          <T>(answer: (value: T) => void) =>
          (value: T) => {
            pending -= 1
            answer(value)
          }
        waiting.push({ row, resolve: answered(resolve), reject: answered(reject) })
        if (isEnough()) void flush()
        else timer ??= setTimeout(() => void flush(), Math.max(0, begunAtMs + waitMs() - performance.now()))
      })
    },
    expect() {
      expected += 1
      let isExpected = true
      return () => {
        if (isExpected) expected -= 1
        isExpected = false
      }
    },
    pending: () => pending,
    async close() {
      closed = true
      await flush()
    },
  }
}

/** Never throws: every waiter is answered, each with what became of its own row. */
async function commitBatch(deps: { db: Db; log: Log }, batch: readonly Waiting[]): Promise<void> {
  try {
    await insertChallenges(
      deps.db.client,
      batch.map((entry) => entry.row),
    )
    for (const entry of batch) entry.resolve()
  } catch (cause) {
    deps.log.warn('a batch of challenges was not committed', { count: batch.length, cause: describeCause(cause) })
    if (batch.length === 1 || isOutage(cause)) for (const entry of batch) entry.reject(unavailable(cause))
    else await Promise.all(batch.map((entry) => commitBatch(deps, [entry])))
  }
}

function isOutage(cause: unknown): boolean {
  return cause instanceof Fault && cause.code === 'database.unavailable'
}

function unavailable(cause: unknown): Fault {
  if (cause instanceof Fault) return cause
  return new Fault('database.unavailable', 'a challenge row was not committed', { cause })
}
