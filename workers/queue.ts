/** Jobs in Postgres by BullMQ: a job is a hint, so the queue may be emptied, lost or doubled without losing anything. */
import { createPostgresBackend, type Job, withBackend } from 'bullmq'
import { randomBytes } from '#lib/crypto.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { describeCause, type Log } from '#lib/log.ts'
import { createTrouble } from '#lib/trouble.ts'

export interface JobQueue {
  /** Queues a job unless one with the same `once` waits or runs. Never throws: a job that cannot be queued comes again. */
  add(name: string, payload: object, options: { once: string; attempts: number }): Promise<void>
  close(): Promise<void>
}

export interface QueueOptions {
  /** Postgres as the jobs role; the schema `bullmq` was migrated by its owner. */
  readonly url: string
  readonly log: Log
  /** Runs one job; a throw marks it failed, and it is tried again as often as its row of the job table says. */
  readonly run: (name: string, payload: unknown) => Promise<void>
}

const QUEUE_NAME = 'jobs'
const CONCURRENCY = 4
/** A killed worker's job runs again after this long, or one stalled check later. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5_000
const RETRY_FIRST_MS = 500
const KEEP_DONE = { count: 100 }
const BACKOFF_MS = [200, 500, 1_000, 2_000, 5_000]
/** Jobs come every few seconds, so a longer silence means that the queue does not work any more. */
const SILENCE_MS = 60_000
const CHECK_MS = 5_000
/** What is running when the process is told to end gets this long; its effect is whole or absent either way. */
const DRAIN_MS = 1_000

const { Queue, Worker } = withBackend(createPostgresBackend)

/** Queue and worker on connections of their own. */
interface Opened {
  readonly queue: InstanceType<typeof Queue>
  readonly worker: InstanceType<typeof Worker>
  lastActiveAt: number
}

/**
 * Opens queue and worker and keeps them open: while Postgres is away it tries again for ever, and a queue that has
 * fallen silent is opened again. `ready` resolves at the first success.
 */
export function openQueue(options: QueueOptions): JobQueue & { readonly ready: Promise<void> } {
  let opened: Opened | null = null
  let closed = false
  let wake: () => void = () => undefined
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  let markReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => {
    markReady = resolve
  })

  const keepOpen = async () => {
    for (let failures = 0; !closed; ) {
      opened = await tryOpen(options)
      if (opened === null) {
        await pause(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0)
        failures += 1
        continue
      }
      failures = 0
      markReady()
      while (!closed && Date.now() - opened.lastActiveAt < SILENCE_MS) await pause(CHECK_MS)
      if (!closed) options.log.warn('the queue fell silent and is opened again')
      const old = opened
      opened = null
      await shut(old)
    }
  }
  const running = keepOpen()
  // Jobs come every second, so what keeps them out of the queue is told once and not once a second.
  const trouble = createTrouble(options.log, { begun: 'jobs cannot be queued', over: 'jobs can be queued again' })

  return {
    ready,
    async add(name, payload, { once, attempts }) {
      try {
        await opened?.queue.add(name, payload, {
          // An id of our own: for one of its own BullMQ makes a sequence, which the role of the jobs may not.
          jobId: encodeHex(randomBytes(16)),
          attempts,
          backoff: { type: 'exponential', delay: RETRY_FIRST_MS },
          removeOnComplete: KEEP_DONE,
          removeOnFail: KEEP_DONE,
          deduplication: { id: once, keepLastIfActive: true },
        })
        trouble.end()
      } catch (cause) {
        trouble.report(cause, { job: name })
      }
    },
    async close() {
      closed = true
      wake()
      await running
    },
  }
}

/** `null`: Postgres does not answer; the reason is in the log. */
async function tryOpen(options: QueueOptions): Promise<Opened | null> {
  const connection = {
    connectionString: options.url,
    max: 4,
    connectionTimeoutMillis: 2_000,
    keepAlive: true,
    migrate: false,
  }
  const queue = new Queue(QUEUE_NAME, { connection })
  const worker = new Worker(QUEUE_NAME, (job: Job<unknown>) => runJob(job), {
    connection,
    concurrency: CONCURRENCY,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    // A job cut short by kill -9 is no poison: its handler only repeats what is not done yet.
    maxStalledCount: 1_000,
    autorun: false,
  })
  const opened: Opened = { queue, worker, lastActiveAt: Date.now() }
  const runJob = async (job: Job<unknown>) => {
    opened.lastActiveAt = Date.now()
    await options.run(job.name, job.data)
  }
  const onTrouble = (cause: Error) => options.log.debug('the queue has trouble', { cause: describeCause(cause) })
  queue.on('error', onTrouble)
  worker.on('error', onTrouble)
  worker.on('failed', (job, cause) =>
    options.log.warn('a job failed', { job: job?.name ?? '', cause: describeCause(cause) }),
  )
  try {
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()])
  } catch (cause) {
    options.log.warn('the queue is not open yet', { cause: describeCause(cause) })
    await shut(opened)
    return null
  }
  void worker.run().catch((cause) => options.log.warn('the worker stopped', { cause: describeCause(cause) }))
  return opened
}

/** Lets running jobs end for a moment, then lets go; never throws. */
async function shut({ queue, worker }: Opened): Promise<void> {
  const quietly = (work: Promise<unknown>) => work.catch(() => undefined)
  const drained = quietly(worker.close())
  await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())])
  await Promise.race([
    Promise.all([quietly(worker.close(true)), quietly(queue.close())]),
    new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref()),
  ])
}
