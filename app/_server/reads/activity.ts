/** What the Activity tab shows: thirty days of one resource. */
import 'server-only'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { quantileMs } from '#lib/paywall/usage/latency.ts'
import { listRefusals } from '#lib/paywall/usage/refusal-store.ts'
import { sumUpstreams } from '#lib/paywall/usage/upstream-store.ts'
import { type Funnel, readFunnel } from '#lib/paywall/usage/usage-store.ts'
import { dayOf, shiftDay } from './local-day.ts'
import { requireResource } from './resources.ts'

export interface RefusalRow {
  readonly reason: string
  readonly detail: string
  /** In all of the days. */
  readonly count: number
  /** By day as `2026-11-28`, in UTC. */
  readonly byDay: ReadonlyMap<string, number>
}

export interface UpstreamFigures {
  readonly calls: number
  readonly failed: number
  readonly timeouts: number
  readonly unreachable: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

interface Activity {
  readonly funnel: Funnel
  /** The oldest first. */
  readonly days: readonly string[]
  /** What came most often first. */
  readonly refusals: readonly RefusalRow[]
  /** `null`: nothing of it is called. */
  readonly upstream: UpstreamFigures | null
}

const DAYS = 30
const DAY_MS = 86_400_000

export async function readActivity(member: Membership, resourceId: string): Promise<Activity> {
  const { id } = await requireResource(member, resourceId)
  const { db, clock } = webDeps()
  const { creatorId } = member
  const now = clock.now()
  const today = dayOf(now, 'UTC')
  const days = Array.from({ length: DAYS }, (_, n) => shiftDay(today, n + 1 - DAYS))
  const from = new Date(now.getTime() - (DAYS - 1) * DAY_MS)
  const key = { creatorId, resourceId: id, from }
  return await db.asCreator(creatorId, async (tx) => {
    const funnel = await readFunnel(tx, { ...key, to: now })
    const refusals = sumRefusals(await listRefusals(tx, key))
    const upstream = await sumUpstreams(tx, key)
    return { funnel, days, refusals, upstream: upstream && withQuantiles(upstream) }
  })
}

function sumRefusals(rows: Awaited<ReturnType<typeof listRefusals>>): RefusalRow[] {
  const byReason = [...Map.groupBy(rows, ({ reason, detail }) => `${reason} ${detail}`).values()]
  return byReason
    .flatMap((ofReason) => {
      const [first] = ofReason
      if (first === undefined) return []
      const { reason, detail } = first
      const count = ofReason.reduce((sum, row) => sum + row.count, 0)
      const byDay = new Map(ofReason.map((row) => [dayOf(row.day, 'UTC'), row.count]))
      return [{ reason, detail, count, byDay }]
    })
    .toSorted((a, b) => b.count - a.count)
}

function withQuantiles({ slots, ...sums }: NonNullable<Awaited<ReturnType<typeof sumUpstreams>>>): UpstreamFigures {
  const { calls, failed, timeouts, unreachable } = sums
  const [p50Ms, p99Ms] = [quantileMs(slots, 0.5), quantileMs(slots, 0.99)]
  return { calls, failed, timeouts, unreachable, p50Ms, p99Ms }
}
