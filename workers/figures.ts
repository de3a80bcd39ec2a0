/** What the workers measure: jobs, how long after a payment its sale was booked, and what waits. */
import type { Db } from '#lib/db.ts'
import type { InvoiceUpdate } from '#lib/lightning/backend.ts'
import type { Metrics } from '#lib/metrics.ts'
import { countWaiting } from '#lib/paywall/waiting-store.ts'

export interface WorkerFigures {
  /** Runs a job; answers or throws what it does. `name` is one of the table. */
  job(name: string, work: () => Promise<unknown>): Promise<void>
  /** These updates were handled now. */
  handled(updates: readonly Pick<InvoiceUpdate, 'state' | 'settledAt'>[], now: Date): void
}

const LAG_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600]
const JOB_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600]

export function createWorkerFigures(metrics: Metrics): WorkerFigures {
  const lag = metrics.timing({
    name: 'satstile_settlement_lag_seconds',
    help: 'From the moment that the node gives for a payment to its sale in the books; whole seconds at the node',
    buckets: LAG_BUCKETS,
  })
  const jobs = metrics.timing({
    name: 'satstile_job_seconds',
    help: 'Jobs by name and how they ended',
    labels: ['job', 'result'],
    buckets: JOB_BUCKETS,
  })
  return {
    async job(name, work) {
      const startedAt = performance.now()
      let result = 'failed'
      try {
        await work()
        result = 'done'
      } finally {
        jobs.note([name, result], (performance.now() - startedAt) / 1000)
      }
    },
    handled(updates, now) {
      for (const { state, settledAt } of updates) {
        if (state === 'settled' && settledAt !== null)
          lag.note([], Math.max(0, (now.getTime() - settledAt.getTime()) / 1000))
      }
    },
  }
}

/** One statement for each reading; a database that does not answer leaves these figures out. */
export function measureWaiting(metrics: Metrics, db: Pick<Db, 'client'>): void {
  const described = {
    name: 'satstile_waiting',
    help: 'Rows that wait for workers: invoices that may be paid, sightings, events; counted up to 10,000',
    labels: ['for'],
  }
  metrics.gauge(described, async () => {
    const { invoices, sightings, events } = await countWaiting(db.client)
    return [
      [['invoices'], invoices],
      [['sightings'], sightings],
      [['events'], events],
    ]
  })
}
