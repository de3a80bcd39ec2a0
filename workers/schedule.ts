/** Scheduled jobs are queued again and again by every worker; the queue keeps one of each, so an emptied queue refills itself. */
import { JOBS, type JobName } from './jobs.ts'
import type { JobQueue } from './queue.ts'

/** A job that comes rarely waits before its first time: the start has its own sweep and better things to do. */
const RARELY_MS = 60_000
const FIRST_AFTER_MS = 30_000

/** Begins to queue every scheduled job; answers how to stop. */
export function startSchedule(queue: Pick<JobQueue, 'add'>): () => void {
  const timers: NodeJS.Timeout[] = []
  for (const [name, { everyMs, attempts }] of Object.entries(JOBS)) {
    if (everyMs === null) continue
    const add = () => void queue.add(name, {}, { once: name, attempts })
    if (everyMs < RARELY_MS) add()
    else timers.push(setTimeout(add, FIRST_AFTER_MS))
    timers.push(setInterval(add, everyMs))
  }
  return () => {
    for (const timer of timers) clearTimeout(timer)
  }
}

/** Queues one job that a notice asks for. */
export function queueJob(queue: Pick<JobQueue, 'add'>, name: JobName, payload: object, once: string): void {
  void queue.add(name, payload, { once, attempts: JOBS[name].attempts })
}
