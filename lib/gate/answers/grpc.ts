/** What the gate says to programs that speak gRPC: the same refusal and the same challenge, in fields alone (protocol.md §1.5). */
import { CODES, type Code, codeRow } from '#lib/errors.ts'
import { findHeader, type GateAnswer, type GateRequest, type HeaderField } from '#lib/gate/request.ts'

/** gRPC itself, and its two forms for browsers: bytes, and the same in base64. */
export type GrpcForm = 'grpc' | 'web' | 'web-text'

const FORM = /^application\/grpc(-web(?:-text)?)?(?:[+;]|$)/i

/** In which of its forms a request speaks gRPC; `null`: in none. */
export function grpcFormOf(request: Pick<GateRequest, 'method' | 'headers' | 'rawHeaders'>): GrpcForm | null {
  if (request.method !== 'POST') return null
  const found = FORM.exec(findHeader(request, 'content-type') ?? '')
  if (found === null) return null
  return found[1] === undefined ? 'grpc' : found[1].toLowerCase() === '-web' ? 'web' : 'web-text'
}

const TYPES: Readonly<Record<GrpcForm, string>> = {
  grpc: 'application/grpc',
  web: 'application/grpc-web+proto',
  'web-text': 'application/grpc-web-text+proto',
}

/** An answer without messages: status 200, and what happened in its fields. */
export function answerAsGrpc(form: GrpcForm, answer: GateAnswer): GateAnswer {
  return { kind: 'answer', status: 200, headers: [['Content-Type', TYPES[form]], ...grpcFields(answer)], body: null }
}

/** The fields by which a call ends: its status, and all that `answer` says of why, also behind messages that were sent. */
export function grpcFields(answer: GateAnswer): HeaderField[] {
  const kept = answer.headers.filter(([name]) => !OF_BODIES.has(name.toLowerCase()))
  return [...statusFields(answer), ...kept.flatMap(withOldLine)]
}

/** They speak of a body, and there is none. */
const OF_BODIES: ReadonlySet<string> = new Set([
  ...['content-type', 'content-length', 'content-encoding', 'content-security-policy', 'referrer-policy', 'etag'],
  ...['x-content-type-options', 'allow', 'location'],
])

/** By this text and status 13 clients know that they are to pay, so no other answer has it. */
const PAYMENT_REQUIRED = 'payment required'

function statusFields({ status, headers }: GateAnswer): HeaderField[] {
  if (status === 402) return toFields(13, PAYMENT_REQUIRED)
  const reason = headers.find(([name]) => name === 'L402-Reason')?.[1]
  if (reason === undefined || !isCode(reason)) return toFields(codeRow('http.method_not_allowed').grpc, UNIMPLEMENTED)
  // The budget of all gateways, where one client's is 429.
  return toFields(status === 503 ? 14 : codeRow(reason).grpc, reason)
}

const UNIMPLEMENTED = 'there is no gRPC service at this address'

function toFields(status: number, message: string): HeaderField[] {
  return [
    ['Grpc-Status', String(status)],
    ['Grpc-Message', message],
  ]
}

const isCode = (text: string): text is Code => Object.hasOwn(CODES, text)

/** Clients of old read the first line alone, and in it this scheme and these two parameters. */
function withOldLine(field: HeaderField): HeaderField[] {
  const [name, value] = field
  const old = /^L402 (macaroon="[^"]*", invoice="[^"]*")/.exec(value)?.[1]
  if (name !== 'WWW-Authenticate' || old === undefined) return [field]
  return [[name, `LSAT ${old}`], field]
}
