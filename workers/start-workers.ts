/** Everything the workers do, started together and drained together. */
import type { Metrics } from '#lib/metrics.ts'
import type { Notices } from '#lib/notices.ts'
import { createWorkerFigures, measureWaiting } from './figures.ts'
import { JOBS, type JobDeps, runJob } from './jobs.ts'
import { openQueue } from './queue.ts'
import { queueJob, startSchedule } from './schedule.ts'
import { createFollower, type FollowerDeps } from './settlement.ts'
import { giveSignsOfLife } from './signs-of-life.ts'

export interface Workers {
  /** Resolves when jobs run and the invoices are followed. */
  readonly ready: Promise<void>
  /** Takes nothing new, lets what runs come to an end, and resolves within some seconds. */
  stop(): Promise<void>
}

export interface StartDeps
  extends Omit<JobDeps, 'followers' | 'notices'>,
    Omit<FollowerDeps, 'backend' | 'notices' | 'onHandled'> {
  readonly notices: Notices
  readonly metrics: Metrics
  /** Postgres as the jobs role, for the queue's own connections. */
  readonly queueUrl: string
}

const PAYMENT_HASH = /^[0-9a-f]{64}$/

export function startWorkers(deps: StartDeps): Workers {
  const ending = new AbortController()
  const figures = createWorkerFigures(deps.metrics)
  measureWaiting(deps.metrics, deps.db)
  const onHandled: FollowerDeps['onHandled'] = (updates) => figures.handled(updates, deps.clock.now())
  const followers = deps.backends.list().map((backend) => createFollower({ ...deps, backend, onHandled }))
  const jobDeps: JobDeps = { ...deps, followers }
  const queue = openQueue({
    url: deps.queueUrl,
    log: deps.log,
    run: (name, payload) => figures.job(nameOfJob(name), () => runJob(jobDeps, { name, payload }, ending.signal)),
  })
  const stopSchedule = startSchedule(queue)
  const endSigns = giveSignsOfLife(deps)
  const unsubscribe = [
    deps.notices.subscribe('sighted', () => queueJob(queue, 'check-sightings', {}, 'check-sightings')),
    deps.notices.subscribe('asked', (paymentHash) => {
      if (PAYMENT_HASH.test(paymentHash)) queueJob(queue, 'check-payment', { paymentHash }, paymentHash)
    }),
  ]
  const following = followers.map((follower) => follower.run(ending.signal))
  return {
    ready: Promise.all([queue.ready, ...followers.map(({ started }) => started)]).then(() => undefined),
    async stop() {
      stopSchedule()
      for (const end of unsubscribe) end()
      ending.abort()
      await Promise.all([queue.close(), endSigns(), ...following])
    },
  }
}

/** A name that the table lacks is another version's, and no label. */
function nameOfJob(name: string): string {
  return Object.hasOwn(JOBS, name) ? name : 'unknown'
}
