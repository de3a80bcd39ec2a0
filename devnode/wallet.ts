/** The demo wallet's HTTP: pays invoices of the node for people and programs on this machine, and takes the fault plan. */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readInvoice } from './bolt11.ts'
import { addInvoice, type NodeState } from './node.ts'
import { payFromWallet, type WalletPayment } from './payments.ts'
import type { RpcServer } from './rpc.ts'
import { type Answer, isAskedByName, json, readBody, readOrigin, refusal, sendAnswer } from './wallet-http.ts'
import { describeState, renderPage, WALLET_CSS, WALLET_SCRIPT } from './wallet-page.ts'

interface WalletOptions {
  readonly host: string
  readonly port: number
  /** Hex; only who can read the data folder may change the fault plan. */
  readonly controlKey: string
  /** The interface font, when it is installed. */
  readonly font: Buffer | null
}

interface Wallet extends WalletOptions {
  readonly node: NodeState
  readonly rpc: Pick<RpcServer, 'closeStreams'>
}

interface WalletRequest {
  readonly raw: IncomingMessage
  readonly query: URLSearchParams
  /** Of a POST; empty otherwise. */
  readonly body: string
}

type Route = (wallet: Wallet, request: WalletRequest) => Promise<Answer>

const asset = (type: string, body: string | Buffer): Answer => ({
  status: 200,
  headers: { 'Content-Type': type },
  body,
})
const html = (status: number, body: string): Answer => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body,
})

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /': showPage,
  'GET /health': async () => json(200, { status: 'ok' }),
  'GET /state': async ({ node }) => json(200, describeState(node)),
  'GET /decode': decode,
  'GET /wallet.css': async () => asset('text/css; charset=utf-8', WALLET_CSS),
  'GET /wallet.js': async () => asset('text/javascript; charset=utf-8', WALLET_SCRIPT),
  'GET /font.woff2': async ({ font }) =>
    font === null ? refusal(404, null, 'No font here.') : asset('font/woff2', font),
  'POST /pay': pay,
  'POST /invoice': createWalletInvoice,
  'GET /faults': showFaults,
  'POST /faults': changeFaults,
}

