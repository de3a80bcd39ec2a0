/** Paying by lnd: a fee cap and a time limit with every payment, and nothing taken for final but lnd's own last word. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import * as grpc from '@grpc/grpc-js'
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader'
import { decodeHex } from '#lib/l402/bytes.ts'
import { asPaymentHash, asPreimage } from '#lib/l402/preimage.ts'
import { LightningFault } from '#lib/lightning/backend.ts'
import type { LightningPayer, ListedPayment, PaymentState, PaymentToSend } from '#lib/lightning/payer.ts'
import { msat } from '#lib/money.ts'
import { createClient, explain, isNotFound, type LndAddress, type LndMessage } from './channel.ts'
import { formatCursor, readCursor, readIdentity, readUint } from './messages.ts'

export interface LndPayerOptions extends LndAddress {
  /** What the node must say of itself, else nothing is paid. */
  readonly network: string
}

const CALL_MS = 5_000
/** After lnd has stopped looking for routes, parts may still be on their way back. */
const GRACE_MS = 10_000
const MAX_PARTS = 16
/** Two weeks of blocks: what a payee that holds the payment can keep us waiting at most. */
const MAX_BLOCKS = 2_016
const PROTO_FILE = 'lightning/grpc/protos/router.proto'

/** A payer on lnd; the macaroon needs `info:read offchain:read offchain:write`. Opening never fails. */
export function createLndPayer(options: LndPayerOptions): LightningPayer {
  const { router, lightning } = loadServices()
  const paying = createClient(grpc.makeGenericClientConstructor(router, 'Router'), options)
  const asking = createClient(grpc.makeGenericClientConstructor(lightning, 'Lightning'), options)
  const getId = async () => {
    const node = readIdentity(await ask(asking, 'GetInfo', {}))
    if (node.network !== options.network)
      throw new LightningFault(
        'lightning.refused',
        `LND_NETWORK says ${options.network}, the node is on ${node.network}`,
      )
    return `lnd:${node.key}`
  }
  return {
    getId,
    async payInvoice(payment) {
      // After a lost connection another node may stand at the address.
      await getId()
      return await pay(paying, payment)
    },
    async trackPayment(paymentHash) {
      await getId()
      return await track(paying, { payment_hash: paymentHash })
    },
    async listPayments({ after, limit }) {
      await getId()
      const request = { include_incomplete: true, index_offset: readCursor(after), max_payments: String(limit) }
      const { payments } = await ask(asking, 'ListPayments', request)
      return Array.isArray(payments) ? (payments as LndMessage[]).map(readListed) : []
    },
    close() {
      paying.close()
      asking.close()
    },
  }
}

function loadServices(): { router: ServiceDefinition; lightning: ServiceDefinition } {
  const file = createRequire(import.meta.url).resolve(PROTO_FILE)
  const format = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true } as const
  const loaded = loadSync(file, { ...format, includeDirs: [dirname(file)] })
  const lightning = loadSync(createRequire(import.meta.url).resolve('lightning/grpc/protos/lightning.proto'), format)
  return {
    router: loaded['routerrpc.Router'] as ServiceDefinition,
    lightning: lightning['lnrpc.Lightning'] as ServiceDefinition,
  }
}

async function pay(client: grpc.Client, payment: PaymentToSend): ReturnType<LightningPayer['payInvoice']> {
  const request = {
    payment_request: payment.invoice,
    timeout_seconds: payment.timeoutSeconds,
    fee_limit_msat: String(payment.feeCapMsat),
    cltv_limit: MAX_BLOCKS,
    max_parts: MAX_PARTS,
    allow_self_payment: false,
  }
  const deadline = Date.now() + payment.timeoutSeconds * 1000 + GRACE_MS
  for await (const message of stream(client, 'SendPaymentV2', { request, deadline })) {
    payment.onTaken()
    const state = readState(message)
    if (state.kind !== 'in-flight') return state
  }
  throw new LightningFault('lightning.unavailable', 'SendPaymentV2: the node ended the stream without a last word')
}

