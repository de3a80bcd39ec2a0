/** Every query on memberships: which person works for which creator. */
import type { Db, Tx } from '#lib/db.ts'

export type MemberRole = 'owner'

export interface Membership {
  readonly creatorId: string
  readonly handle: string
  readonly name: string
  readonly role: MemberRole
}

/** The creator that a person works for, the oldest when there are several; null: none yet. */
export async function findMembership(db: Db, userId: string): Promise<Membership | null> {
  return db.asMember(userId, async (tx) => {
    const row = await tx.member.findFirst({
      where: { userId },
      orderBy: { createdAt: 'asc' },
      select: { creatorId: true, role: true, creator: { select: { handle: true, name: true } } },
    })
    return row && { creatorId: row.creatorId, ...row.creator, role: row.role as MemberRole }
  })
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
