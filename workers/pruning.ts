/** What is over is deleted in batches: unpaid challenges that the node ended, events passed on, findings long settled, old days, uses, fetches and uploads given up, answers nobody repeats. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { inBatches } from '#lib/in-batches.ts'
import { type PruneDeps, pruneChallenges } from '#lib/paywall/challenges/prune-challenges.ts'
import { deleteDeliveries } from '#lib/paywall/entitlements/delivery-store.ts'
import { deleteFreeUses } from '#lib/paywall/entitlements/free-use-store.ts'
import { releaseAbandonedLeases } from '#lib/paywall/entitlements/lease-store.ts'
import { monthOf } from '#lib/paywall/entitlements/take-free-use.ts'
import { deleteRepeatKeys } from '#lib/paywall/idempotency-store.ts'
import { deleteRelayed } from '#lib/paywall/outbox-store.ts'
import { deleteRates } from '#lib/paywall/rates/rate-store.ts'
import { deleteFetches } from '#lib/paywall/resources/article/fetch-store.ts'
import { UPLOAD_KEPT_MS } from '#lib/paywall/resources/file/file.ts'
import { deleteUploads } from '#lib/paywall/resources/file/upload-store.ts'
import { deleteRefusals } from '#lib/paywall/usage/refusal-store.ts'
import { deleteSightings } from '#lib/paywall/usage/sighting-store.ts'
import { deleteUpstreams } from '#lib/paywall/usage/upstream-store.ts'

const DAY_MS = 24 * 3600 * 1000
const EVENTS_KEPT_MS = 7 * DAY_MS
const SIGHTINGS_KEPT_MS = 30 * DAY_MS
/** A transfer in progress notes its beginning and its end; none takes longer than this. */
const DELIVERIES_KEPT_MS = DAY_MS
/** Nobody repeats a request for longer. */
const REPEATS_KEPT_MS = DAY_MS
/** Whoever still works renews its leases every few seconds. */
const LEASES_KEPT_MS = 3600 * 1000
/** A sale that arrives late is valued at what was known then; nobody reads older ones. */
const RATES_KEPT_MS = 3 * 3600 * 1000
/** Refusals and upstreams by day, which the dashboard shows for thirty. */
const DAYS_KEPT_MS = 90 * DAY_MS
const BATCH_ROWS = 1000

/** Deletes all that may go; answers how many rows. */
export async function prune(deps: PruneDeps & { db: Db; clock: Clock }, signal: AbortSignal): Promise<number> {
  const now = deps.clock.now().getTime()
  const events = new Date(now - EVENTS_KEPT_MS)
  const fetches = new Date(now - DAY_MS)
  const leases = new Date(now - LEASES_KEPT_MS)
  const sightings = new Date(now - SIGHTINGS_KEPT_MS)
  const deliveries = new Date(now - DELIVERIES_KEPT_MS)
  const repeats = new Date(now - REPEATS_KEPT_MS)
  const uploads = new Date(now - UPLOAD_KEPT_MS)
  const days = new Date(now - DAYS_KEPT_MS)
  const rates = new Date(now - RATES_KEPT_MS)
  const batches = { limit: BATCH_ROWS, signal }
  return (
    (await pruneChallenges(deps, signal)) +
    (await inBatches((limit) => deleteRelayed(deps.db.client, { before: events, limit }), batches)) +
    (await inBatches((limit) => deleteFetches(deps.db.client, { before: fetches, limit }), batches)) +
    (await inBatches((limit) => releaseAbandonedLeases(deps.db.client, { before: leases, limit }), batches)) +
    (await inBatches((limit) => deleteSightings(deps.db.client, { before: sightings, limit }), batches)) +
    (await inBatches((limit) => deleteRepeatKeys(deps.db.client, { before: repeats, limit }), batches)) +
    (await inBatches((limit) => deleteFreeUses(deps.db.client, { before: monthOf(sightings), limit }), batches)) +
    (await inBatches((limit) => deleteUploads(deps.db.client, { before: uploads, limit }), batches)) +
    (await inBatches((limit) => deleteRefusals(deps.db.client, { before: days, limit }), batches)) +
    (await inBatches((limit) => deleteRates(deps.db.client, { before: rates, limit }), batches)) +
    (await inBatches((limit) => deleteUpstreams(deps.db.client, { before: days, limit }), batches)) +
    (await inBatches((limit) => deleteDeliveries(deps.db.client, { before: deliveries, limit }), batches))
  )
}
