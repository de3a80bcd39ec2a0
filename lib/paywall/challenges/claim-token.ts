/** Whoever keeps the claim secret of a challenge gets its token after settlement, and the same one every time. */
import type { Clock } from '#lib/clock.ts'
import { equalInConstantTime } from '#lib/crypto.ts'
import type { Db } from '#lib/db.ts'
import { concatBytes, encodeHex, encodeUtf8 } from '#lib/l402/bytes.ts'
import { KEY_ID_BYTES } from '#lib/l402/identifier.ts'
import { asPaymentHash, asPreimage, opens, type Preimage } from '#lib/l402/preimage.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import type { LightningBackend } from '#lib/lightning/backend.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Notices } from '#lib/notices.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import {
  findReceipt,
  findSettlementOfChallenge,
  insertReceipt,
  type Settlement,
} from '#lib/paywall/settlements/settlement-store.ts'
import { type Challenge, type ChallengeState, isClaimOver, stateAt } from './challenge.ts'
import { findChallenge } from './challenge-store.ts'
import { mintToken } from './mint-token.ts'

export interface ClaimTokenDeps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly l402: TokenContext
  readonly backend: LightningBackend
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
  /** `payment`: bound to the invoice. `receipt`: bound to a secret of ours, because the node does not tell the preimage. */
  readonly receiptKind: 'payment' | 'receipt'
  readonly macaroon: Uint8Array
  readonly preimage: Preimage
  readonly resourceId: string
}

/** Longer than this nobody waits for the node: the receipt opens the same. */
const REVEAL_MS = 2_000
const CLAIM_SECRET_BYTES = 32

/**
 * Trades a claim secret for the token. Changes nothing that a second call would not find the same: the preimage is
 * fetched from the node each time and stored nowhere; a receipt that was handed out once stays the answer.
 * Throws `database.unavailable`. Source: protocol.md §10.3.
 */
export async function claimToken(deps: ClaimTokenDeps, input: ClaimInput): Promise<ClaimAnswer> {
  const key = { creatorId: input.creator.creatorId, challengeId: input.challengeId }
  const settlement = await findSettlementOfChallenge(deps.db.client, key)
  const row = settlement ?? (await findChallenge(deps.db.client, key))
  if (row === null || !isOpenedBy(deps.l402, row.claimHash, input.secret)) return { kind: 'refused' }
  if (settlement === null) return keepWaiting(deps, row as Challenge)
  if (isClaimOver(settlement.settledAt, deps.clock.now())) return { kind: 'over' }
  return (await findClaimed(deps, input, settlement)) ?? { kind: 'over' }
}

function isOpenedBy(l402: TokenContext, claimHash: Uint8Array | null, secret: Uint8Array): boolean {
  if (claimHash === null || secret.length !== CLAIM_SECRET_BYTES) return false
  return equalInConstantTime(l402.sha256(secret), claimHash)
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
  const receipt = await findReceipt(deps.db.client, settlement)
  if (receipt !== null) return makeReceipt(deps, input, settlement)
  const preimage = await revealInTime(deps, settlement)
  if (preimage === null) return handOutReceipt(deps, input, settlement)
  const macaroon = mintToken(deps.l402, input.creator.ring, settlement)
  return macaroon && claimed(settlement, { receiptKind: 'payment', macaroon, preimage })
}

/** `null`: the node did not tell in time, or told something that does not open the payment hash. */
async function revealInTime(deps: ClaimTokenDeps, settlement: Settlement): Promise<Preimage | null> {
  const deadline = new AbortController()
  const late = new Promise<null>((resolve) => {
    const timer = setTimeout(() => resolve(null), REVEAL_MS)
    deadline.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  try {
    const preimage = await Promise.race([deps.backend.revealPreimage(settlement.paymentHash), late])
    return preimage !== null && opens(deps.l402.sha256, preimage, settlement.paymentHash) ? preimage : null
  } catch (cause) {
    deps.log.warn('the node did not tell a preimage', {
      challengeId: settlement.challengeId,
      cause: describeCause(cause),
    })
    return null
  } finally {
    deadline.abort()
  }
}

/** Notes the receipt before it leaves, so that every later claim gets it too. */
async function handOutReceipt(
  deps: ClaimTokenDeps,
  input: ClaimInput,
  settlement: Settlement,
): Promise<ClaimedToken | null> {
  const receipt = makeReceipt(deps, input, settlement)
  if (receipt === null) return null
  await insertReceipt(deps.db.client, { ...settlement, paymentHash: asPaymentHash(deps.l402.sha256(receipt.preimage)) })
  return receipt
}

/** A token with the same id and rights, bound to a secret that only the ring key makes. Source: protocol.md §4, §10.3. */
function makeReceipt(deps: ClaimTokenDeps, input: ClaimInput, settlement: Settlement): ClaimedToken | null {
  const ringKey = input.creator.ring.find(settlement.tokenId.subarray(0, KEY_ID_BYTES))
  if (ringKey === null) return null
  const label = encodeUtf8('satstile/l402/receipt/v1\0')
  const preimage = asPreimage(deps.l402.hmac(ringKey.key, concatBytes(label, settlement.tokenId)))
  const paymentHash = deps.l402.sha256(preimage)
  const macaroon = mintToken(deps.l402, input.creator.ring, { ...settlement, paymentHash })
  return macaroon && claimed(settlement, { receiptKind: 'receipt', macaroon, preimage })
}

function claimed(
  settlement: Settlement,
  token: Pick<ClaimedToken, 'receiptKind' | 'macaroon' | 'preimage'>,
): ClaimedToken {
  return { kind: 'claimed', ...token, resourceId: settlement.resourceId }
}
