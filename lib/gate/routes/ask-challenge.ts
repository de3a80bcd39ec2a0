/** `POST /_l402/challenge`: the invoice that a page asks for when a button is pressed (protocol.md §10.1). */
import { randomBytes } from '#lib/crypto.ts'
import { challengeBody } from '#lib/gate/answer-challenge.ts'
import { askFor, describeLimit, issue, shortageOf } from '#lib/gate/answer-shortfall.ts'
import { type Asked, judgeAsked, judgeWithYoungKeys } from '#lib/gate/asked.ts'
import { claimCookieField } from '#lib/gate/cookies.ts'
import type { Shortfall } from '#lib/gate/judge.ts'
import { readClaimSecret } from '#lib/gate/pending.ts'
import type { GateAnswer } from '#lib/gate/request.ts'
import { encodeBase64Url } from '#lib/l402/bytes.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/catalog.ts'
import { type RouteInput, readInput } from './input.ts'
import { answerInvalid, answerJson, type RouteContext, seeOther } from './route.ts'

/**
 * 201 with the JSON of §1.3 and no `WWW-Authenticate`; 200 with `state: "settled"` when a credential of the request
 * opens the resource already, or its claim secret is that of a paid challenge, since nobody pays twice. A form is led to the checkout page, or to the open article.
 */
export async function askChallenge(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const input = await readInput(request)
  if (input.kind === 'refused') return deps.errors.refuse(request, { code: input.code, creator })
  const resource = findResource(creator, input.fields.get('resource') ?? '')
  if (resource === null) return deps.errors.refuse(request, { code: 'paywall.resource_unknown', creator })
  if (resource.paused) return deps.errors.refuse(request, { code: 'paywall.resource_paused', creator })
  const offer = input.fields.get('offer') ?? resource.offer.kind
  if (offer !== resource.offer.kind) return answerInvalid(context, 'offer', `there is only "${resource.offer.kind}"`)
  const secret = findSecret(input)
  if (secret.kind === 'invalid') return answerInvalid(context, 'claim_hash', '43 characters of base64url')

  const path = `/${resource.slug}`
  const named: Asked = { request, creator, resource, picture: null, wanted: path }
  const { asked, judgement } = await judgeWithYoungKeys(deps, named, judgeAsked(deps, named))
  if (judgement.kind === 'short') return answerIssued(context, { asked, input, secret, shortfall: judgement })
  return input.form ? seeOther(path) : answerHeld(asked)
}

/** `challenge`: the paid one that the claim secret belongs to. */
function answerHeld({ resource }: Asked, challenge?: string): GateAnswer {
  const url = `/${resource.slug}`
  return answerJson(200, { state: 'settled', ...(challenge && { challenge }), resource: { id: resource.id, url } })
}

/** `resource` is an id, a slug, or a path on this host. */
function findResource(creator: CreatorSnapshot, name: string): CatalogResource | null {
  const bySlug = creator.bySlug.get(name.replace(/^\//, ''))
  return bySlug ?? creator.resources.find(({ id }) => id === name) ?? null
}

/** `made`: a reader without JavaScript, for whom we make the secret and hand it over as a cookie. */
type Secret =
  | { readonly kind: 'made'; readonly secret: Uint8Array }
  | { readonly kind: 'kept'; readonly claimHash: Uint8Array }
  | { readonly kind: 'none' | 'invalid' }

function findSecret(input: RouteInput): Secret {
  if (input.form) return { kind: 'made', secret: randomBytes(32) }
  const stated = input.fields.get('claim_hash')
  if (stated === undefined) return { kind: 'none' }
  // A hash has the same length and spelling as the secret that it stands for.
  const claimHash = readClaimSecret(stated)
  return claimHash === null ? { kind: 'invalid' } : { kind: 'kept', claimHash }
}

async function answerIssued(
  context: RouteContext,
  ask: { asked: Asked; input: RouteInput; secret: Secret; shortfall: Shortfall },
): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const { asked, secret, shortfall } = ask
  const told = askFor(deps, asked, shortfall)
  const claimHash = hashOf(context, secret) ?? told.claimHash
  const answer = await issue(deps, asked, { ...told, claimHash, channel: 'browser' })
  if (answer.kind === 'limited') return deps.errors.refuse(request, describeLimit(answer, creator))
  if (answer.kind === 'settled') return answerHeld(asked, answer.challengeId)
  deps.usage.count({ creatorId: creator.creatorId, resourceId: asked.resource.id, kind: 'unlock' })
  const { challenge } = answer
  if (secret.kind !== 'made') return answerJson(201, challengeBody(shortageOf(asked, shortfall), challenge))
  const cookie = claimCookieField(request.secure, { challengeId: challenge.id, secret: encodeBase64Url(secret.secret) })
  return seeOther(`/_l402/pay/${challenge.id}`, [cookie])
}

function hashOf({ deps }: RouteContext, secret: Secret): Uint8Array | null {
  if (secret.kind === 'made') return deps.l402.sha256(secret.secret)
  return secret.kind === 'kept' ? secret.claimHash : null
}
