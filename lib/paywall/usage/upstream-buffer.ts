/** What a creator's server did is counted by resource and day: how long its answers took, and what came of none. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import type { Log } from '#lib/log.ts'
import { createDayBuffer, type DayBuffer } from './day-buffer.ts'
import { SLOTS, slotOf } from './latency.ts'
import { addUpstreams } from './upstream-store.ts'

/** One call. `answered` has a result; the others were not charged. */
export interface UpstreamCall {
  readonly creatorId: string
  readonly resourceId: string
  readonly outcome: 'answered' | 'failed' | 'unreachable' | 'timeouts'
  readonly durationMs: number
}
export type UpstreamBuffer = DayBuffer<UpstreamCall>

interface Row extends Pick<UpstreamCall, 'creatorId' | 'resourceId'> {
  readonly day: Date
  calls: number
  unreachable: number
  timeouts: number
  failed: number
  readonly slots: number[]
}

export function createUpstreamBuffer({ db, clock, log }: { db: Db; clock: Clock; log: Log }): UpstreamBuffer {
  return createDayBuffer<UpstreamCall, Row>({
    ...{ clock, log, what: 'calls of upstreams' },
    nameOf: ({ creatorId, resourceId }) => `${creatorId} ${resourceId}`,
    begin: ({ creatorId, resourceId }, day) => ({
      ...{ creatorId, resourceId, day, calls: 0, unreachable: 0, timeouts: 0, failed: 0 },
      slots: new Array<number>(SLOTS).fill(0),
    }),
    add(row, { outcome, durationMs }) {
      row.calls += 1
      if (outcome !== 'answered') row[outcome] += 1
      if (outcome === 'unreachable' || outcome === 'timeouts') return
      const slot = slotOf(durationMs)
      row.slots[slot] = (row.slots[slot] ?? 0) + 1
    },
    write: (rows) => addUpstreams(db.client, rows),
  })
}
