/** `POST /api/v1/verify`: a creator's own server asks what the gate would do with a request that it got (protocol.md §2.6). */
import { isProtected } from '#gateway/front.ts'
import type { GatewayDeps } from '#lib/compose-gateway.ts'
import { equalInConstantTime } from '#lib/crypto.ts'
import type { Tx } from '#lib/db.ts'
import { Fault } from '#lib/errors.ts'
import { withUsesLeft } from '#lib/gate/answers/grant.ts'
import { tokenName } from '#lib/gate/proxy-fields.ts'
import { type Verdict, type VerifyOptions, verifyRequest } from '#lib/gate/verify-request.ts'
import { newId } from '#lib/ids.ts'
import { describeCause } from '#lib/log.ts'
import { findRepeatAnswer, type RepeatKey, setRepeatAnswer, takeRepeatKey } from '#lib/paywall/idempotency-store.ts'
import { createCreatorHosts } from '#lib/paywall/resources/creator-host.ts'
import type { Exchange } from './exchanges.ts'
import type { KnownKeys } from './known-keys.ts'
import { answerProblem, type Problem } from './problem.ts'
import { MAX_VERIFY_BYTES, readVerifyInput, type VerifyInput } from './verify-input.ts'
import { bodyOf, readBody } from './web-request.ts'

export interface VerifyDeps extends GatewayDeps {
  readonly keys: KnownKeys
}

interface Call {
  readonly request: Request
  readonly exchange: Exchange
  readonly ending: AbortSignal
}

/** Never rejects: what broke is logged once and told as a problem. */
export async function answerVerify(deps: VerifyDeps, call: Call): Promise<Response> {
  const requestId = newId('req')
  try {
    const told = await verify(deps, call, requestId)
    return 'code' in told ? answerProblem(told, requestId) : answerJson(told.json)
  } catch (cause) {
    const fault = cause instanceof Fault ? cause : new Fault('internal.bug', describeCause(cause), { cause })
    deps.log.error(fault.message, { code: fault.code, requestId, cause: describeCause(fault.cause ?? fault) })
    return answerProblem({ code: fault.code, message: fault.publicMessage }, requestId)
  }
}

type Told = Problem | { readonly json: string }

async function verify(deps: VerifyDeps, { request, exchange, ending }: Call, requestId: string): Promise<Told> {
  const { client, rawHeaders } = exchange
  const { SATSTILE_MODE: mode, CREATOR_HOSTS, APP_URL } = deps.config
  if (!isProtected(mode, client)) return { code: 'creator.forbidden', message: 'Secret keys are sent by HTTPS only.' }
  const key = await deps.keys.read(bearerOf(rawHeaders), client.address)
  if (key.kind === 'refused') return describeKey(key)
  const bytes = await readBody(bodyOf(request), MAX_VERIFY_BYTES)
  if (typeof bytes === 'string') return { code: bytes === 'too-large' ? 'http.too_large' : 'http.malformed' }
  const ownHost = createCreatorHosts(CREATOR_HOSTS).hostOf(key.handle)
  const reading = { ownHost, secure: APP_URL.startsWith('https:'), signal: AbortSignal.any([request.signal, ending]) }
  const input = readVerifyInput(new TextDecoder().decode(bytes), reading)
  if (input.kind === 'invalid') return { code: 'input.invalid', fields: input.fields }
  const repeat = repeatKeyOf(rawHeaders)
  if (repeat !== null && !REPEAT_KEY.test(repeat))
    return { code: 'input.invalid', fields: { 'Idempotency-Key': 'expected 1 to 255 visible characters' } }
  const creator = await deps.catalog.find(input.request.host)
  if (creator?.creatorId !== key.creatorId)
    return { code: 'input.invalid', fields: { host: 'expected a host of yours' } }
  const asked = { request: input.request, creator }
  if (repeat === null || !input.consume) {
    return { json: describe(deps, await verifyRequest(deps, asked, optionsOf(input)), requestId) }
  }
  const row = { creatorId: key.creatorId, endpoint: 'verify', key: repeat }
  return await verifyOnce(deps, { asked, input, row, requestHash: deps.l402.sha256(bytes), requestId })
}

const REPEAT_KEY = /^[\x21-\x7e]{1,255}$/

function optionsOf({ consume, challenge }: VerifyInput): VerifyOptions {
  return { consume, wantsAnswer: challenge }
}

