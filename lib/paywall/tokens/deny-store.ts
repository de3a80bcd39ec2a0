/** Every query on the deny list. */
import type { Tx } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import type { Denial } from './deny-list.ts'

/** Everything that is denied at `now` for one creator. */
export async function listDenials(tx: Tx, creatorId: string, now: Date): Promise<Denial[]> {
  const rows = await tx.denied.findMany({
    where: { creatorId, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
    select: { kind: true, subject: true, service: true },
  })
  return rows.map((row) => ({ ...row, kind: row.kind as Denial['kind'] }))
}

/** What was denied to these creators under a later change number than `after`, and still is at `now`; by creator. */
export async function listDenialsAfter(
  tx: Tx,
  wanted: readonly { readonly creatorId: string; readonly after: bigint }[],
  now: Date,
): Promise<ReadonlyMap<string, Denial[]>> {
  const ids = wanted.map(({ creatorId }) => creatorId)
  const numbers = wanted.map(({ after }) => after.toString())
  const rows = await tx.$queryRaw<(Denial & { creatorId: string })[]>`
    select denied.creator_id as "creatorId", kind, subject, service
    from unnest(${ids}::text[], ${numbers}::text[]) as wanted(creator_id, after)
    join denied on denied.creator_id = wanted.creator_id and denied.change_number > wanted.after::bigint
    where expires_at is null or expires_at > ${now}`
  return Map.groupBy(rows, ({ creatorId }) => creatorId)
}

/**
 * Adds denials under the change number that the caller raised in this transaction; what is denied already stays as it
 * is. Answers how many were new.
 */
export async function insertDenials(
  tx: Tx,
  input: { creatorId: string; changeNumber: bigint; denials: readonly Denial[] },
): Promise<number> {
  const rows = input.denials.map((denial) => ({ ...denial, subject: encodeHex(denial.subject) }))
  return tx.$executeRaw`
    insert into denied (creator_id, kind, subject, service, change_number)
    select ${input.creatorId}, kind, decode(subject, 'hex'), service, ${input.changeNumber}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row(kind text, subject text, service text)
    on conflict do nothing`
}

/** A token that carries services of an earlier purchase, and which of them. */
export interface Carrier {
  readonly tokenId: Uint8Array
  readonly services: readonly string[]
}

/** Tokens of this creator, paid or not yet paid, that carry a service of the purchase `tokenId`. */
export async function listCarriers(tx: Tx, key: { creatorId: string; tokenId: Uint8Array }): Promise<Carrier[]> {
  const parent = JSON.stringify([{ tokenId: encodeHex(key.tokenId) }])
  return tx.$queryRaw<Carrier[]>`
    select token_id as "tokenId", array_agg(distinct carried.service) as services
    from (
      select token_id, parents from settlement where creator_id = ${key.creatorId} and parents <> '[]' and parents @> ${parent}::jsonb
      union all
      select token_id, parents from challenge where creator_id = ${key.creatorId} and parents <> '[]' and parents @> ${parent}::jsonb
    ) as carrier, jsonb_to_recordset(carrier.parents) as carried("tokenId" text, service text)
    where carried."tokenId" = ${encodeHex(key.tokenId)}
    group by token_id`
}

/** Whether this creator sold this token. */
export async function isSold(tx: Tx, key: { creatorId: string; tokenId: Uint8Array }): Promise<boolean> {
  const sale = await tx.settlement.findFirst({
    where: { creatorId: key.creatorId, tokenId: new Uint8Array(key.tokenId) },
    select: { challengeId: true },
  })
  return sale !== null
}
