/** Every query on memberships: which person works for which creator. */
import type { Db, Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'

export type MemberRole = 'owner'

export interface Membership {
  readonly creatorId: string
  readonly handle: string
  readonly name: string
  readonly timeZone: string
  /** Of the creator's picture, SHA-256 as hex; null: there is none. */
  readonly pictureDigest: string | null
  readonly role: MemberRole
}

/** The creator that a person works for, the oldest when there are several; null: none yet. */
export async function findMembership(db: Db, userId: string): Promise<Membership | null> {
  return db.asMember(userId, async (tx) => {
    const row = await tx.member.findFirst({
      where: { userId },
      orderBy: { createdAt: 'asc' },
      select: {
        creatorId: true,
        role: true,
        creator: { select: { handle: true, name: true, timeZone: true, pictureDigest: true } },
      },
    })
    if (row === null) return null
    const pictureDigest = row.creator.pictureDigest && encodeHex(row.creator.pictureDigest)
    return { creatorId: row.creatorId, ...row.creator, pictureDigest, role: row.role as MemberRole }
  })
}

/**
 * Holds back everybody else who asks for this person until `tx` ends; answers the creator that the person owns, or null.
 * Atomic against other callers for the same person, whose next statement sees what this transaction committed.
 */
export async function lockPerson(tx: Tx, userId: string): Promise<{ creatorId: string; handle: string } | null> {
  await tx.$queryRaw`select set_config('satstile.user_id', ${userId}, true)`
  await tx.$queryRaw`select id from "user" where id = ${userId} for update`
  const [own] = await tx.$queryRaw<{ creatorId: string; handle: string }[]>`
    select c.id as "creatorId", c.handle from member m join creator c on c.id = m.creator_id
    where m.user_id = ${userId} order by m.created_at limit 1`
  return own ?? null
}

/** Makes a person a member; done again it changes nothing. */
export async function insertMember(
  tx: Tx,
  member: { creatorId: string; userId: string; role: MemberRole },
): Promise<void> {
  await tx.$executeRaw`
    insert into member (creator_id, user_id, role) values (${member.creatorId}, ${member.userId}, ${member.role})
    on conflict do nothing`
}
