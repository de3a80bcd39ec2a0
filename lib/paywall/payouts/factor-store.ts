/** Every query on authenticators; a code counts once, because taking it is one guarded statement. */
import type { Tx } from '#lib/db.ts'

export interface FactorKey {
  readonly creatorId: string
  readonly id: string
}

export interface Factor extends FactorKey {
  readonly secretSealed: Uint8Array
  readonly proofSealed: Uint8Array
  readonly askedAt: Date
}

export interface NewFactor extends FactorKey {
  readonly userId: string
  readonly secretSealed: Uint8Array
  readonly proofSealed: Uint8Array
  /** SHA-256 of each code. */
  readonly recoveryDigests: readonly Uint8Array[]
}

/** Asks that an authenticator be taken: the one thing that the dashboard may write of it. */
export async function insertFactor(tx: Tx, row: NewFactor): Promise<void> {
  await tx.$executeRaw`
    insert into payout_factor (creator_id, id, user_id, secret_sealed, proof_sealed, recovery_digests)
    values (${row.creatorId}, ${row.id}, ${row.userId}, ${row.secretSealed}, ${row.proofSealed}, ${[...row.recoveryDigests]})`
}

/** The one that holds now. */
export async function findFactor(tx: Tx, creatorId: string): Promise<Factor | null> {
  const rows = await tx.$queryRaw<Factor[]>`
    select creator_id as "creatorId", id, secret_sealed as "secretSealed", proof_sealed as "proofSealed", asked_at as "askedAt"
    from payout_factor where creator_id = ${creatorId} and confirmed_at is not null and ended_at is null`
  return rows[0] ?? null
}

/** Those that nobody has looked at yet, the oldest first. */
export async function listNewFactors(tx: Tx, limit: number): Promise<Factor[]> {
  return tx.$queryRaw<Factor[]>`
    select creator_id as "creatorId", id, secret_sealed as "secretSealed", proof_sealed as "proofSealed", asked_at as "askedAt"
    from payout_factor where checked_at is null order by asked_at limit ${limit}`
}

/** Holds one that nobody has looked at yet until the transaction ends; `false`: somebody did. */
export async function lockNewFactor(tx: Tx, { creatorId, id }: FactorKey): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from payout_factor where creator_id = ${creatorId} and id = ${id} and checked_at is null for update`
  return rows.length === 1
}

/** Takes the code of a step; `false`: it, or a later one, was taken before. Atomic against everybody who has the same code. */
export async function takeStep(tx: Tx, { creatorId, id }: FactorKey, step: bigint): Promise<boolean> {
  const count = await tx.$executeRaw`
    update payout_factor set last_step = ${step}
    where creator_id = ${creatorId} and id = ${id} and last_step < ${step} and ended_at is null`
  return count === 1
}

/** Takes a recovery code; `false`: there is none of this digest any more. */
export async function takeRecoveryCode(tx: Tx, { creatorId, id }: FactorKey, digest: Uint8Array): Promise<boolean> {
  const count = await tx.$executeRaw`
    update payout_factor set recovery_digests = array_remove(recovery_digests, ${digest})
    where creator_id = ${creatorId} and id = ${id} and ${digest} = any(recovery_digests) and ended_at is null`
  return count === 1
}

/** Looked at: it holds from now on and the one before it ends, or it never will. */
export async function concludeFactor(
  tx: Tx,
  { creatorId, id }: FactorKey,
  { at, holds, step }: { at: Date; holds: boolean; step: bigint },
): Promise<void> {
  if (holds)
    await tx.$executeRaw`
      update payout_factor set ended_at = ${at} where creator_id = ${creatorId} and confirmed_at is not null and ended_at is null`
  await tx.$executeRaw`
    update payout_factor set checked_at = ${at}, confirmed_at = case when ${holds} then ${at}::timestamptz end, last_step = ${step}
    where creator_id = ${creatorId} and id = ${id} and checked_at is null`
}
