/** Bytes that we hold: paid ones are for one client only and never kept by a cache, free ones may be. */

import { Fault } from '#lib/errors.ts'
import { answerContent } from '#lib/gate/answers/content.ts'
import { CORS_FIELDS, DISCOVERY_LINK, PRIVATE_FIELDS } from '#lib/gate/headers.ts'
import { meterStream } from '#lib/gate/measuring/metered-stream.ts'
import type { GateAnswer, GateRequest, HeaderField } from '#lib/gate/request.ts'
import { isStanding, isWithdrawn, type StandingDeps } from '#lib/gate/standing.ts'
import type { Admitted, Grant, HostedTarget } from '#lib/gate/target.ts'

const PAID_FIELDS: readonly HeaderField[] = [...PRIVATE_FIELDS, DISCOVERY_LINK, ...CORS_FIELDS]
const FREE_FIELDS: readonly HeaderField[] = [['Cache-Control', 'public, max-age=3600'], ...CORS_FIELDS]

interface Carrying {
  readonly target: HostedTarget
  readonly admitted: Pick<Admitted, 'creator' | 'grant' | 'meter'>
  readonly request: GateRequest
}

/** At once when the bytes are in memory. Asked only for what was let in. Throws `Fault`. */
export function carryHosted(deps: StandingDeps, carrying: Carrying): GateAnswer | Promise<GateAnswer> {
  const { target, admitted, request } = carrying
  const { grant } = admitted
  const fields = target.access === 'free' ? FREE_FIELDS : PAID_FIELDS
  const answer = answerContent(request, target.content, { headers: grant === null ? fields : paidFields(grant) })
  if (admitted.meter === null && (grant === null || target.content.body instanceof Uint8Array)) return answer
  return answer instanceof Promise
    ? answer.then((ready) => letOut(deps, carrying, ready))
    : letOut(deps, carrying, answer)
}

/** A stream passes its meter, and ends when its token is revoked; one that is sold by amount also when its time is over. */
function letOut(deps: StandingDeps, { admitted, request }: Carrying, answer: GateAnswer): GateAnswer {
  const { meter } = admitted
  const { body } = answer
  if (body === null || typeof body !== 'object' || !('stream' in body)) {
    void meter?.settle()
    return answer
  }
  const { signal } = request
  const stands = () => (meter === null ? !isWithdrawn(deps, admitted, request) : isStanding(deps, admitted, request))
  const stream = whileStanding(stands, body.stream)
  if (meter === null) return { ...answer, body: { ...body, stream } }
  return { ...answer, body: { ...body, stream: meterStream(stream, { meter, signal, length: body.length ?? null }) } }
}

/** Asked with every piece: one whose reader waits gets no more of it. */
async function* whileStanding(
  stands: () => boolean,
  stream: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<string | Uint8Array> {
  for await (const piece of stream) {
    if (!stands()) throw new Fault('l402.expired', 'the right to an answer is over')
    yield piece
  }
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
