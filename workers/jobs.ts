/** The table of jobs: for each name what its payload looks like, what it does, how often it is tried and when it comes. */
import { z } from 'zod'
import { inParallel } from '#lib/in-parallel.ts'
import { decodeHex } from '#lib/l402/bytes.ts'
import { asPaymentHash } from '#lib/l402/preimage.ts'
import type { Backends } from '#lib/lightning/backend.ts'
import { findChallengeByHash } from '#lib/paywall/challenges/challenge-store.ts'
import type { PruneDeps } from '#lib/paywall/challenges/prune-challenges.ts'
import { auditLedger } from '#lib/paywall/ledger/audit-ledger.ts'
import { type ReleaseDeps, releaseSettling } from '#lib/paywall/ledger/release-settling.ts'
import { type RefreshRatesDeps, refreshRates } from '#lib/paywall/rates/refresh-rates.ts'
import { type FetchPicturesDeps, fetchPictures } from '#lib/paywall/resources/article/fetch-pictures.ts'
import { type CheckContentDeps, checkContent } from '#lib/paywall/resources/check-content.ts'
import { collectContent } from '#lib/paywall/resources/collect-content.ts'
import { checkSighting } from '#lib/paywall/settlements/check-sighting.ts'
import { handleUpdate, type UpdateDeps } from '#lib/paywall/settlements/handle-update.ts'
import { listAskable } from '#lib/paywall/settlements/list-askable.ts'
import { sweepInvoices } from '#lib/paywall/settlements/sweep-invoices.ts'
import { confirmSightings, listDueSightings } from '#lib/paywall/usage/sighting-store.ts'
import { prune } from './pruning.ts'
import { relayEvents } from './relay.ts'
import { rested } from './rested.ts'
import type { Follower } from './settlement.ts'
import { rollUpUsage } from './usage-rollup.ts'

export interface JobDeps
  extends UpdateDeps,
    ReleaseDeps,
    PruneDeps,
    RefreshRatesDeps,
    Omit<CheckContentDeps, 'content'>,
    Omit<FetchPicturesDeps, 'content'> {
  readonly content: CheckContentDeps['content'] & FetchPicturesDeps['content']
  readonly backends: Backends
  /** One for each backend. */
  readonly followers: readonly Pick<Follower, 'sweepAll'>[]
}

interface JobRow<P> {
  readonly schema: z.ZodType<P>
  /** Reads what is due and does it; finding nothing is no fault, and running twice changes nothing. */
  readonly handle: (deps: JobDeps, payload: P, signal: AbortSignal) => Promise<unknown>
  readonly attempts: number
  /** `null`: only when a notice asks for it. A schedule is its own retry. */
  readonly everyMs: number | null
}

const nothing = z.strictObject({})
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** Shorter than what waits before its first time: after a start fiat prices are wanted at once. */
const RATES_EVERY_MS = 55 * SECOND

const SIGHTINGS_AT_ONCE = 64
const LOOKUPS_IN_FLIGHT = 8
/** Asked twice within ten seconds; a payment may settle between the two (reliability.md §5.5). */
const RECHECK_AFTER_MS = 5 * SECOND

const job = <P>(row: JobRow<P>): JobRow<P> => row

