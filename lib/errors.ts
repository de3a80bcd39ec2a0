/** Every code an answer can carry, with its HTTP status, gRPC status, retry rule and public sentence; nothing else maps a code to a status. */

interface CodeRow {
  readonly http: number
  readonly grpc: number
  /** Seconds for `Retry-After`; `null`: trying again changes nothing. */
  readonly retryAfterSeconds: number | null
  readonly message: string
}

/** protocol.md §9 and conventions.md §4, row by row. */
export const CODES = {
  'l402.missing': { http: 402, grpc: 13, retryAfterSeconds: null, message: 'This needs a payment.' },
  'l402.malformed': { http: 402, grpc: 13, retryAfterSeconds: null, message: 'This credential cannot be read.' },
  'l402.preimage_mismatch': {
    http: 402,
    grpc: 13,
    retryAfterSeconds: null,
    message: 'The proof of payment does not belong to this token.',
  },
  'l402.signature_invalid': {
    http: 402,
    grpc: 13,
    retryAfterSeconds: null,
    message: 'This token was not issued here, or was changed.',
  },
  'l402.revoked': { http: 402, grpc: 13, retryAfterSeconds: null, message: 'This token has been withdrawn.' },
  'l402.caveat_refused': {
    http: 402,
    grpc: 13,
    retryAfterSeconds: null,
    message: "This token's conditions do not allow this request.",
  },
  'l402.wrong_service': { http: 402, grpc: 13, retryAfterSeconds: null, message: 'This token is for something else.' },
  'l402.expired': { http: 402, grpc: 13, retryAfterSeconds: null, message: 'This token has expired.' },
  'l402.exhausted': { http: 402, grpc: 13, retryAfterSeconds: null, message: 'What was paid for is used up.' },
  'l402.unsettled': { http: 402, grpc: 13, retryAfterSeconds: null, message: 'The payment has not arrived yet.' },
  'limit.networks': {
    http: 429,
    grpc: 8,
    retryAfterSeconds: 3600,
    message: 'In use in too many places. Try again later.',
  },
  'limit.rate': { http: 429, grpc: 8, retryAfterSeconds: 1, message: 'Too many requests. Try again later.' },
  'limit.paying_again': {
    http: 429,
    grpc: 8,
    retryAfterSeconds: 3600,
    message:
      'You have paid for this several times and your proof does not arrive whole. No new invoice; show this message to whoever runs the client.',
  },
  'limit.challenge_budget': { http: 429, grpc: 8, retryAfterSeconds: 10, message: 'Too many unpaid requests.' },
  'limit.header_size': { http: 431, grpc: 8, retryAfterSeconds: null, message: 'This request is not valid HTTP here.' },
  'http.malformed': { http: 400, grpc: 3, retryAfterSeconds: null, message: 'This request is not valid HTTP here.' },
  'http.too_large': {
    http: 413,
    grpc: 8,
    retryAfterSeconds: null,
    message: 'This request is larger than expected here.',
  },
  'http.method_not_allowed': {
    http: 405,
    grpc: 12,
    retryAfterSeconds: null,
    message: 'This method does nothing here.',
  },
  'http.not_grpc': {
    http: 415,
    grpc: 3,
    retryAfterSeconds: null,
    message: 'This address is called over gRPC or gRPC-Web.',
  },
  'http.origin_refused': {
    http: 403,
    grpc: 7,
    retryAfterSeconds: null,
    message: 'This request may not come from another site.',
  },
  'paywall.resource_paused': {
    http: 403,
    grpc: 7,
    retryAfterSeconds: null,
    message: 'Not on sale at the moment. Nothing was charged.',
  },
  'paywall.blocked': {
    http: 403,
    grpc: 7,
    retryAfterSeconds: null,
    message: 'The author does not serve this network. Nothing was charged.',
  },
  'paywall.resource_unknown': { http: 404, grpc: 5, retryAfterSeconds: null, message: 'There is nothing here.' },
  'paywall.resource_deleted': {
    http: 410,
    grpc: 5,
    retryAfterSeconds: null,
    message: 'Nothing was charged. The creator has deleted this for good.',
  },
  'paywall.settlement_unknown': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 2,
    message: 'The payment cannot be confirmed right now. Do not pay again.',
  },
  'paywall.price_unavailable': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 2,
    message: "The price cannot be told right now: the author's server does not name one. Nothing was charged.",
  },
  'paywall.rate_stale': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 60,
    message: 'The price is in another currency, and no exchange rate of now is known. Nothing was charged.',
  },
  'lightning.unavailable': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 10,
    message: "The author's wallet does not answer. Nothing was charged.",
  },
  'lightning.timeout': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 10,
    message: "The author's wallet does not answer. Nothing was charged.",
  },
  'lightning.refused': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 10,
    message: "The author's wallet does not answer. Nothing was charged.",
  },
  'database.unavailable': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 5,
    message: 'Something on our side is down. Nothing was charged.',
  },
  'queue.full': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 2,
    message: 'Something on our side is down. Nothing was charged.',
  },
  'upstream.unreachable': {
    http: 502,
    grpc: 14,
    retryAfterSeconds: null,
    message: "The author's server did not answer. No use was counted.",
  },
  'upstream.timeout': {
    http: 504,
    grpc: 4,
    retryAfterSeconds: null,
    message: "The author's server did not answer. No use was counted.",
  },
  'egress.refused': {
    http: 502,
    grpc: 14,
    retryAfterSeconds: null,
    message: 'This address may not be opened from here.',
  },
  'egress.busy': {
    http: 503,
    grpc: 14,
    retryAfterSeconds: 5,
    message: 'Too many connections to other servers at once. Nothing was charged.',
  },
  'egress.unusable': {
    http: 502,
    grpc: 14,
    retryAfterSeconds: null,
    message: 'The other server answered something that cannot be used.',
  },
  'claim.refused': {
    http: 403,
    grpc: 7,
    retryAfterSeconds: null,
    message: 'This claim does not belong to this purchase.',
  },
  'claim.over': {
    http: 410,
    grpc: 5,
    retryAfterSeconds: null,
    message: 'This claim is over. Restore with your receipt.',
  },
  'restore.unknown': {
    http: 404,
    grpc: 5,
    retryAfterSeconds: null,
    message: 'No purchase here fits what you entered.',
  },
  'restore.limit': {
    http: 429,
    grpc: 8,
    retryAfterSeconds: 60,
    message: 'Too many tries. Wait a minute, then try again.',
  },
  'creator.unauthenticated': { http: 401, grpc: 16, retryAfterSeconds: null, message: 'Sign in first.' },
  'creator.forbidden': { http: 403, grpc: 7, retryAfterSeconds: null, message: 'You may not do this here.' },
  'input.invalid': { http: 422, grpc: 3, retryAfterSeconds: null, message: 'Some fields need another value.' },
  'input.conflict': { http: 409, grpc: 10, retryAfterSeconds: null, message: 'Somebody else changed this meanwhile.' },
  'internal.bug': {
    http: 500,
    grpc: 13,
    retryAfterSeconds: null,
    message: 'Something on our side failed. Nothing was charged.',
  },
} as const satisfies Record<string, CodeRow>

export type Code = keyof typeof CODES

/** The row of a code. */
export function codeRow(code: Code): CodeRow {
  return CODES[code]
}

/**
 * Something broke: a node is down, the database is gone, an invariant failed. Thrown, caught once at the edge of the
 * process and logged once. `message` is for the log, `publicMessage` for the client; neither holds a secret.
 */
export class Fault extends Error {
  readonly code: Code
  readonly publicMessage: string
  readonly details: Readonly<Record<string, string | number | boolean>>

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; publicMessage?: string; details?: Record<string, string | number | boolean> } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'Fault'
    this.code = code
    this.publicMessage = options.publicMessage ?? CODES[code].message
    this.details = options.details ?? {}
  }
}

/** Ends this request with `internal.bug` when `condition` is false: an invariant of ours, never the client's input. */
export function assertInvariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Fault('internal.bug', `invariant failed: ${what}`)
}

/** Input with named faults: field -> sentence that says what was expected. The value of a verb that refuses its input. */
export interface InvalidInput {
  readonly kind: 'invalid'
  readonly fields: Readonly<Record<string, string>>
}
