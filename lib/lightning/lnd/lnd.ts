/** The Lightning port on lnd's gRPC: amounts are required, preimages are dropped on the spot, every failure is a `LightningFault`. */
import { sha256 } from '#lib/crypto.ts'
import { assertInvariant } from '#lib/errors.ts'
import { opens, type PaymentHash, type Preimage } from '#lib/l402/preimage.ts'
import {
  type BackendId,
  type CreatedInvoice,
  type FoundInvoice,
  type InvoiceUpdate,
  type LightningBackend,
  LightningFault,
} from '#lib/lightning/backend.ts'
import { describeCause, type Log } from '#lib/log.ts'
import { explain, type LndAddress, type LndChannel, type LndMessage, openLndChannel } from './channel.ts'
import { formatCursor, readBytes, readCursor, readIdentity, readInvoiceMessage, readUint } from './messages.ts'

type LndNetwork = 'mainnet' | 'testnet' | 'signet' | 'regtest'

export interface LndOptions extends LndAddress {
  /** What the node must say of itself, else every call is refused. */
  readonly network: LndNetwork
  readonly log: Log
}

const CREATE_DEADLINE_MS = 2_000
const LOOKUP_DEADLINE_MS = 5_000
/** BOLT 11: the description has at most 639 bytes. */
const MAX_MEMO_BYTES = 639

/**
 * A backend on lnd. The macaroon needs `info:read` and `invoices:read`, and `invoices:write` to create; no more.
 * Opening never fails: a node that is away shows in the first call.
 */
export function createLndBackend(options: LndOptions): LightningBackend {
  const channel = openLndChannel(options)
  const identity = createIdentity(channel, options)
  const call: Call = async (method, request, timeoutMs) => {
    const deadlineAtMs = Date.now() + timeoutMs
    try {
      await identity.get(deadlineAtMs)
      return await channel.call(method, request, deadlineAtMs)
    } catch (cause) {
      identity.forget()
      throw cause
    }
  }
  return {
    capabilities: { list: true, watch: true, reveal: true },
    getId: () => identity.get(Date.now() + LOOKUP_DEADLINE_MS),
    createInvoice: (input) => createInvoice(call, input),
    lookupInvoice: (paymentHash) => lookupInvoice(call, paymentHash),
    listInvoices: (input) => listInvoices(call, input),
    revealPreimage: (paymentHash) => revealPreimage(call, paymentHash),
    watchInvoices: (input) => watchInvoices({ channel, identity, log: options.log }, input),
    close: () => channel.close(),
  }
}

type Call = (
  method: Parameters<LndChannel['call']>[0],
  request: LndMessage,
  timeoutMs: number,
) => Promise<LndMessage | null>

interface Identity {
  /** `lnd:<key>`; asks once, and again after `forget`. Throws when the node is not on the network we were told. */
  get(deadlineAtMs: number): Promise<BackendId>
  forget(): void
}

/** After a lost connection another node may stand at the address, so what was learned is forgotten with it. */
function createIdentity(channel: LndChannel, { network }: { network: LndNetwork }): Identity {
  let known: BackendId | null = null
  return {
    async get(deadlineAtMs) {
      if (known !== null) return known
      const node = readIdentity(expectAnswer('GetInfo', await askIdentity(channel, deadlineAtMs)))
      if (node.network !== network) {
        throw new LightningFault('lightning.refused', `LND_NETWORK says ${network}, the node is on ${node.network}`)
      }
      known = `lnd:${node.key}`
      return known
    },
    forget() {
      known = null
    },
  }
}

/** lnd's own invoice.macaroon has no `info:read`; whoever brought it is told what to bake instead. */
async function askIdentity(channel: LndChannel, deadlineAtMs: number): Promise<LndMessage | null> {
  try {
    return await channel.call('GetInfo', {}, deadlineAtMs)
  } catch (cause) {
    if (!(cause instanceof LightningFault) || !cause.message.includes('permission denied')) throw cause
    const advice =
      'bake one with `lncli bakemacaroon info:read invoices:read invoices:write` (to read only: without the last)'
    throw new LightningFault('lightning.refused', `the macaroon may not ask who the node is; ${advice}`, { cause })
  }
}

