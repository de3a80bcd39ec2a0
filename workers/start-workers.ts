/** Everything the workers do, started together and drained together. */
import type { Notices } from '#lib/notices.ts'
import { type JobDeps, runJob } from './jobs.ts'
import { openQueue } from './queue.ts'
import { queueJob, startSchedule } from './schedule.ts'
import { createFollower, type FollowerDeps } from './settlement.ts'

export interface Workers {
  /** Resolves when jobs run and the invoices are followed. */
  readonly ready: Promise<void>
  /** Takes nothing new, lets what runs come to an end, and resolves within some seconds. */
  stop(): Promise<void>
}

export interface StartDeps extends Omit<JobDeps, 'followers' | 'notices'>, Omit<FollowerDeps, 'backend' | 'notices'> {
  readonly notices: Notices
  /** Postgres as the jobs role, for the queue's own connections. */
  readonly queueUrl: string
}

const PAYMENT_HASH = /^[0-9a-f]{64}$/

export function startWorkers(deps: StartDeps): Workers {
  const ending = new AbortController()
  const followers = deps.backends.list().map((backend) => createFollower({ ...deps, backend }))
  const jobDeps: JobDeps = { ...deps, followers }
  const queue = openQueue({
    url: deps.queueUrl,
    log: deps.log,
    run: (name, payload) => runJob(jobDeps, { name, payload }, ending.signal),
  })
  const stopSchedule = startSchedule(queue)
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
      await Promise.all([queue.close(), ...following])
    },
  }
}
