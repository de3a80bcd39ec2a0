/** lnd's calls on invoices and on the node itself. */
import { FINAL_CLTV_DELTA, readInvoice } from './bolt11.ts'
import type { Invoice } from './ledger.ts'
import { addInvoice, cancelInvoice, getInvoice, type NodeState, Refused, STATUS } from './node.ts'
import { invoiceMessage, readAmount, readHash, readHex, readInt } from './rpc-messages.ts'
import type { Message } from './schema.ts'

const DEFAULT_EXPIRY_SECONDS = 86_400n
const MAX_EXPIRY_SECONDS = 31_536_000n
const MAX_MEMO_BYTES = 1024
const DEFAULT_PAGE = 100n
/** No chain runs behind this node: blocks come every ten minutes by the clock. */
const BLOCK_SECONDS = 600

export async function getState(node: NodeState): Promise<Message> {
  return { state: node.faults.plan().locked ? 'LOCKED' : 'SERVER_ACTIVE' }
}

export async function getInfo(node: NodeState): Promise<Message> {
  const blockHeight = Math.floor(node.nowSeconds() / BLOCK_SECONDS) % 1_000_000
  return {
    identity_pubkey: node.nodeKey.toString('hex'),
    alias: 'satstile dev node',
    num_active_channels: 1,
    num_peers: 1,
    block_height: blockHeight,
    block_hash: blockHeight.toString(16).padStart(64, '0'),
    best_header_timestamp: String(node.nowSeconds()),
    synced_to_chain: true,
    synced_to_graph: true,
    version: '0.20.1-beta satstile-devnode',
    chains: [{ chain: 'bitcoin', network: 'regtest' }],
  }
}

export async function channelBalance(node: NodeState): Promise<Message> {
  await node.journal.flushed()
  const { localMsat, remoteMsat } = node.ledger
  const amount = (msat: bigint) => ({ sat: String(msat / 1000n), msat: String(msat) })
  return {
    balance: String(localMsat / 1000n),
    local_balance: amount(localMsat),
    remote_balance: amount(remoteMsat),
  }
}

export async function addInvoiceCall(node: NodeState, request: Message): Promise<Message> {
  const memo = String(request.memo ?? '')
  if (Buffer.byteLength(memo) > MAX_MEMO_BYTES) {
    throw new Refused(STATUS.unknown, `memo too large: ${Buffer.byteLength(memo)} bytes (maxsize=${MAX_MEMO_BYTES})`)
  }
  const descriptionHash = readHex(request, 'description_hash')
  const preimage = readHex(request, 'r_preimage')
  if (![0, 64].includes(descriptionHash.length)) throw new Refused(STATUS.unknown, 'description hash is not 32 bytes')
  if (![0, 64].includes(preimage.length)) throw new Refused(STATUS.unknown, 'payment preimage must be exactly 32 bytes')
  const expiry = readInt(request, 'expiry')
  if (expiry < 0n || expiry > MAX_EXPIRY_SECONDS) {
    throw new Refused(STATUS.unknown, `expiry of ${expiry} seconds is not between 0 and ${MAX_EXPIRY_SECONDS}`)
  }
  const invoice = await addInvoice(node, {
    owner: 'node',
    memo,
    descriptionHash: descriptionHash === '' ? null : Buffer.from(descriptionHash, 'hex'),
    amountMsat: readAmount(request, { sats: 'value', msat: 'value_msat' }),
    expirySeconds: Number(expiry === 0n ? DEFAULT_EXPIRY_SECONDS : expiry),
    preimage: preimage === '' ? null : Buffer.from(preimage, 'hex'),
    isPrivate: request.private === true,
  })
  return {
    r_hash: Buffer.from(invoice.hash, 'hex'),
    payment_request: invoice.request,
    add_index: String(invoice.addIndex),
    payment_addr: Buffer.from(invoice.paymentAddr, 'hex'),
  }
}

/** What is shown must be what a restart would find, so reading waits for the disk too. */
async function shownInvoice(node: NodeState, hash: string): Promise<Message> {
  const invoice = getInvoice(node, hash)
  await node.journal.flushed()
  if (invoice.owner !== 'node') throw new Refused(STATUS.notFound, 'unable to locate invoice')
  return invoiceMessage(invoice, node.faults.plan())
}

export const lookupInvoice = (node: NodeState, request: Message) =>
  shownInvoice(node, readHash(request, ['r_hash', 'r_hash_str']))

export async function lookupInvoiceV2(node: NodeState, request: Message): Promise<Message> {
  const address = readHex(request, 'payment_addr')
  if (address === '') return shownInvoice(node, readHash(request, ['payment_hash']))
  const found = node.ledger.rows.find((hash) => node.ledger.invoices.get(hash)?.paymentAddr === address)
  if (found === undefined) throw new Refused(STATUS.notFound, 'unable to locate invoice')
  return shownInvoice(node, found)
}

export async function cancelInvoiceCall(node: NodeState, request: Message): Promise<Message> {
  await cancelInvoice(node, readHash(request, ['payment_hash']))
  return {}
}

/** Pages by add index: forwards from behind `index_offset`, backwards from before it; always answered in rising order. */
export async function listInvoices(node: NodeState, request: Message): Promise<Message> {
  const limit = Number(readInt(request, 'num_max_invoices') || DEFAULT_PAGE)
  const offset = Number(readInt(request, 'index_offset'))
  const isReversed = request.reversed === true
  const { rows } = node.ledger
  const page: Invoice[] = []
  const step = isReversed ? -1 : 1
  // Row n of the log has add index n + 1, so behind offset n comes row n, before it row n - 2.
  let row = isReversed ? (offset === 0 ? rows.length : offset - 1) - 1 : offset
  for (; row >= 0 && row < rows.length && page.length < limit; row += step) {
    const invoice = node.ledger.invoices.get(rows[row] ?? '')
    if (invoice !== undefined && isListed(invoice, request)) page.push(invoice)
  }
  if (isReversed) page.reverse()
  await node.journal.flushed()
  return {
    invoices: page.map((invoice) => invoiceMessage(invoice, node.faults.plan())),
    first_index_offset: String(page[0]?.addIndex ?? 0),
    last_index_offset: String(page.at(-1)?.addIndex ?? 0),
  }
}

function isListed(invoice: Invoice, request: Message): boolean {
  const from = Number(readInt(request, 'creation_date_start'))
  const to = Number(readInt(request, 'creation_date_end'))
  const isInTime = invoice.createdAt >= from && (to === 0 || invoice.createdAt <= to)
  return isInTime && (request.pending_only !== true || invoice.state === 'OPEN')
}

export async function decodePayReq(_: NodeState, request: Message): Promise<Message> {
  const reading = readInvoice(String(request.pay_req ?? ''))
  if (reading.kind === 'refused') throw new Refused(STATUS.unknown, reading.why)
  const { invoice } = reading
  return {
    destination: invoice.destination.toString('hex'),
    payment_hash: invoice.paymentHash.toString('hex'),
    num_satoshis: String((invoice.amountMsat ?? 0n) / 1000n),
    num_msat: String(invoice.amountMsat ?? 0n),
    timestamp: String(invoice.createdAtSeconds),
    expiry: String(invoice.expirySeconds),
    description: invoice.description,
    description_hash: invoice.descriptionHash?.toString('hex') ?? '',
    cltv_expiry: String(FINAL_CLTV_DELTA),
    payment_addr: invoice.paymentAddr,
  }
}