export const JOBS = {
  /** Rows that a payment can still reach: what the stream lost is found within 20 s, or while they are very many later. */
  'sweep-young': job({
    schema: nothing,
    handle: rested((deps, _payload, signal) =>
      allAtOnce(deps.backends.list(), (backend) => sweepInvoices(deps, { backend, scope: 'young', signal })),
    ),
    attempts: 1,
    everyMs: 20 * SECOND,
  }),
  'sweep-all': job({
    schema: nothing,
    handle: (deps, _payload, signal) => allAtOnce(deps.followers, (follower) => follower.sweepAll(signal)),
    attempts: 1,
    everyMs: 10 * MINUTE,
  }),
  'check-sightings': job({ schema: nothing, handle: checkSightings, attempts: 1, everyMs: 2 * SECOND }),
  /** Somebody claims or restores what we have not seen settled: its backend is asked for this one hash. */
  'check-payment': job({
    schema: z.strictObject({ paymentHash: z.string().regex(/^[0-9a-f]{64}$/) }),
    handle: (deps, { paymentHash }) => checkPayment(deps, paymentHash),
    attempts: 3,
    everyMs: null,
  }),
  'relay-events': job({
    schema: nothing,
    handle: (deps, _payload, signal) => relayEvents(deps, signal),
    attempts: 1,
    everyMs: SECOND,
  }),
  'release-settling': job({
    schema: nothing,
    handle: (deps, _payload, signal) => releaseSettling(deps, signal),
    attempts: 1,
    everyMs: 5 * SECOND,
  }),
  prune: job({
    schema: nothing,
    handle: (deps, _payload, signal) => prune(deps, signal),
    attempts: 1,
    everyMs: MINUTE,
  }),
  'roll-up-usage': job({
    schema: nothing,
    handle: (deps, _payload, signal) => rollUpUsage(deps, signal),
    attempts: 1,
    everyMs: 10 * MINUTE,
  }),
  'check-content': job({
    schema: nothing,
    handle: (deps, _payload, signal) => checkContent(deps, signal),
    attempts: 1,
    everyMs: HOUR,
  }),
  'collect-content': job({
    schema: nothing,
    handle: (deps, _payload, signal) => collectContent(deps, signal),
    attempts: 1,
    everyMs: HOUR,
  }),
  /** Somebody watches the editor meanwhile. */
  'fetch-pictures': job({
    schema: nothing,
    handle: (deps, _payload, signal) => fetchPictures(deps, signal),
    attempts: 1,
    everyMs: 2 * SECOND,
  }),
  /** Fiat prices stop when the last rate is five minutes old, so four rounds may fail. */
  'refresh-rates': job({
    schema: nothing,
    handle: (deps, _payload, signal) => refreshRates(deps, signal),
    attempts: 1,
    everyMs: RATES_EVERY_MS,
  }),
  'audit-ledger': job({
    schema: nothing,
    handle: (deps, _payload, signal) => auditLedger(deps, signal),
    attempts: 1,
    everyMs: HOUR,
  }),
} as const

export type JobName = keyof typeof JOBS

/**
 * Runs one job from the queue. A name that the table lacks, or a payload of another shape, comes from an older or newer
 * version of this program: it is logged and dropped, because the tables hold everything that matters.
 */
export async function runJob(
  deps: JobDeps,
  job: { name: string; payload: unknown },
  signal: AbortSignal,
): Promise<void> {
  const row = Object.hasOwn(JOBS, job.name) ? (JOBS[job.name as JobName] as JobRow<unknown>) : null
  const payload = row?.schema.safeParse(job.payload)
  if (!row || !payload?.success) {
    deps.log.warn('a job was dropped: this version does not know it', { job: job.name.slice(0, 60) })
    return
  }
  await row.handle(deps, payload.data, signal)
}

/** Backends do not wait for one another; the first failure is thrown when all are done. */
async function allAtOnce<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  await inParallel(items, items.length, async (item) => void (await work(item)))
}

async function checkSightings(deps: JobDeps): Promise<void> {
  const now = deps.clock.now()
  // Nearly all of them; what is left needs a backend, or is forged.
  await confirmSightings(deps.db.client, now)
  const recheckBefore = new Date(now.getTime() - RECHECK_AFTER_MS)
  const due = await listDueSightings(deps.db.client, { recheckBefore, limit: SIGHTINGS_AT_ONCE })
  await inParallel(due, LOOKUPS_IN_FLIGHT, async (sighting) => void (await checkSighting(deps, sighting)))
}

async function checkPayment(deps: JobDeps, hashHex: string): Promise<void> {
  const bytes = decodeHex(hashHex)
  if (bytes === null) return
  const paymentHash = asPaymentHash(bytes)
  const challenge = await findChallengeByHash(deps.db.client, paymentHash)
  await allAtOnce(await listAskable(deps.backends, challenge), async (backend) => {
    const answer = await backend.lookupInvoice(paymentHash)
    if (answer !== null) await handleUpdate(deps, answer, { backendId: await backend.getId(), source: 'presented' })
  })
}
