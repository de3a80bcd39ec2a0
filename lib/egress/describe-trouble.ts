/** What went wrong on the way to another server, as one fault whose sentence says it to whoever owns that server. */
import { Fault } from '#lib/errors.ts'

interface Trouble {
  readonly code: 'upstream.unreachable' | 'upstream.timeout' | 'egress.unusable'
  readonly reason: string
  readonly sentence: string
}

const unreachable = (reason: string, sentence: string): Trouble => ({ code: 'upstream.unreachable', reason, sentence })
const timeout = (reason: string, sentence: string): Trouble => ({ code: 'upstream.timeout', reason, sentence })
const unusable = (reason: string, sentence: string): Trouble => ({ code: 'egress.unusable', reason, sentence })

const CLOSED = unreachable('closed', 'The server closed the connection before its answer was whole.')
const NO_WAY = unreachable('no_way', 'There is no way to the server from here.')
const NO_NAME = unreachable('name', 'The name of the server cannot be looked up just now.')
const CERTIFICATE = unreachable('certificate', 'The certificate of the server cannot be trusted.')
const CONNECT_TIMEOUT = timeout('connect', 'The server took no connection in time.')
const SLOW = timeout('slow', 'The server did not answer in time.')
const NOT_HTTP = unusable('not_http', 'What the server sent is not valid HTTP.')
const LENGTHS = unusable('lengths', 'The answer is not as long as it says, or says two lengths.')
const LONG_HEAD = unusable('long_head', 'The head of the answer is longer than 16 KiB.')

/** By the code of the cause; where it has none, by its name. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  ECONNREFUSED: unreachable('not_listening', 'Nothing listens at this address and port.'),
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  ERR_HTTP2_STREAM_ERROR: CLOSED,
  ERR_HTTP2_GOAWAY_SESSION: CLOSED,
  EHOSTUNREACH: NO_WAY,
  ENETUNREACH: NO_WAY,
  EADDRNOTAVAIL: NO_WAY,
  ESERVFAIL: NO_NAME,
  EREFUSED: NO_NAME,
  ETIMEOUT: NO_NAME,
  ENOTFOUND: NO_NAME,
  EAI_AGAIN: NO_NAME,
  ETIMEDOUT: CONNECT_TIMEOUT,
  UND_ERR_CONNECT_TIMEOUT: CONNECT_TIMEOUT,
  UND_ERR_HEADERS_TIMEOUT: SLOW,
  UND_ERR_BODY_TIMEOUT: SLOW,
  TimeoutError: SLOW,
  UND_ERR_HEADERS_OVERFLOW: LONG_HEAD,
  HPE_HEADER_OVERFLOW: LONG_HEAD,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: LENGTHS,
  HTTPParserError: NOT_HTTP,
  ERR_HTTP2_ERROR: NOT_HTTP,
  ERR_HTTP2_SESSION_ERROR: NOT_HTTP,
  CERT_HAS_EXPIRED: CERTIFICATE,
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  ERR_TLS_CERT_ALTNAME_INVALID: CERTIFICATE,
  ERR_SSL_WRONG_VERSION_NUMBER: unreachable('not_tls', 'The server does not speak https on this port.'),
  ERR_SSL_PACKET_LENGTH_TOO_LONG: unreachable('not_tls', 'The server does not speak https on this port.'),
}

/** Whatever a dispatcher of `lib/egress` rejected with. A `Fault` stays what it is; nothing of the URL is repeated. */
export function describeTrouble(cause: unknown): Fault {
  const faults = listCauses(cause)
  const own = faults.find((one) => one instanceof Fault)
  if (own !== undefined) return own
  const known = faults.map((one) => TROUBLES[codeOf(one) ?? ''] ?? TROUBLES[one.name]).find((row) => row !== undefined)
  const { code, reason, sentence } = known ?? unreachable('unknown', 'The server could not be asked.')
  return new Fault(code, `another server failed: ${reason}`, { cause, publicMessage: sentence, details: { reason } })
}

/** The error, what caused it, and what several tries at several addresses ended with. */
function listCauses(cause: unknown): Error[] {
  if (!(cause instanceof Error)) return []
  const parts = cause instanceof AggregateError ? cause.errors.flatMap(listCauses) : []
  return [cause, ...parts, ...listCauses(cause.cause)]
}

function codeOf(cause: Error): string | null {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : null
}
