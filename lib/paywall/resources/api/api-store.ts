/** Every query on what only an API has: its upstream with what is sealed for it, and its rules. */
import type { Tx } from '#lib/db.ts'
import { type Pricing, parsePricing } from '#lib/paywall/offers/pricing.ts'
import { type ResourceKey, resourceName } from '#lib/paywall/resources/resource.ts'
import { asRows } from '#lib/paywall/resources/resource-key-store.ts'
import { Prisma } from '#prisma'
import { parseMeter } from './parse-meter.ts'
import type { Rule } from './rule.ts'
import type { Protocol } from './upstream.ts'

/** Writes where the server is; of a new one also the sealed key with which requests to it are signed. */
export async function writeUpstream(
  tx: Tx,
  upstream: ResourceKey & {
    url: string
    protocol: Protocol | null
    timeoutMs: number
    signingSealed: Uint8Array | null
  },
): Promise<void> {
  const { creatorId, resourceId, url, protocol, timeoutMs, signingSealed } = upstream
  if (signingSealed === null) {
    await tx.$executeRaw`
      update upstream set url = ${url}, protocol = coalesce(${protocol}, protocol), timeout_ms = ${timeoutMs}, updated_at = now()
      where creator_id = ${creatorId} and resource_id = ${resourceId}`
    return
  }
  await tx.$executeRaw`
    insert into upstream (creator_id, resource_id, url, protocol, timeout_ms, signing_sealed)
    values (${creatorId}, ${resourceId}, ${url}, ${protocol ?? 'http'}, ${timeoutMs}, ${signingSealed})`
}

/** Whether this creator has such an API. */
export async function hasUpstream(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<boolean> {
  return (await tx.upstream.count({ where: { creatorId, resourceId } })) === 1
}

/** Whether it was ever on sale. */
export async function isPublished(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<boolean> {
  return (await tx.resource.count({ where: { creatorId, id: resourceId, publishedAt: { not: null } } })) === 1
}

/** Requests are signed with another key from now on. */
export async function writeSigning(tx: Tx, { creatorId, resourceId }: ResourceKey, sealed: Uint8Array): Promise<void> {
  await tx.$executeRaw`
    update upstream set signing_sealed = ${sealed}, updated_at = now()
    where creator_id = ${creatorId} and resource_id = ${resourceId}`
}

/** Takes away all that only an API has. */
export async function deleteApiRows(tx: Tx, { creatorId, resourceId }: ResourceKey): Promise<void> {
  const where = { creatorId, resourceId }
  await tx.rule.deleteMany({ where })
  await tx.upstreamHeader.deleteMany({ where })
  await tx.upstream.deleteMany({ where })
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
  const rows = await tx.rule.findMany({
    where: { creatorId, resourceId },
    orderBy: { n: 'asc' },
    omit: { creatorId: true, resourceId: true, n: true },
  })
  return readRules(rows)
}

interface RuleRow extends Omit<Rule, 'pricing' | 'meter'> {
  readonly pricing: unknown
  readonly meter: unknown
}

/** With one that cannot be priced there are none: a later rule could mean what it means, and be cheaper. */
function readRules(rows: readonly RuleRow[]): Rule[] {
  const rules = rows.flatMap(({ pricing, meter, ...row }) => {
    const rule = { ...row, meter: parseMeter(meter) }
    if (pricing === null) return [rule]
    const read = parsePricing(pricing)
    return read === null ? [] : [{ ...rule, pricing: read }]
  })
  return rules.length === rows.length ? rules : []
}

function storePricing({ endpoint, surge }: Pricing) {
  return { endpoint: endpoint && { ...endpoint }, surge: surge && { ...surge } }
}

/** These rules in this order, in place of those that were. */
export async function replaceRules(
  tx: Tx,
  { creatorId, resourceId }: ResourceKey,
  rules: readonly Rule[],
): Promise<void> {
  await tx.rule.deleteMany({ where: { creatorId, resourceId } })
  await tx.rule.createMany({
    data: rules.map(({ pricing, meter, ...rule }, n) => ({
      ...rule,
      methods: [...rule.methods],
      pricing: pricing === undefined ? Prisma.DbNull : storePricing(pricing),
      meter: meter ? (meter as unknown as Prisma.InputJsonObject) : Prisma.DbNull,
      ...{ creatorId, resourceId, n },
    })),
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
  const rules = await tx.$queryRaw<(ResourceKey & RuleRow)[]>`
    select rule.creator_id as "creatorId", rule.resource_id as "resourceId", service, name, methods, host, path, tier,
      capability, pricing, meter, free_monthly as "freeMonthly"
    from ${asRows(keys)} join rule using (creator_id, resource_id) order by n`
  const headersOf = Map.groupBy(headers, resourceName)
  const rulesOf = Map.groupBy(rules, resourceName)
  return upstreams.map((upstream) => ({
    ...upstream,
    headers: headersOf.get(resourceName(upstream)) ?? [],
    rules: readRules(rulesOf.get(resourceName(upstream)) ?? []),
  }))
}
