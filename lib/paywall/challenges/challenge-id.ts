/** The ids of a challenge and of its token follow from its invoice, so that a sale whose row was lost is known again by them. */
import { timeLetters } from '#lib/ids.ts'
import { concatBytes, encodeUtf8, type Sha256 } from '#lib/l402/bytes.ts'
import { composeTokenId, KEY_ID_BYTES, TOKEN_ID_BYTES, type TokenId } from '#lib/l402/identifier.ts'
import type { PaymentHash } from '#lib/l402/preimage.ts'

/*
 *     chl_  01kb5w6v3p  7q2mzt0c4d  h5x0...k9
 *           |           |           '-- 20 letters: SHA-256 of payment hash and claim hash; shows whose claim it is
 *           |           '-------------- 10 letters of the payment hash; shows which invoice it is
 *           '-------------------------- 10 letters of the time; ids sort by it
 */
const PREFIX = 'chl_'
/** How an id is spelled in addresses, for a regular expression; old ones are shorter. */
export const CHALLENGE_ID = `${PREFIX}[0-9a-z]{1,40}`
const INVOICE_AT = PREFIX.length + 10
const INVOICE_LETTERS = 10
const MARK_AT = INVOICE_AT + INVOICE_LETTERS
/** A hundred bits: nobody finds another claim secret for an id. */
const MARK_LETTERS = 20
const ID_LETTERS = MARK_AT + MARK_LETTERS

/** No time begins with a letter, so no id that was given out is one of these. */
const ADOPTED_PREFIX = `${PREFIX}adopted`

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'
const CLAIM_LABEL = encodeUtf8('satstile/challenge/claim/v1\0')
const TOKEN_LABEL = encodeUtf8('satstile/challenge/token/v1\0')
const NO_CLAIM = new Uint8Array(0)

/** The id of a new challenge. `claimHash`: SHA-256 of the asker's claim secret; `null` when they keep none. */
export function composeChallengeId(
  sha256: Sha256,
  facts: { paymentHash: PaymentHash; claimHash: Uint8Array | null; createdAt: Date },
): string {
  const { paymentHash, claimHash, createdAt } = facts
  return `${PREFIX}${timeLetters(createdAt)}${invoiceLetters(paymentHash)}${claimMark(sha256, { paymentHash, claimHash })}`
}

/** What stands at the end of the id of the challenge that was asked for with this claim hash. */
export function claimMark(
  sha256: Sha256,
  { paymentHash, claimHash }: { paymentHash: PaymentHash; claimHash: Uint8Array | null },
): string {
  return lettersOf(sha256(concatBytes(CLAIM_LABEL, paymentHash, claimHash ?? NO_CLAIM)), MARK_LETTERS)
}

/** The claim mark in an id; `null`: it has none, being an adopted one or older than the marks. */
export function claimMarkIn(id: string): string | null {
  return id.length === ID_LETTERS ? id.slice(MARK_AT) : null
}

/** The id under which a sale is adopted that only its backend knows: time and claim of the lost one are unknown. */
export function adoptedId(paymentHash: PaymentHash): string {
  return `${ADOPTED_PREFIX}${invoiceLetters(paymentHash)}`
}

export function isAdopted(id: string): boolean {
  return id.startsWith(ADOPTED_PREFIX)
}

/** Where the challenge of an id may stand: under it, or as adopted. Whoever finds it there has proven nothing yet. */
export function idsOfRow(id: string): string[] {
  return id.length === ID_LETTERS ? [id, `${ADOPTED_PREFIX}${id.slice(INVOICE_AT, MARK_AT)}`] : [id]
}

/**
 * The id of the token that is bound to this invoice and signed with this key. Not random, and need not be: the payment
 * hash that it follows from is, and stands beside it in every token.
 */
export function deriveTokenId(sha256: Sha256, keyId: Uint8Array, paymentHash: PaymentHash): TokenId {
  const digest = sha256(concatBytes(TOKEN_LABEL, paymentHash))
  return composeTokenId(keyId, digest.subarray(0, TOKEN_ID_BYTES - KEY_ID_BYTES))
}

function invoiceLetters(paymentHash: PaymentHash): string {
  return lettersOf(paymentHash, INVOICE_LETTERS)
}

/** One letter for each byte, of its lowest five bits. */
function lettersOf(bytes: Uint8Array, count: number): string {
  return Array.from(bytes.subarray(0, count), (byte) => LETTERS[byte & 31]).join('')
}
