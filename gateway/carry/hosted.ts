/** Bytes that we hold: paid ones are for one client only and never kept by a cache, free ones may be. */
import { answerContent } from '#lib/gate/answers/content.ts'
import { CORS_FIELDS, DISCOVERY_LINK, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import type { GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import type { Grant, HostedTarget } from '#lib/gate/target.ts'

const PAID_FIELDS: readonly HeaderField[] = [...PRIVATE_FIELDS, DISCOVERY_LINK, ...CORS_FIELDS]
const FREE_FIELDS: readonly HeaderField[] = [['Cache-Control', 'public, max-age=3600'], ...CORS_FIELDS]

/** At once when the bytes are in memory. Asked only for what was let in. Throws `Fault`. */
export function carryHosted(
  { content, access }: HostedTarget,
  grant: Grant | null,
  request: GateRequest,
): GateAnswer | Promise<GateAnswer> {
  const fields = access === 'free' ? FREE_FIELDS : PAID_FIELDS
  return answerContent(request, content, { headers: grant === null ? fields : paidFields(grant) })
}

/** A hot token's fields are put together once. */
function paidFields(grant: Grant): readonly HeaderField[] {
  const known = fieldsOfGrant.get(grant)
  if (known !== undefined) return known
  const fields = [...grant.headers, ...PAID_FIELDS]
  fieldsOfGrant.set(grant, fields)
  return fields
}

const fieldsOfGrant = new WeakMap<Grant, readonly HeaderField[]>()
