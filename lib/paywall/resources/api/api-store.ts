/** Every query on what only an API has: its upstream with what is sealed for it, and its rules. */
import type { Tx } from '#lib/db.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import { asRows } from '#lib/paywall/resources/resource-key-store.ts'
import type { Rule } from './rule.ts'
import type { Protocol } from './upstream.ts'

/** Writes where the server is; of a new one also the sealed key with which requests to it are signed. */
export async function writeUpstream(
  tx: Tx,
  upstream: ResourceKey & { url: string; protocol: Protocol; timeoutMs: number; signingSealed: Uint8Array | null },
): Promise<void> {
  const { creatorId, resourceId, url, protocol, timeoutMs, signingSealed } = upstream
  if (signingSealed === null) {
    await tx.$executeRaw`
      update upstream set url = ${url}, protocol = ${protocol}, timeout_ms = ${timeoutMs}, updated_at = now()
      where creator_id = ${creatorId} and resource_id = ${resourceId}`
    return
  }
  await tx.$executeRaw`
    insert into upstream (creator_id, resource_id, url, protocol, timeout_ms, signing_sealed)
    values (${creatorId}, ${resourceId}, ${url}, ${protocol}, ${timeoutMs}, ${signingSealed})`
}

/** Whether this creator has such an API. */
export async function hasUpstream(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<boolean> {
  return (await tx.upstream.count({ where: { creatorId, resourceId } })) === 1
}

/** Writes a sealed field, or takes it away (`null`). The caller holds the creator's row. */
export async function writeHeader(
  tx: Tx,
  { creatorId, resourceId, name, sealed }: ResourceKey & { name: string; sealed: Uint8Array | null },
): Promise<void> {
  if (sealed === null) {
    await tx.$executeRaw`
      delete from upstream_header where creator_id = ${creatorId} and resource_id = ${resourceId} and name = ${name}`
    return
  }
  // Not `on conflict … excluded.sealed`: that reads the column, which this role may not.
  const count = await tx.$executeRaw`
    update upstream_header set sealed = ${sealed}
    where creator_id = ${creatorId} and resource_id = ${resourceId} and name = ${name}`
  if (count === 1) return
  await tx.$executeRaw`
    insert into upstream_header (creator_id, resource_id, name, sealed)
    values (${creatorId}, ${resourceId}, ${name}, ${sealed})`
}

/** In their order. */
export async function listRules(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<Rule[]> {
  return tx.rule.findMany({
    where: { creatorId, resourceId },
    orderBy: { n: 'asc' },
    select: { service: true, name: true, methods: true, host: true, path: true, tier: true, capability: true },
  })
}

/** These rules in this order, in place of those that were. */
export async function replaceRules(
  tx: Tx,
  { creatorId, resourceId }: ResourceKey,
  rules: readonly Rule[],
): Promise<void> {
  await tx.rule.deleteMany({ where: { creatorId, resourceId } })
  await tx.rule.createMany({
    data: rules.map((rule, n) => ({ ...rule, methods: [...rule.methods], creatorId, resourceId, n })),
  })
}

/** An API as its rows have it; what is sealed is opened by who may. */
export interface SealedApi extends ResourceKey {
  readonly url: string
  readonly protocol: Protocol
  readonly timeoutMs: number
  readonly signingSealed: Uint8Array
  readonly headers: readonly { readonly name: string; readonly sealed: Uint8Array }[]
  readonly rules: readonly Rule[]
}

/** Of these resources those that are APIs. One statement after the other: a connection takes one at a time. */
export async function listSealedApis(tx: Tx, keys: readonly ResourceKey[]): Promise<SealedApi[]> {
  const upstreams = await tx.$queryRaw<Omit<SealedApi, 'headers' | 'rules'>[]>`
    select upstream.creator_id as "creatorId", upstream.resource_id as "resourceId", url, protocol, timeout_ms as "timeoutMs",
      signing_sealed as "signingSealed"
    from ${asRows(keys)} join upstream using (creator_id, resource_id)`
  const headers = await tx.$queryRaw<(ResourceKey & SealedApi['headers'][number])[]>`
    select upstream_header.creator_id as "creatorId", upstream_header.resource_id as "resourceId", name, sealed
    from ${asRows(keys)} join upstream_header using (creator_id, resource_id) order by name`
  const rules = await tx.$queryRaw<(ResourceKey & Rule)[]>`
    select rule.creator_id as "creatorId", rule.resource_id as "resourceId", service, name, methods, host, path, tier, capability
    from ${asRows(keys)} join rule using (creator_id, resource_id) order by n`
  const headersOf = Map.groupBy(headers, resourceName)
  const rulesOf = Map.groupBy(rules, resourceName)
  return upstreams.map((upstream) => ({
    ...upstream,
    headers: headersOf.get(resourceName(upstream)) ?? [],
    rules: rulesOf.get(resourceName(upstream)) ?? [],
  }))
}