interface Once {
  readonly asked: Parameters<typeof verifyRequest>[1]
  readonly input: VerifyInput
  readonly row: RepeatKey
  readonly requestHash: Uint8Array
  readonly requestId: string
}

/**
 * A use is taken once for this key: whoever repeats a call gets the answer of the one that took it, also when the token
 * has nothing left by then. The key is taken first and in the same transaction, so of two at once the second waits.
 */
async function verifyOnce(deps: VerifyDeps, { asked, input, row, requestHash, requestId }: Once): Promise<Told> {
  let json = ''
  const around = {
    async begin(tx: Tx) {
      if (!(await takeRepeatKey(tx, { ...row, requestHash }))) throw new Repeated()
    },
    async end(tx: Tx, verdict: Verdict) {
      json = describe(deps, verdict, requestId)
      await setRepeatAnswer(tx, { ...row, answer: json })
    },
  }
  try {
    const verdict = await verifyRequest(deps, asked, { ...optionsOf(input), around })
    if (verdict.kind === 'admit') return { json: json === '' ? describe(deps, verdict, requestId) : json }
    const before = await findRepeatAnswer(deps.db.client, row)
    return before === null ? { json: describe(deps, verdict, requestId) } : repeated(before, requestHash)
  } catch (cause) {
    if (!(cause instanceof Repeated)) throw cause
    const before = await findRepeatAnswer(deps.db.client, row)
    if (before === null) throw new Fault('database.unavailable', 'an answer to be repeated is gone')
    return repeated(before, requestHash)
  }
}

/** Only to leave the transaction so that it takes nothing. */
class Repeated extends Fault {
  constructor() {
    super('input.conflict', 'this call was made before')
  }
}

function repeated(before: { requestHash: Uint8Array; answer: string }, requestHash: Uint8Array): Told {
  if (equalInConstantTime(before.requestHash, requestHash)) return { json: before.answer }
  return { code: 'input.invalid', fields: { 'Idempotency-Key': 'was used for another call' } }
}

/** The one `Authorization: Bearer`; empty when there is none or it is doubled. */
function bearerOf(rawHeaders: readonly string[]): string {
  const values = valuesOf(rawHeaders, 'authorization')
  return values.length === 1 ? (/^bearer +(\S+)$/i.exec(values[0] ?? '')?.[1] ?? '') : ''
}

function repeatKeyOf(rawHeaders: readonly string[]): string | null {
  const values = valuesOf(rawHeaders, 'idempotency-key')
  return values.length === 0 ? null : values.join(', ')
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}

function describeKey(refused: Extract<Awaited<ReturnType<KnownKeys['read']>>, { kind: 'refused' }>): Problem {
  if (refused.code !== 'creator.unauthenticated') return refused
  return {
    code: refused.code,
    message: 'This needs a secret key of yours that has not ended: Authorization: Bearer sk_…',
  }
}

/** The answer of protocol.md §2.6 as text, which a repeated call gets letter for letter. */
function describe({ l402 }: Pick<GatewayDeps, 'l402'>, verdict: Verdict, requestId: string): string {
  return JSON.stringify({ ...describeVerdict(l402.sha256, verdict), request_id: requestId })
}

function describeVerdict(sha256: GatewayDeps['l402']['sha256'], verdict: Verdict): object {
  if (verdict.kind === 'free') return { verdict: 'free', status: 200 }
  if (verdict.kind !== 'admit') {
    const { kind, status, reason, detail, answer } = verdict
    return {
      verdict: kind,
      status,
      reason,
      detail,
      ...(answer !== null && {
        answer: { status: answer.status, headers: answer.headers, body: String(answer.body ?? '') },
      }),
    }
  }
  const { granted } = verdict.grant
  return {
    ...{
      verdict: 'admit',
      status: 200,
      token: tokenName(verdict.grant, sha256),
      service: granted.service,
      tier: granted.tier,
    },
    ...{ capabilities: granted.capabilities, quality: granted.quality, variant: granted.variant },
    valid_until: granted.validUntil,
    uses_remaining: verdict.usesLeft === null ? null : Number(verdict.usesLeft),
    headers: withUsesLeft(verdict.grant, verdict.usesLeft).headers,
  }
}

function answerJson(json: string): Response {
  return new Response(json, { headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' } })
}
