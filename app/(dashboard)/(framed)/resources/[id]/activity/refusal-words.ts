/** What a refusal means for the creator who reads of it: what came, and what the client should have sent; pure. */
import { CODES, type Code } from '#lib/errors.ts'

export interface RefusalWords {
  readonly came: string
  /** What the client should have sent or done. */
  readonly wanted: string
}

const WHOLE =
  'The token byte for byte as the 402 gave it. A proxy that cuts or rewrites long fields does this; it must pass 16 KiB.'
const BUY = 'A new purchase; the client did nothing wrong.'
const NARROWED = 'A token without that condition; whoever handed this copy on narrowed it.'
const WAIT = 'The same request, after the seconds in Retry-After.'
const OURS = 'The same; this was trouble of ours, and nothing was charged.'

/** By reason and detail, else by reason. */
const WORDS: Readonly<Record<string, RefusalWords>> = {
  'l402.missing preimage': {
    came: 'A token without its proof of payment',
    wanted: 'Authorization: L402 <token>:<preimage>. The wallet tells the preimage once it has paid.',
  },
  'l402.malformed': { came: 'A token that was cut short or changed on its way', wanted: WHOLE },
  'l402.malformed text': {
    came: 'A credential that cannot be read',
    wanted: 'Authorization: L402 <token>:<preimage>, the token in base64 as it came, the preimage as 64 hex digits.',
  },
  'l402.preimage_mismatch': {
    came: 'A proof of payment of something else',
    wanted: "The preimage of this very token's invoice; a client with several purchases must keep them in pairs.",
  },
  'l402.signature_invalid': { came: 'A token that was changed, or issued elsewhere', wanted: WHOLE },
  'l402.signature_invalid key': {
    came: 'A token under a key that is retired or not yours',
    wanted: 'A token of this host. After a key was retired: a new purchase.',
  },
  'l402.signature_invalid extra': {
    came: 'Several tokens in one credential that do not belong together',
    wanted: 'One token and its discharges in a credential; further tokens in credentials of their own.',
  },
  'l402.revoked': { came: 'A token that you withdrew', wanted: BUY },
  'l402.caveat_refused': {
    came: 'A token whose conditions cannot be read',
    wanted: 'Conditions as the documentation spells them; a client that adds its own must not use our names.',
  },
  'l402.caveat_refused caveat_widens': {
    came: 'A token whose later condition allows more than an earlier one',
    wanted: 'Conditions that only narrow.',
  },
  'l402.caveat_refused address': { came: 'A token that is bound to other addresses', wanted: NARROWED },
  'l402.caveat_refused origin': { came: 'A token that is bound to other sites', wanted: NARROWED },
  'l402.caveat_refused method': {
    came: 'A token for another method',
    wanted: 'The method that the token was sold for.',
  },
  'l402.caveat_refused path': {
    came: 'A token for another path',
    wanted: 'A path at or below the one that the token was sold for.',
  },
  'l402.caveat_refused capability': {
    came: 'A token without the capability of this route',
    wanted: 'A token of the rule for this route.',
  },
  'l402.caveat_refused discharge_missing': {
    came: 'A token without the confirmation that it needs',
    wanted: 'The discharge of the named service behind the token.',
  },
  'l402.caveat_refused discharge_invalid': {
    came: 'A confirmation that does not belong to this token',
    wanted: 'A discharge that is bound to this token.',
  },
  'l402.wrong_service': {
    came: 'A token for something else that you sell',
    wanted: 'The token of this resource. A client that keeps one token per host should keep one for each address.',
  },
  'l402.wrong_service creator': {
    came: 'A token of another creator',
    wanted: 'A token of this host; tokens of others open nothing here.',
  },
  'l402.wrong_service tier': {
    came: 'A token of a lower tier',
    wanted: 'A token of the tier that this route asks for.',
  },
  'l402.expired': { came: 'A token whose time was over', wanted: BUY },
  'l402.exhausted': { came: 'A token that was used up', wanted: BUY },
  'l402.unsettled': {
    came: 'A proof of a payment that had not arrived',
    wanted: 'The same request once the payment has arrived.',
  },
  'limit.networks': { came: 'A token in use in too many networks', wanted: 'A token of their own for each place.' },
  'limit.rate': { came: 'A token faster than it was sold for', wanted: WAIT },
  'limit.rate resource': { came: 'A token faster than this resource allows', wanted: WAIT },
  'limit.rate at_once': {
    came: 'More answers of one token at once than this resource allows',
    wanted: 'The next request once an answer has ended.',
  },
  'limit.paying_again': {
    came: 'A client that paid again and again, and whose proof did not arrive whole',
    wanted: `Its credential whole. ${WHOLE}`,
  },
  'limit.challenge_budget': {
    came: 'More unpaid requests than are answered with an invoice',
    wanted: 'The token that it has, or the same question after the seconds in Retry-After.',
  },
  'http.method_not_allowed': { came: 'A method that does nothing here', wanted: 'A method of the field Allow.' },
  'http.malformed': { came: 'A request that is not valid HTTP here', wanted: 'Valid HTTP.' },
  'http.too_large': { came: 'A request that is too large', wanted: 'A smaller body.' },
  'paywall.resource_paused': {
    came: 'Somebody who wanted to buy while it was paused',
    wanted: 'The same, once you resume it.',
  },
  'paywall.blocked': { came: 'A network that you block', wanted: 'Nothing; you keep it out.' },
  'paywall.blocked token': { came: 'A token that you block', wanted: 'Nothing; you keep it out.' },
}

/** For every reason that a request can be refused with; trouble of ours is told as that. */
export function describeRefusal(reason: string, detail: string): RefusalWords {
  const words = WORDS[`${reason} ${detail}`] ?? WORDS[reason]
  if (words !== undefined) return words
  const row = Object.hasOwn(CODES, reason) ? CODES[reason as Code] : null
  return { came: row?.message ?? reason, wanted: row === null || row.http < 500 ? '' : OURS }
}
