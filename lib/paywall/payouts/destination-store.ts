/** Every query on where money may go: a new destination waits, and is announced before anything goes there. */
import type { Tx } from '#lib/db.ts'

export interface KnownDestination {
  readonly creatorId: string
  readonly name: string
  readonly usableAt: Date
  readonly announcedAt: Date | null
}

const COLUMNS = `creator_id as "creatorId", name, usable_at as "usableAt", announced_at as "announcedAt"`

/** Notes a destination at its first sight; what is known of it stays as it is. */
export async function noteDestination(
  tx: Tx,
  { creatorId, name, usableAt }: { creatorId: string; name: string; usableAt: Date },
): Promise<KnownDestination | null> {
  await tx.$executeRaw`
    insert into payout_destination (creator_id, name, usable_at) values (${creatorId}, ${name}, ${usableAt}) on conflict do nothing`
  const rows = await tx.$queryRawUnsafe<KnownDestination[]>(
    `select ${COLUMNS} from payout_destination where creator_id = $1 and name = $2`,
    creatorId,
    name,
  )
  return rows[0] ?? null
}

export async function listUnannounced(tx: Tx, limit: number): Promise<KnownDestination[]> {
  return tx.$queryRawUnsafe<KnownDestination[]>(
    `select ${COLUMNS} from payout_destination where announced_at is null order by seen_at limit $1`,
    limit,
  )
}

export async function markAnnounced(
  tx: Tx,
  { creatorId, name, at }: { creatorId: string; name: string; at: Date },
): Promise<void> {
  await tx.$executeRaw`
    update payout_destination set announced_at = ${at} where creator_id = ${creatorId} and name = ${name} and announced_at is null`
}

/** Where a creator's people are told. */
export async function listAddresses(tx: Tx, creatorId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ email: string }[]>`
    select "user".email from member join "user" on "user".id = member.user_id
    where member.creator_id = ${creatorId} and "user".email is not null order by "user".email`
  return rows.map(({ email }) => email)
}
