/** Every query on how resources let in who has paid. */
import type { Tx } from '#lib/db.ts'
import { type Access, formatTokenRate, OPEN_ACCESS, readTokenRate } from './access.ts'
import type { ResourceKey } from './resource.ts'

/** As a join brings it; all `null` where a resource has no settings of its own. */
export interface AccessRow {
  readonly requireSettled: boolean | null
  readonly browsersPay: boolean | null
  readonly tokenRate: string | null
  readonly tokenAtOnce: number | null
}

export function toAccess({ requireSettled, browsersPay, tokenRate, tokenAtOnce }: AccessRow): Access {
  if (requireSettled === null || browsersPay === null) return OPEN_ACCESS
  return { requireSettled, browsersPay, tokenRate: readTokenRate(tokenRate), tokenAtOnce }
}

export async function readAccess(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<Access> {
  const [row] = await tx.$queryRaw<AccessRow[]>`
    select require_settled as "requireSettled", browsers_pay as "browsersPay", token_rate as "tokenRate",
      token_at_once as "tokenAtOnce"
    from resource_access where creator_id = ${creatorId} and resource_id = ${resourceId}`
  return row === undefined ? OPEN_ACCESS : toAccess(row)
}

export async function writeAccess(tx: Tx, { creatorId, resourceId }: ResourceKey, access: Access): Promise<void> {
  const { requireSettled, browsersPay, tokenAtOnce } = access
  const tokenRate = formatTokenRate(access.tokenRate)
  await tx.$executeRaw`
    insert into resource_access (creator_id, resource_id, require_settled, browsers_pay, token_rate, token_at_once)
    values (${creatorId}, ${resourceId}, ${requireSettled}, ${browsersPay}, ${tokenRate}, ${tokenAtOnce})
    on conflict (creator_id, resource_id) do update set require_settled = excluded.require_settled,
      browsers_pay = excluded.browsers_pay, token_rate = excluded.token_rate, token_at_once = excluded.token_at_once`
}
