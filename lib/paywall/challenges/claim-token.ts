/** Whoever keeps the claim secret of a challenge gets its token after settlement, and the same one every time. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { opens, type Preimage } from '#lib/l402/preimage.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import type { Backends, LightningBackend } from '#lib/lightning/backend.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Notices } from '#lib/notices.ts'
import { hasReceipt } from '#lib/paywall/entitlements/entitlement-store.ts'
import { grantReceipt } from '#lib/paywall/entitlements/grant-receipt.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { findSettlementOfChallenge, type Settlement } from '#lib/paywall/settlements/settlement-store.ts'
import { type Challenge, type ChallengeState, isClaimOver, stateAt } from './challenge.ts'
import { findChallenge } from './challenge-store.ts'
import { mintToken } from './mint-token.ts'
import { opensChallenge } from './opens-claim.ts'

export interface ClaimTokenDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly l402: TokenContext
  readonly backends: Backends
  readonly notices: Pick<Notices, 'publish'>
}

export interface ClaimInput {
  readonly creator: Pick<CreatorSnapshot, 'creatorId' | 'ring'>
  readonly challengeId: string
  /** The claim secret, 32 bytes. */
  readonly secret: Uint8Array
}

/**
 * `waiting`: not paid as far as we know; the workers are asked to look. `refused`: no such challenge, or the secret is
 * another one; the two are not told apart. `over`: settled longer ago than claims last, or its key is retired.
 */
export type ClaimAnswer =
  | { readonly kind: 'waiting'; readonly state: ChallengeState }
  | { readonly kind: 'refused' }
  | { readonly kind: 'over' }
  | ClaimedToken

export interface ClaimedToken {
  readonly kind: 'claimed'
  /** `payment`: bound to the invoice. `receipt`: bound to a secret of ours, because the backend does not tell the preimage. */
  readonly receiptKind: 'payment' | 'receipt'
  readonly macaroon: Uint8Array
  readonly preimage: Preimage
  readonly resourceId: string
}

/** Longer than this nobody waits for the backend: the receipt opens the same. */
const REVEAL_MS = 2_000

/**
 * Trades a claim secret for the token. Changes nothing that a second call would not find the same: the preimage is
 * fetched from the backend each time and stored nowhere; a receipt that was handed out once stays the answer.
 * Throws `database.unavailable`. Source: protocol.md §10.3.
 */
export async function claimToken(deps: ClaimTokenDeps, input: ClaimInput): Promise<ClaimAnswer> {
  const key = { creatorId: input.creator.creatorId, challengeId: input.challengeId }
  const settlement = await findSettlementOfChallenge(deps.db.client, key)
  const row = settlement ?? (await findChallenge(deps.db.client, key))
  const claimable = row && { ...row, id: input.challengeId }
  if (claimable === null || !opensChallenge(deps.l402, claimable, input.secret)) return { kind: 'refused' }
  if (settlement === null) return keepWaiting(deps, row as Challenge)
  if (isClaimOver(settlement.settledAt, deps.clock.now())) return { kind: 'over' }
  return (await findClaimed(deps, input, settlement)) ?? { kind: 'over' }
}

function keepWaiting(deps: ClaimTokenDeps, challenge: Challenge): ClaimAnswer {
  // The gate may not write the books: it asks those who may to look at the node now.
  void deps.notices.publish('asked', encodeHex(challenge.paymentHash))
  return { kind: 'waiting', state: stateAt(challenge, deps.clock.now()) }
}

async function findClaimed(
  deps: ClaimTokenDeps,
  input: ClaimInput,
  settlement: Settlement,
): Promise<ClaimedToken | null> {
  const isReceipted = await hasReceipt(deps.db.client, settlement)
  const preimage = isReceipted ? null : await revealInTime(deps, settlement)
  if (preimage === null) {
    const receipt = await grantReceipt(deps, { ring: input.creator.ring, sale: settlement })
    return receipt && claimed(settlement, { receiptKind: 'receipt', ...receipt })
  }
  const macaroon = mintToken(deps.l402, input.creator.ring, settlement)
  return macaroon && claimed(settlement, { receiptKind: 'payment', macaroon, preimage })
}

/** `null`: the backend did not tell in time, is none of ours, or told something that does not open the payment hash. */
async function revealInTime(deps: ClaimTokenDeps, settlement: Settlement): Promise<Preimage | null> {
  const deadline = new AbortController()
  const late = new Promise<null>((resolve) => {
    const timer = setTimeout(() => resolve(null), REVEAL_MS)
    deadline.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  try {
    const preimage = await Promise.race([reveal(deps, settlement), late])
    return preimage !== null && opens(deps.l402.sha256, preimage, settlement.paymentHash) ? preimage : null
  } catch (cause) {
    deps.log.warn('the backend did not tell a preimage', {
      challengeId: settlement.challengeId,
      cause: describeCause(cause),
    })
    return null
  } finally {
    deadline.abort()
  }
}

/** From the backend that was paid; the creator's own when the sale is older than the name of it in its row. */
async function reveal(
  deps: ClaimTokenDeps,
  { creatorId, backendId, paymentHash }: Settlement,
): Promise<Preimage | null> {
  const backend: LightningBackend | null =
    backendId === null ? deps.backends.getForCreator(creatorId) : await deps.backends.find(backendId)
  return backend?.capabilities.reveal ? backend.revealPreimage(paymentHash) : null
}

function claimed(
  settlement: Settlement,
  token: Pick<ClaimedToken, 'receiptKind' | 'macaroon' | 'preimage'>,
): ClaimedToken {
  return { kind: 'claimed', ...token, resourceId: settlement.resourceId }
}