/** Listens; port 0 takes a free one. Throws what listening threw. */
export async function startWallet(wallet: Wallet): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((req, res) => {
    const origin = readOrigin(req)
    answerRequest(wallet, req, origin).then(
      (answer) => sendAnswer(res, answer, origin === false ? null : origin),
      () => sendAnswer(res, json(500, { error: 'internal', message: 'The demo wallet failed.' }), null),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(wallet.port, wallet.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answerRequest(wallet: Wallet, req: IncomingMessage, origin: string | null | false): Promise<Answer> {
  if (!isAskedByName(req, wallet.host)) return refusal(403, null, 'The demo wallet answers to localhost only.')
  if (origin === false) return refusal(403, null, 'Only pages on localhost may use the demo wallet.')
  const url = new URL(req.url ?? '/', 'http://localhost')
  if (req.method === 'OPTIONS') return { status: 204, body: '' }
  const method = req.method === 'HEAD' ? 'GET' : req.method
  const route = ROUTES[`${method} ${url.pathname}`]
  if (route === undefined) return refusal(404, null, 'There is nothing here. GET / is the wallet, POST /pay pays.')
  const body = req.method === 'POST' ? await readBody(req) : ''
  if (body === null) return { ...refusal(413, null, 'This is too large.'), headers: { Connection: 'close' } }
  return route(wallet, { raw: req, query: url.searchParams, body })
}

async function showPage({ node, font }: Wallet, { query }: WalletRequest): Promise<Answer> {
  const paid = node.ledger.invoices.get(query.get('paid') ?? '')
  const notice = paid?.state === 'SETTLED' ? { kind: 'paid' as const, paidMsat: paid.paidMsat } : null
  return html(200, renderPage({ state: describeState(node), invoice: query.get('invoice') ?? '', notice, font }))
}

/** What an invoice asks, before anybody pays it. */
async function decode({ node }: Wallet, { query }: WalletRequest): Promise<Answer> {
  const reading = readInvoice(tidy(query.get('invoice') ?? ''))
  // An answer, not a failure: the page asks while somebody types.
  if (reading.kind === 'refused') return json(200, { refused: reading.why })
  const { invoice } = reading
  return json(200, {
    amount_msat: invoice.amountMsat === null ? null : String(invoice.amountMsat),
    description: invoice.description,
    expires_at: new Date((invoice.createdAtSeconds + invoice.expirySeconds) * 1000).toISOString(),
    state: node.ledger.invoices.get(invoice.paymentHash.toString('hex'))?.state.toLowerCase() ?? 'unknown',
  })
}

/** People paste what their screen shows: with a scheme, in capitals, with blanks around. */
const tidy = (text: string) =>
  text
    .trim()
    .replace(/^lightning:/i, '')
    .toLowerCase()

/** JSON for programs, a form for the page without JavaScript. */
async function pay(wallet: Wallet, { raw, body }: WalletRequest): Promise<Answer> {
  const type = (raw.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  const isForm = type === 'application/x-www-form-urlencoded'
  // curl says "form" of everything it posts; an object in braces is never a form.
  if (isForm && !body.trimStart().startsWith('{')) {
    return payByForm(wallet, new URLSearchParams(body).get('invoice') ?? '')
  }
  const input = parseObject(body)
  if (input === null) return refusal(400, null, 'This is not a JSON object like {"invoice": "lnbcrt…"}.')
  if (typeof input.invoice !== 'string' || input.invoice.trim() === '') {
    return refusal(422, 'invoice', 'Expected the text of a Lightning invoice (lnbcrt…).')
  }
  const amountMsat = parseAmount(input.amount_msat)
  if (amountMsat === undefined) return refusal(422, 'amount_msat', 'Expected whole millisatoshi above 0, as digits.')
  const payment = await payFromWallet(wallet.node, { text: tidy(input.invoice), amountMsat })
  return payment.kind === 'refused' ? refusal(422, payment.field, payment.why) : json(200, describePayment(payment))
}

type Paid = Extract<WalletPayment, { kind: 'paid' }>

const describePayment = ({ invoice }: Paid) => ({
  preimage: invoice.preimage,
  payment_hash: invoice.hash,
  amount_msat: String(invoice.paidMsat),
})

async function payByForm({ node, font }: Wallet, text: string): Promise<Answer> {
  const payment = await payFromWallet(node, { text: tidy(text), amountMsat: null })
  if (payment.kind === 'paid') return { status: 303, headers: { Location: `/?paid=${payment.invoice.hash}` }, body: '' }
  const notice = { kind: 'refused' as const, why: payment.why }
  return html(422, renderPage({ state: describeState(node), invoice: text, notice, font }))
}

/** An invoice of the wallet's own, so that the node has somebody to pay. */
async function createWalletInvoice({ node }: Wallet, { body }: WalletRequest): Promise<Answer> {
  const input = parseObject(body)
  const amountMsat = parseAmount(input?.amount_msat)
  if (typeof amountMsat !== 'bigint')
    return refusal(422, 'amount_msat', 'Expected whole millisatoshi above 0, as digits.')
  const described = input?.description_hash
  if (described !== undefined && !(typeof described === 'string' && /^[0-9a-f]{64}$/.test(described)))
    return refusal(422, 'description_hash', 'Expected 64 hexadecimal digits in lower case.')
  const invoice = await addInvoice(node, {
    owner: 'wallet',
    memo: 'demo wallet',
    descriptionHash: described === undefined ? null : Buffer.from(described, 'hex'),
    amountMsat,
    expirySeconds: 3600,
    preimage: null,
    isPrivate: false,
  })
  return json(201, { invoice: invoice.request, payment_hash: invoice.hash, amount_msat: String(amountMsat) })
}

async function showFaults(wallet: Wallet, { raw }: WalletRequest): Promise<Answer> {
  return hasControlKey(wallet, raw) ? json(200, wallet.node.faults.plan()) : refusal(403, null, FAULTS_KEY_SENTENCE)
}

/** Changes the named members of the plan; `closeStreamsNow` is an act and is not kept. */
async function changeFaults(wallet: Wallet, { raw, body }: WalletRequest): Promise<Answer> {
  if (!hasControlKey(wallet, raw)) return refusal(403, null, FAULTS_KEY_SENTENCE)
  const input = parseObject(body)
  if (input === null) return refusal(400, null, 'This is not a JSON object like {"dropRate": 0.1}.')
  const { closeStreamsNow, ...plan } = input
  const fields = wallet.node.faults.change(plan)
  if (fields !== null) return json(422, { error: 'input.invalid', fields, message: 'Some members need another value.' })
  if (closeStreamsNow === true) wallet.rpc.closeStreams()
  return json(200, wallet.node.faults.plan())
}

const FAULTS_KEY_SENTENCE = 'Send the content of faults.key in the data folder as the header X-Faults-Key.'

function hasControlKey(wallet: Wallet, req: IncomingMessage): boolean {
  const given = Buffer.from(String(req.headers['x-faults-key'] ?? ''))
  const wanted = Buffer.from(wallet.controlKey)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** `null`: not given. `undefined`: not an amount. Digits, because a JSON number loses the last ones. */
function parseAmount(value: unknown): bigint | null | undefined {
  if (value === undefined || value === null) return null
  return typeof value === 'string' && /^[1-9]\d{0,17}$/.test(value) ? BigInt(value) : undefined
}
