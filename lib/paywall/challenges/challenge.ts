/** A challenge is a token bound to an invoice; this file holds its facts, its states and the rules that need no row. */

import type { TokenId } from '#lib/l402/identifier.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'
import type { BackendId, Cursor } from '#lib/lightning/backend.ts'
import type { Msat } from '#lib/money.ts'
import type { Fiat, Rate } from '#lib/paywall/rates/rate.ts'

/** `expired` is what our clock says, and not final; `settled` and `canceled` is what the backend says. */
export type ChallengeState = 'open' | 'expired' | 'settled' | 'canceled'

/** Who asked: a person's page or a program. */
export type Channel = 'browser' | 'http'

/** The purchase that a carried service of a cumulative token came from. */
export interface Parent {
  readonly service: string
  /** Token id of that purchase, 64 hex digits. */
  readonly tokenId: string
}

/** What is committed before a 402 leaves; everything that is needed to mint the same token again. */
export interface NewChallenge {
  readonly creatorId: string
  readonly id: string
  readonly tokenId: TokenId
  readonly paymentHash: PaymentHash
  readonly resourceId: string
  readonly offerId: string
  readonly priceVersion: number
  readonly amountMsat: Msat
  /** The quote that it was made at, of a price in fiat. */
  readonly locked?: Fiat & Pick<Rate, 'microPerBtc'>
  /** Names of the services that the token grants, the bought one first. */
  readonly services: readonly string[]
  readonly caveats: readonly string[]
  readonly parents: readonly Parent[]
  /** Payment hash of the purchase that this one replaces after a refused credential. */
  readonly replaces: Uint8Array | null
  readonly depth: number
  /** SHA-256 of the claim secret. */
  readonly claimHash: Uint8Array | null
  readonly channel: Channel
  readonly invoice: string
  /** The backend that made the invoice, and where it stands in that backend's list. */
  readonly backendId: BackendId
  readonly listCursor: Cursor
  readonly expiresAt: Date
  readonly createdAt: Date
}

export interface Challenge extends NewChallenge {
  readonly state: ChallengeState
  readonly settledAt: Date | null
}

/** What changes of a challenge while somebody waits for it. */
export interface ChallengeProgress extends Pick<Challenge, 'creatorId' | 'state' | 'settledAt'> {
  readonly challengeId: string
}

/** An open challenge is handed out again only while its invoice can be paid this long (protocol.md §1.6). */
export const REUSE_SECONDS = 60

/** Purchases behind a new challenge of one chain, within `CHAIN_WINDOW_SECONDS`, from which on none is made. */
export const CHAIN_LIMIT = 4
export const CHAIN_WINDOW_SECONDS = 3600

/** How long after settlement a claim may be repeated; afterwards the receipt restores. */
export const CLAIM_DAYS = 30

/** The state as a person understands it: an open invoice past its end reads `expired` although the node may still take money. */
export function stateAt(challenge: Pick<Challenge, 'state' | 'expiresAt'>, now: Date): ChallengeState {
  return challenge.state === 'open' && challenge.expiresAt <= now ? 'expired' : challenge.state
}

/** Whether an asker who holds this challenge gets it again instead of a new invoice. */
export function isReusable(challenge: Pick<Challenge, 'state' | 'expiresAt'>, now: Date): boolean {
  return challenge.state === 'open' && challenge.expiresAt.getTime() - now.getTime() >= REUSE_SECONDS * 1000
}

/** Whether a claim at `now` is later than the days that a claim may be repeated. */
export function isClaimOver(settledAt: Date, now: Date): boolean {
  return now.getTime() - settledAt.getTime() > CLAIM_DAYS * 24 * 3600 * 1000
}