async function createInvoice(
  call: Call,
  input: Parameters<LightningBackend['createInvoice']>[0],
): Promise<CreatedInvoice> {
  // A zero would become an invoice that any amount settles (reliability.md §3.1).
  assertInvariant(input.amountMsat > 0n, 'an invoice has an amount above zero')
  assertInvariant(Number.isSafeInteger(input.expirySeconds) && input.expirySeconds > 0, 'an invoice has an expiry')
  assertInvariant(Buffer.byteLength(input.memo) <= MAX_MEMO_BYTES, 'a memo has at most 639 bytes')
  const request = { memo: input.memo, value_msat: String(input.amountMsat), expiry: String(input.expirySeconds) }
  const answer = expectAnswer('AddInvoice', await call('AddInvoice', request, CREATE_DEADLINE_MS))
  return {
    paymentHash: readBytes(answer, 'r_hash', 32) as PaymentHash,
    invoice: String(answer.payment_request).toLowerCase(),
    listCursor: formatCursor(readUint(answer, 'add_index')),
  }
}

function expectAnswer(method: string, answer: LndMessage | null): LndMessage {
  if (answer === null) throw new LightningFault('lightning.refused', `${method}: the node answered nothing`)
  return answer
}

/** The raw message still has the preimage in it: it must not leave this file. */
const findInvoice = (call: Call, paymentHash: PaymentHash) =>
  call('LookupInvoice', { r_hash: paymentHash }, LOOKUP_DEADLINE_MS)

async function lookupInvoice(call: Call, paymentHash: PaymentHash): Promise<FoundInvoice | null> {
  const found = await findInvoice(call, paymentHash)
  return found === null ? null : readInvoiceMessage(found)
}

async function listInvoices(call: Call, input: Parameters<LightningBackend['listInvoices']>[0]) {
  const request = { index_offset: readCursor(input.after), num_max_invoices: String(input.limit) }
  const answer = expectAnswer('ListInvoices', await call('ListInvoices', request, LOOKUP_DEADLINE_MS))
  const invoices = Array.isArray(answer.invoices) ? (answer.invoices as LndMessage[]).map(readInvoiceMessage) : []
  const next = invoices.length === 0 ? input.after : formatCursor(readUint(answer, 'last_index_offset'))
  return { invoices, next }
}

async function revealPreimage(call: Call, paymentHash: PaymentHash): Promise<Preimage | null> {
  const found = await findInvoice(call, paymentHash)
  if (found === null || readInvoiceMessage(found).state !== 'settled') return null
  const preimage = found.r_preimage
  // A node that withholds it sends nothing or zeros; both are "not revealed", never a proof.
  if (!(preimage instanceof Uint8Array) || preimage.length !== 32) return null
  const revealed = new Uint8Array(preimage) as Preimage
  return opens(sha256, revealed, paymentHash) ? revealed : null
}

interface Watching {
  readonly channel: LndChannel
  readonly identity: Identity
  readonly log: Log
}

async function* watchInvoices(
  { channel, identity, log }: Watching,
  input: Parameters<LightningBackend['watchInvoices']>[0],
): AsyncGenerator<InvoiceUpdate, void> {
  if (input.signal.aborted) return
  identity.forget()
  await identity.get(Date.now() + LOOKUP_DEADLINE_MS)
  const stream = channel.subscribe({ settle_index: readCursor(input.after) })
  const cancel = () => stream.cancel()
  input.signal.addEventListener('abort', cancel, { once: true })
  let failure: unknown = null
  // grpc-js emits the end of a stream as an event, also after nobody reads it any more.
  stream.on('error', (cause) => {
    failure ??= cause
  })
  try {
    await confirmOpen(channel, input.onOpen)
    for await (const message of stream) {
      const update = readInvoiceMessage(message as LndMessage)
      if (update.state === 'settled' && update.settleCursor !== null) yield update
    }
    throw failure ?? new LightningFault('lightning.unavailable', 'SubscribeInvoices: the node ended the stream')
  } catch (cause) {
    if (input.signal.aborted) return
    log.debug('invoice stream ended', { cause: describeCause(cause) })
    throw asFault(cause)
  } finally {
    input.signal.removeEventListener('abort', cancel)
    stream.cancel()
    identity.forget()
  }
}

/**
 * lnd sends nothing at all until the first event, so a subscription is known to stand only when a later call on the
 * same connection was answered. Whoever sweeps after this misses nothing.
 */
async function confirmOpen(channel: LndChannel, onOpen: (() => void) | undefined): Promise<void> {
  await channel.confirmStreams(Date.now() + LOOKUP_DEADLINE_MS)
  onOpen?.()
}

function asFault(cause: unknown): LightningFault {
  if (cause instanceof LightningFault) return cause
  const isStatus = cause instanceof Error && 'code' in cause && 'details' in cause
  if (isStatus) return explain('SubscribeInvoices', cause as Parameters<typeof explain>[1])
  return new LightningFault('lightning.refused', 'SubscribeInvoices: not understood', { cause })
}
