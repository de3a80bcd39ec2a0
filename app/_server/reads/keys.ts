/** A creator's secret keys as their page shows them: never more of one than what may be seen. */
import 'server-only'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { formatClock, formatDay } from '#app/_ui/format.ts'
import { type ApiKey, isOver } from '#lib/paywall/creators/api-key.ts'
import { listApiKeys } from '#lib/paywall/creators/api-key-store.ts'
import { dayOf } from './local-day.ts'

export interface ShownKey {
  readonly id: string
  readonly name: string
  /** `sk_k3h1m9p0q2w4_…` */
  readonly start: string
  readonly made: string
  readonly used: string
  /** When somebody last showed it after its end; `null`: nobody did. */
  readonly refused: string | null
  /** `ends`: it was rolled, and works for a while. */
  readonly state: 'lives' | 'ends' | 'over'
  readonly end: string
}

export async function readKeys({ creatorId, timeZone }: Membership): Promise<ShownKey[]> {
  const { db, clock } = webDeps()
  const now = clock.now()
  const keys = await db.asCreator(creatorId, (tx) => listApiKeys(tx, creatorId))
  return keys.map((key) => show(key, now, timeZone))
}

function show(key: ApiKey, now: Date, timeZone: string): ShownKey {
  const { id, name, publicId, createdAt, endsAt, lastUsedAt, lastRefusedAt } = key
  const state = isOver(key, now) ? 'over' : endsAt === null ? 'lives' : 'ends'
  return {
    ...{ id, name, state, start: `sk_${publicId}_…` },
    made: moment(createdAt, timeZone),
    used: lastUsedAt === null ? 'Never' : moment(lastUsedAt, timeZone),
    refused: lastRefusedAt && moment(lastRefusedAt, timeZone),
    end: endsAt === null ? '' : `${state === 'over' ? 'Ended' : 'Rolled; works until'} ${moment(endsAt, timeZone)}`,
  }
}

function moment(at: Date, timeZone: string): string {
  return `${formatDay(dayOf(at, timeZone))}, ${formatClock(at, timeZone)}`
}
