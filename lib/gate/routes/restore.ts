/** `POST /_l402/restore`: a purchase comes back from its receipt, or from invoice and payment proof together (protocol.md §10.4). */
import { type Code, codeRow } from '#lib/errors.ts'
import { coveredServices } from '#lib/gate/answers/grant.ts'
import { verifyCredential } from '#lib/gate/credentials/verify.ts'
import { groupClient } from '#lib/gate/limits/client-address.ts'
import { type GateAnswer, originOf } from '#lib/gate/request.ts'
import { readCredentialText } from '#lib/l402/credential.ts'
import type { Candidate } from '#lib/l402/credential-text.ts'
import { restoreToken } from '#lib/paywall/challenges/restore-token.ts'
import { type RouteInput, readInput } from './input.ts'
import { credentialMembers, type KeptCredential, keepCredential } from './keep-credential.ts'
import { answerJson, type RouteContext, seeOther } from './route.ts'
import { findWalletProof } from './wallet-text.ts'

type Found =
  | ({ readonly kind: 'found' } & KeptCredential)
  /** Proof of a payment that is not in our books yet. */
  | { readonly kind: 'unseen' }
  | { readonly kind: 'unknown'; readonly code: Code; readonly detail?: string; readonly message: string }

/**
 * 200 with the credential and its cookie: the very one presented, or the one minted again from its row. 404 for
 * anything that opens nothing here: a hash, macaroon, invoice or preimage alone restore nothing. 503 while a proven
 * payment is not seen yet. 429 above the limit.
 */
export async function restore(context: RouteContext): Promise<GateAnswer> {
  const { deps, creator, request } = context
  const input = await readInput(request)
  if (input.kind === 'refused') return deps.errors.refuse(request, { code: input.code, creator })
  const { client } = groupClient(request.address)
  const nowMs = deps.clock.now().getTime()
  const waitSeconds = deps.restoreBudget.secondsUntilFree(client, nowMs)
  if (waitSeconds > 0) {
    return deps.errors.refuse(request, { code: 'restore.limit', retryAfterSeconds: waitSeconds, creator })
  }
  const credential = input.fields.get('credential')
  const found =
    credential === undefined ? await findByProof(context, input) : await findByText(context, input, credential)
  if (found.kind === 'found') return handBack(context, input, found)
  if (found.kind === 'unseen') return answerUnseen(context, input)
  // Only what fails counts: who holds purchases may restore all of them.
  deps.restoreBudget.take(client, nowMs)
  return answerUnknown(context, input, found)
}

/** A receipt, or a wallet's share text that was pasted in its place. */
async function findByText(context: RouteContext, input: RouteInput, text: string): Promise<Found> {
  const receipt = findByReceipt(context, text)
  if (receipt.kind === 'found') return receipt
  const proof = await findByProof(context, input)
  return proof.kind === 'unknown' ? receipt : proof
}

/** A receipt in any spelling: `M:P`, its link, or what stands in the link. Narrowed ones stay narrow. */
function findByReceipt({ deps, creator }: RouteContext, text: string): Found {
  const candidate = readReceipt(text)
  const unreadable = unknown('restore.unknown', 'This is not a whole receipt.')
  if (candidate === null) return unreadable
  const verdict = verifyCredential(deps, creator, candidate)
  if (verdict.kind === 'verified') {
    const [macaroon, ...others] = candidate.macaroons
    const { preimage } = candidate
    if (macaroon === undefined || preimage === null || others.length > 0) return unreadable
    if (coveredServices(creator, verdict.token).length > 0)
      return { kind: 'found', macaroon, preimage, token: verdict.token }
    return { ...unknown('restore.unknown', codeRow('l402.revoked').message), detail: 'revoked' }
  }
  const { detail, reason } = verdict.refusal
  return { ...unknown('restore.unknown', codeRow(reason).message), detail }
}

function readReceipt(text: string): Candidate | null {
  const trimmed = text.trim()
  const receipt = trimmed.slice(trimmed.indexOf('#') + 1).replace(/\.(?=[0-9a-fA-F]{64}$)/, ':')
  const [candidate] = readCredentialText(receipt)
  return candidate?.kind === 'candidate' ? candidate : null
}

async function findByProof({ deps, creator }: RouteContext, { fields }: RouteInput): Promise<Found> {
  const mismatch = unknown('restore.unknown', codeRow('restore.unknown').message)
  // Whatever a wallet shares holds both, and people paste it wherever there is room.
  const written = ['invoice', 'preimage', 'credential'].flatMap((name) => fields.get(name) ?? []).join('\n')
  const proof = findWalletProof(deps.l402.sha256, written)
  if (proof === null) return mismatch
  const { preimage } = proof
  const answer = await restoreToken(deps, { creator, ...proof })
  if (answer.kind !== 'restored') return answer.kind === 'unseen' ? { kind: 'unseen' } : mismatch
  const { macaroon } = answer
  const verdict = verifyCredential(deps, creator, { macaroons: [macaroon], preimage })
  if (verdict.kind === 'verified') return { kind: 'found', macaroon, preimage, token: verdict.token }
  return { ...unknown('restore.unknown', codeRow(verdict.refusal.reason).message), detail: verdict.refusal.detail }
}

function unknown(code: Code, message: string): Extract<Found, { kind: 'unknown' }> {
  return { kind: 'unknown', code, message }
}

function handBack({ deps, creator, request }: RouteContext, input: RouteInput, kept: KeptCredential): GateAnswer {
  const cookies = keepCredential(deps, { creator, request }, kept)
  const covers = coveredServices(creator, kept.token)
  const found = covers.flatMap((name) => creator.services.get(name) ?? [])
  if (input.form) return seeOther(found[0] === undefined ? '/_l402/purchases' : `/${found[0].slug}`, cookies)
  const resources = found.map(({ id, title, slug }) => ({ id, title, url: `${originOf(request)}/${slug}` }))
  return answerJson(200, { state: 'settled', ...credentialMembers(request, kept), covers, resources }, cookies)
}

function answerUnseen({ deps, creator, request }: RouteContext, input: RouteInput): GateAnswer {
  const challenge = input.fields.get('challenge')
  if (input.form && challenge !== undefined) return seeOther(`/_l402/pay/${encodeURIComponent(challenge)}?seen=unclear`)
  return deps.errors.refuse(request, { code: 'paywall.settlement_unknown', creator })
}

/** Programs get the code; a form comes back with what was typed, or leads to the checkout page it was sent from. */
function answerUnknown(
  context: RouteContext,
  input: RouteInput,
  { code, detail, message }: Extract<Found, { kind: 'unknown' }>,
): GateAnswer | Promise<GateAnswer> {
  const { deps, creator, request } = context
  if (!input.form)
    return deps.errors.refuse(request, { code, message, creator, ...(detail === undefined ? {} : { detail }) })
  const challenge = input.fields.get('challenge')
  if (challenge !== undefined) return seeOther(`/_l402/pay/${encodeURIComponent(challenge)}?seen=wrong_proof`)
  const typed = (name: string) => input.fields.get(name) ?? ''
  const values = { credential: typed('credential'), invoice: typed('invoice'), preimage: typed('preimage') }
  const field = input.fields.has('credential') ? 'credential' : 'preimage'
  return deps.pages.restore(context, { fault: { field, message }, values })
}
