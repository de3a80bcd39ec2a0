/**
 * Every way this folder says no: a value with a reason for programs and a detail for developers.
 *
 * Refusing is the daily work of a paywall, so it is no exception: nothing is thrown, nothing allocated, and the type
 * forces every caller to look. The sentences and statuses that belong to a reason are not kept here, because they depend
 * on who asks (HTTP, gRPC, a person); this table holds what the token itself can know.
 */

/** The contract with clients: a reason never changes its meaning, new ones may come. */
export type RefusalReason =
  | 'l402.missing'
  | 'l402.malformed'
  | 'l402.preimage_mismatch'
  | 'l402.signature_invalid'
  | 'l402.revoked'
  | 'l402.caveat_refused'
  | 'l402.wrong_service'
  | 'l402.expired'
  | 'l402.exhausted'
  | 'l402.unsettled'
  | 'limit.networks'
  | 'limit.rate'

/**
 * The rows of protocol.md §9 that a credential can meet, in the order of the judge (§6.1): the later a detail stands
 * here, the further its credential got, and the furthest refusal is the one worth telling.
 */
const REASON_OF_DETAIL = {
  none: 'l402.missing',
  text: 'l402.malformed',
  version: 'l402.malformed',
  structure: 'l402.malformed',
  location: 'l402.malformed',
  identifier: 'l402.malformed',
  preimage: 'l402.preimage_mismatch',
  key: 'l402.signature_invalid',
  creator: 'l402.wrong_service',
  revoked: 'l402.revoked',
  signature: 'l402.signature_invalid',
  discharge_missing: 'l402.caveat_refused',
  discharge_invalid: 'l402.caveat_refused',
  extra: 'l402.signature_invalid',
  unproven: 'l402.missing',
  services_missing: 'l402.caveat_refused',
  caveat_malformed: 'l402.caveat_refused',
  caveat_unknown: 'l402.caveat_refused',
  caveat_widens: 'l402.caveat_refused',
  service: 'l402.wrong_service',
  service_revoked: 'l402.revoked',
  tier: 'l402.wrong_service',
  expired: 'l402.expired',
  address: 'l402.caveat_refused',
  origin: 'l402.caveat_refused',
  method: 'l402.caveat_refused',
  path: 'l402.caveat_refused',
  request: 'l402.caveat_refused',
  capability: 'l402.caveat_refused',
  networks: 'limit.networks',
  rate: 'limit.rate',
  uses: 'l402.exhausted',
  bytes: 'l402.exhausted',
  seconds: 'l402.exhausted',
  volume: 'l402.exhausted',
  unsettled: 'l402.unsettled',
} as const satisfies Record<string, RefusalReason>

/** The cases this folder tells apart: a detail, or one of the two that share a detail with another step. */
export type RefusalCase = keyof typeof REASON_OF_DETAIL
/** What a developer reads beside the reason. */
type RefusalDetail = Exclude<RefusalCase, 'unproven' | 'service_revoked'>

/** Never written by hand: `refusalOf` gives the one object of each case. */
export interface Refusal {
  readonly reason: RefusalReason
  readonly detail: RefusalDetail
  /** How far the credential got, by the order of the judge: bigger is further. */
  readonly progress: number
}

/** The second half of every result in this folder: `{ kind: 'read', … } | Refused` and the like. */
export interface Refused {
  readonly kind: 'refused'
  readonly refusal: Refusal
}

/** `unproven`: an authentic token without any preimage. `service_revoked`: only the granting service was withdrawn. */
const DETAIL_OF_CASE: Readonly<Record<string, RefusalDetail>> = { unproven: 'preimage', service_revoked: 'revoked' }

// Built once, at load; `progress` is the place in the table above.
const REFUSALS: ReadonlyMap<string, Refused> = new Map(
  Object.entries(REASON_OF_DETAIL).map(([name, reason], progress) => {
    const detail = DETAIL_OF_CASE[name] ?? (name as RefusalDetail)
    return [name, Object.freeze({ kind: 'refused', refusal: Object.freeze({ reason, detail, progress }) })]
  }),
)

/** The refused value of a case: one frozen object each, so refusing costs no memory. */
export function refused(name: RefusalCase): Refused {
  return REFUSALS.get(name) as Refused
}

/** The refusal of a case, as `refused(name).refusal`. */
export function refusalOf(name: RefusalCase): Refusal {
  return refused(name).refusal
}

/** The refusal that got further; of equals the first. `null` is no refusal at all. Source: protocol.md §2.1. */
export function furthest(first: Refusal | null, second: Refusal): Refusal {
  return first === null || second.progress > first.progress ? second : first
}
