/** What can be known of a sale whose row was lost: its node's invoice and what is left of its seller become its challenge again. */
import { type Invoice, readInvoice } from '#lib/l402/bolt11.ts'
import { equalBytes, type Sha256 } from '#lib/l402/bytes.ts'
import { extendCaveats } from '#lib/l402/extend.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import { type BackendId, type FoundInvoice, MEMO_MARK } from '#lib/lightning/backend.ts'
import { type Msat, msat, msatToSatsUp } from '#lib/money.ts'
import type { NewChallenge } from '#lib/paywall/challenges/challenge.ts'
import { adoptedId, deriveTokenId } from '#lib/paywall/challenges/challenge-id.ts'
import { boughtServices, endOf, FIRST_OFFER, type Offer, type OfferTerms, READ } from '#lib/paywall/offers/offer.ts'

/** Who sold it, and what; `resourceId` is null when there is no such resource, because it is newer than these rows. */
export interface Seller {
  readonly creatorId: string
  readonly handle: string
  readonly resourceId: string | null
}

/** A token on this payment that a gate has let in: our key signed it. */
export interface ShownToken {
  readonly tokenId: TokenId
  readonly creatorId: string
  readonly handle: string
}

export interface SellerKey {
  readonly keyId: Uint8Array
  readonly createdAt: Date
}

/** One version of the price of one offer. */
export interface PricedOffer extends Pick<Offer, 'id'>, OfferTerms {
  readonly version: number
  readonly amountMsat: Msat
  readonly createdAt: Date
}

/** What the database still has of a seller. */
export interface SellerFacts {
  /** Newest first. */
  readonly keys: readonly SellerKey[]
  /** All versions of all offers of the service, newest first. */
  readonly offers: readonly PricedOffer[]
}

/** The service that a memo of ours names, as `formatMemo` writes it; `null`: none. */
export function readMemo(memo: string): string | null {
  const named = memo.startsWith(MEMO_MARK) ? /^([a-z0-9-]{1,80}): /.exec(memo.slice(MEMO_MARK.length)) : null
  return named?.[1] ?? null
}

/** `unknown`: neither says who sold it. `contradicted`: the token is another creator's than the memo says. */
export type NamedSeller = Seller | 'unknown' | 'contradicted'

/** Who sold it by the memo (`byMemo`: of whom its service is), and by the tokens that were shown. */
export function nameSeller(byMemo: Seller | null, shown: readonly ShownToken[]): NamedSeller {
  const [first] = shown
  const seller = byMemo ?? (first === undefined ? null : { ...first, resourceId: null })
  if (seller === null) return 'unknown'
  return shown.every(({ creatorId }) => creatorId === seller.creatorId) ? seller : 'contradicted'
}

/** What is left of one sale. */
export interface StrayFacts extends SellerFacts {
  readonly found: FoundInvoice
  readonly backendId: BackendId
  readonly service: string
  readonly seller: Seller
  readonly shown: readonly ShownToken[]
}

/** A sale as it is adopted, and what of it is a guess. */
export interface Adopted {
  readonly row: NewChallenge
  /** The price that was asked is known, so the offer and its right are those that were sold. */
  readonly isPriceKnown: boolean
}

/**
 * The challenge that was lost, as far as it can be known. `unreadable`: the node's text is no invoice of this payment.
 * `no-key`: the creator has no key here, so no token can be signed. What the token carried along of other purchases, whom
 * it replaced and who asked is known to nobody.
 */
export function adoptStray(sha256: Sha256, facts: StrayFacts): Adopted | 'unreadable' | 'no-key' {
  const { found, seller } = facts
  const invoice = readInvoice(found.invoice)
  if (invoice === null || !equalBytes(invoice.paymentHash, found.paymentHash)) return 'unreadable'
  const { amountMsat: asked, createdAt, expiresAt } = invoice
  const tokenId = findTokenId(sha256, facts, createdAt)
  if (asked === null || asked === 0n) return 'unreadable'
  if (tokenId === null) return 'no-key'
  const { offer, isPriceKnown } = findOffer(facts, { amountMsat: msat(asked), createdAt })
  const [bought, ...others] = boughtServices(offer, endOf(offer, createdAt, payableSeconds(invoice)))
  if (bought === undefined) return 'unreadable'
  const { services, caveats } = extendCaveats(bought, others)
  const row: NewChallenge = {
    creatorId: seller.creatorId,
    id: adoptedId(found.paymentHash),
    tokenId,
    paymentHash: found.paymentHash,
    resourceId: seller.resourceId ?? UNKNOWN_RESOURCE,
    offerId: offer.id,
    priceVersion: offer.price.version,
    amountMsat: msat(asked),
    services,
    caveats,
    parents: [],
    replaces: null,
    depth: 0,
    claimHash: null,
    // Nobody knows who asked; it is counted as a person's.
    channel: 'browser',
    invoice: found.invoice,
    backendId: facts.backendId,
    listCursor: found.listCursor,
    expiresAt,
    createdAt,
  }
  return { row, isPriceKnown }
}

const UNKNOWN_RESOURCE = 'res_unknown'
const UNKNOWN_OFFER = 'off_unknown'
/** An invoice has whole seconds of the node's clock, rows have ours. */
const CLOCKS_MS = 5_000

function payableSeconds({ createdAt, expiresAt }: Invoice): number {
  return (expiresAt.getTime() - createdAt.getTime()) / 1000
}

/** That of the token that was shown, else as it follows from the invoice and the key of that time; `null`: there is no key. */
function findTokenId(sha256: Sha256, { found, keys, shown }: StrayFacts, createdAt: Date): TokenId | null {
  const key = keys.find((candidate) => isBefore(candidate, createdAt)) ?? keys.at(-1)
  const derived = key && deriveTokenId(sha256, key.keyId, found.paymentHash)
  const isDerived = derived && shown.some(({ tokenId }) => equalBytes(tokenId, derived))
  return (isDerived ? derived : shown[0]?.tokenId) ?? derived ?? null
}

/** The offer whose price was asked at that time; else the one that was on sale; else one that is for ever. */
function findOffer(
  { offers, service }: StrayFacts,
  asked: { amountMsat: Msat; createdAt: Date },
): { offer: Offer; isPriceKnown: boolean } {
  const known = offers.filter((priced) => isBefore(priced, asked.createdAt))
  const exact = known.find(({ amountMsat }) => msatToSatsUp(amountMsat) === msatToSatsUp(asked.amountMsat))
  const { id, version, ...terms } = exact ?? known[0] ?? offers.at(-1) ?? { ...UNPRICED, id: UNKNOWN_OFFER }
  const { tier, capabilities, lastsSeconds, uses, rate } = terms
  const offer: Offer = {
    ...{ id, kind: FIRST_OFFER, covers: [service], requires: [] },
    ...{ tier, capabilities, lastsSeconds, uses, rate },
    price: { version, amountMsat: asked.amountMsat },
  }
  return { offer, isPriceKnown: exact !== undefined }
}

const UNPRICED = { tier: 0, capabilities: [READ], lastsSeconds: null, uses: null, rate: null, version: 1 } as const

function isBefore(row: { readonly createdAt: Date }, createdAt: Date): boolean {
  return row.createdAt.getTime() <= createdAt.getTime() + CLOCKS_MS
}