async function track(client: grpc.Client, request: LndMessage): Promise<PaymentState | null> {
  try {
    const asked = { request, deadline: Date.now() + CALL_MS }
    for await (const message of stream(client, 'TrackPaymentV2', asked)) return readState(message)
  } catch (cause) {
    if (cause instanceof UnknownPayment) return null
    throw cause
  }
  throw new LightningFault('lightning.unavailable', 'TrackPaymentV2: the node ended the stream')
}

/** The node has no such payment. */
class UnknownPayment extends LightningFault {}

/** lnd says so by a status, and some versions by words alone. */
const UNKNOWN_PAYMENT = /payment isn't initiated/i

async function* stream(
  client: grpc.Client,
  method: string,
  { request, deadline }: { request: LndMessage; deadline: number },
): AsyncGenerator<LndMessage, void> {
  const open = (client as unknown as Record<string, OpenStream | undefined>)[method]
  if (open === undefined) throw new LightningFault('lightning.refused', `lnd's protocol file has no ${method}`)
  const call = open.call(client, request, { deadline })
  // grpc-js emits the end of a stream as an event, also after nobody reads it any more.
  call.on('error', () => undefined)
  try {
    for await (const message of call) yield message as LndMessage
  } catch (cause) {
    throw asFault(method, cause)
  } finally {
    call.cancel()
  }
}

type OpenStream = (request: LndMessage, options: grpc.CallOptions) => grpc.ClientReadableStream<LndMessage>

function asFault(method: string, cause: unknown): LightningFault {
  if (cause instanceof LightningFault) return cause
  const isStatus = cause instanceof Error && 'code' in cause && 'details' in cause
  if (!isStatus) return new LightningFault('lightning.refused', `${method}: not understood`, { cause })
  const failure = { code: Number(cause.code), details: String(cause.details) }
  if (isNotFound(failure) || UNKNOWN_PAYMENT.test(failure.details))
    return new UnknownPayment('lightning.refused', `${method}: the node knows no such payment`)
  return explain(method, failure)
}

function ask(client: grpc.Client, method: string, request: LndMessage): Promise<LndMessage> {
  const call = (client as unknown as Record<string, Ask | undefined>)[method]
  if (call === undefined) throw new LightningFault('lightning.refused', `lnd's protocol file has no ${method}`)
  return new Promise((resolve, reject) => {
    call.call(client, request, { deadline: Date.now() + CALL_MS }, (error, answer) => {
      if (error === null && answer !== undefined) resolve(answer)
      else reject(asFault(method, error))
    })
  })
}

type Ask = (
  request: LndMessage,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, answer?: LndMessage) => void,
) => void

function readState(message: LndMessage): PaymentState {
  switch (message.status) {
    case 'SUCCEEDED':
      return {
        kind: 'succeeded',
        feeMsat: msat(readUint(message, 'fee_msat')),
        preimage: asPreimage(readHexBytes(message, 'payment_preimage')),
      }
    case 'FAILED':
      return { kind: 'failed', reason: String(message.failure_reason).replace('FAILURE_REASON_', '').toLowerCase() }
    case 'IN_FLIGHT':
    case 'INITIATED':
      return { kind: 'in-flight' }
    default:
      // A state of a later lnd is no final word.
      throw new LightningFault('lightning.refused', `the node's payment status is not what lnd's protocol says`)
  }
}

function readListed(message: LndMessage): ListedPayment {
  return {
    paymentHash: asPaymentHash(readHexBytes(message, 'payment_hash')),
    amountMsat: msat(readUint(message, 'value_msat')),
    state: readState(message),
    listCursor: formatCursor(readUint(message, 'payment_index')),
  }
}

function readHexBytes(message: LndMessage, field: string): Uint8Array {
  const bytes = decodeHex(String(message[field]))
  if (bytes !== null && bytes.length === 32) return bytes
  throw new LightningFault('lightning.refused', `the node's ${field} is not what lnd's protocol says`)
}
