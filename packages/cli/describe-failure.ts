/** The sentence for anything that ended a command: what happened, and what to do next. */
import { ClientFault, PaidFault } from '#packages/client/index.ts'

/** What was tried when it failed. */
export interface Attempt {
  readonly url: URL
  readonly timeoutMs: number
}

interface Scene {
  /** Host with port, or the address and port that the system names. */
  readonly where: string
  readonly seconds: number
}
type Sentence = (scene: Scene) => string

const unreachable: Sentence = ({ where }) => `there is no way to ${where} from here; check the network`
const closed: Sentence = ({ where }) =>
  `the server at ${where} closed the connection before its answer was whole; its log may say why`
const unconnected: Sentence = ({ where }) =>
  `the server at ${where} takes no connection; check the address and the network`
const untrusted: Sentence = ({ where }) =>
  `the certificate of ${where} cannot be trusted; check the address, or tell its owner`
const unreadable: Sentence = ({ where }) => `what listens at ${where} does not speak HTTP; check the port`
const astray: Sentence = ({ where }) =>
  `the server at ${where} redirects to something that is no http address; tell its owner`

/** By the code of the cause; where undici gives an error no code, by its name or its exact words. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: ({ where }) => `nothing listens at ${where}; is the address right, and is npm start running?`,
  ENOTFOUND: ({ where }) => `there is no host of the name in ${where}; check the address`,
  EAI_AGAIN: ({ where }) => `the name in ${where} cannot be looked up just now; check the network`,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ECONNRESET: closed,
  EPIPE: closed,
  UND_ERR_SOCKET: closed,
  ETIMEDOUT: unconnected,
  UND_ERR_CONNECT_TIMEOUT: unconnected,
  UND_ERR_HEADERS_TIMEOUT: ({ where, seconds }) =>
    `the server at ${where} gave no answer for ${seconds} s; see whether it still runs, or wait longer with --timeout SECONDS`,
  UND_ERR_BODY_TIMEOUT: ({ where, seconds }) =>
    `the server at ${where} began an answer and sent nothing more for ${seconds} s; wait longer with --timeout SECONDS`,
  ERR_SSL_WRONG_VERSION_NUMBER: ({ where }) =>
    `the server at ${where} does not speak https; try the address with http://`,
  CERT_HAS_EXPIRED: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
  HTTPParserError: unreadable,
  AbortError: () => 'stopped before the answer was whole',
  'bad port': ({ where }) => `the port in ${where} is one that fetch never asks; check the address`,
  'redirect count exceeded': ({ where }) =>
    `the server at ${where} redirects again and again without an answer; check the address, or tell its owner`,
  'URL scheme must be a HTTP(S) scheme': astray,
  'Invalid URL': astray,
}

/** One sentence; holds no secret. What a `PaidFault` says is its cause: the command itself says that it was paid. */
export function describeFailure(cause: unknown, attempt: Attempt): string {
  if (cause instanceof PaidFault) return describeFailure(cause.cause, attempt)
  if (cause instanceof ClientFault) return asSentence(describeFault(cause))
  const causes = listCauses(cause)
  for (const one of causes) {
    const key = [codeOf(one), one.name, one.message].find((name) => name !== null && Object.hasOwn(SENTENCES, name))
    const scene = { where: addressOf(one) ?? attempt.url.host, seconds: attempt.timeoutMs / 1_000 }
    const sentence = SENTENCES[key ?? '']
    if (sentence !== undefined) return asSentence(sentence(scene))
  }
  const said = causes.length === 0 ? String(cause) : causes.map((one) => one.message).join(': ')
  return asSentence(`the request to ${attempt.url.host} failed: ${said}`)
}

/** The reasons that an option can put right name it. */
function describeFault({ reason, message }: ClientFault): string {
  const isStore = reason === 'store-unwritable' || reason === 'store-unreadable'
  return isStore ? `--store: ${message}. Nothing was paid` : message
}

/** A text with a capital in front and an end. */
export function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!)]$/.test(text) ? '' : '.'}`
}

function listCauses(cause: unknown): Error[] {
  return cause instanceof Error ? [cause, ...listCauses(cause.cause)] : []
}

function codeOf(cause: Error): string | null {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : null
}

function addressOf(cause: Error): string | null {
  return 'address' in cause && 'port' in cause ? `${cause.address}:${cause.port}` : null
}
