/** Refusals are counted by resource, day and reason, so that a flood of them is as few rows as one of each. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import type { Log } from '#lib/log.ts'
import { createDayBuffer, type DayBuffer } from './day-buffer.ts'
import { addRefusals, type RefusalCount } from './refusal-store.ts'

type Refusal = Omit<RefusalCount, 'day' | 'count'>
export type RefusalBuffer = DayBuffer<Refusal>

export function createRefusalBuffer({ db, clock, log }: { db: Db; clock: Clock; log: Log }): RefusalBuffer {
  return createDayBuffer<Refusal, { -readonly [K in keyof RefusalCount]: RefusalCount[K] }>({
    ...{ clock, log, what: 'refusals' },
    nameOf: ({ creatorId, resourceId, reason, detail }) => `${creatorId} ${resourceId} ${reason} ${detail}`,
    begin: (refusal, day) => ({ ...refusal, day, count: 0 }),
    add: (row) => {
      row.count += 1
    },
    write: (rows) => addRefusals(db.client, rows),
  })
}
