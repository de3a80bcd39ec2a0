/** The dev node speaks lnd's gRPC: here to the `lightning` package, which brings lnd's own protocol files and shares no code with the node. */
import { createHash } from 'node:crypto'
import type { ServiceError } from '@grpc/grpc-js'
import { authenticatedLndGrpc } from 'lightning'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { until } from '#tests/support/until.ts'

type Message = Record<string, unknown>
type Lnd = ReturnType<typeof authenticatedLndGrpc>['lnd']
type Service = 'default' | 'invoices' | 'router'

let node: TestNode
let invoiceLnd: Lnd
let readLnd: Lnd
let spendLnd: Lnd

const connect = (macaroon?: string): Lnd =>
  authenticatedLndGrpc({
    socket: node.socket.replace('127.0.0.1', 'localhost'),
    cert: node.read('tls.cert').toString('hex'),
    ...(macaroon === undefined ? {} : { macaroon: node.read(macaroon).toString('hex') }),
  }).lnd

const call = (lnd: Lnd, service: Service, method: string, request: Message = {}): Promise<Message> =>
  new Promise((resolve, reject) =>
    lnd[service][method](request, (error: ServiceError | null, answer: Message) =>
      error === null ? resolve(answer) : reject(error),
    ),
  )

/** Collects a stream; `done` resolves with null at a good end, else with what ended it. */
function listen(lnd: Lnd, service: Service, method: string, request: Message) {
  const seen: Message[] = []
  const stream = lnd[service][method](request)
  const done = new Promise<ServiceError | null>((resolve) => {
    stream.on('data', (message: Message) => seen.push(message))
    stream.on('error', resolve)
    stream.on('end', () => resolve(null))
  })
  return { seen, done, cancel: () => stream.cancel() }
}

const add = (request: Message = { value: '210', memo: 'satstile test' }) =>
  call(invoiceLnd, 'default', 'AddInvoice', request)
const lookup = (hash: unknown) => call(invoiceLnd, 'default', 'LookupInvoice', { r_hash: hash })
const walletInvoice = async (amountMsat: string) =>
  (await (await node.post('/invoice', { amount_msat: amountMsat })).json()) as { invoice: string; payment_hash: string }
const paid = async () => {
  const added = await add()
  await node.pay(String(added.payment_request))
  return { ...added, ...(await lookup(added.r_hash)) }
}

beforeAll(async () => {
  node = await startTestNode()
  invoiceLnd = connect('invoice.macaroon')
  readLnd = connect('read.macaroon')
  spendLnd = connect('spend.macaroon')
})
afterAll(() => node.close())
beforeEach(() =>
  node.disturb({ seed: 1, dropRate: 0, doubleRate: 0, reorderRate: 0, stuckPayments: false, routingFeeMsat: 0 }),
)

test('no macaroon and too little right are refused in the words of lnd', async () => {
  await expect(call(connect(), 'default', 'GetInfo')).rejects.toMatchObject({
    code: 2,
    details: 'expected 1 macaroon, got 0',
  })
  const refused = { code: 2, details: 'permission denied' }
  await expect(call(readLnd, 'default', 'AddInvoice', { value: '1' })).rejects.toMatchObject(refused)
  await expect(call(invoiceLnd, 'default', 'ListPayments')).rejects.toMatchObject(refused)
  const sending = listen(readLnd, 'router', 'SendPaymentV2', { payment_request: 'x' })
  expect(await sending.done).toMatchObject(refused)
})

test('GetInfo names a regtest node that is ready', async () => {
  const info = await call(readLnd, 'default', 'GetInfo')
  expect(info).toMatchObject({ synced_to_chain: true, chains: [{ chain: 'bitcoin', network: 'regtest' }] })
  expect(info.identity_pubkey).toMatch(/^0[23][0-9a-f]{64}$/)
})

test('what AddInvoice refuses, it refuses with status 2', async () => {
  const refuses = (request: Message) => expect(add(request)).rejects.toMatchObject({ code: 2 })
  await refuses({ value: '1', value_msat: '1000' })
  await refuses({ value: '-1' })
  await refuses({ value: '1', memo: 'x'.repeat(1025) })
  await refuses({ value: '1', r_preimage: Buffer.alloc(31) })
  const preimage = createHash('sha256').update(String(Math.random())).digest()
  await add({ value: '1', r_preimage: preimage })
  await refuses({ value: '1', r_preimage: preimage })
})

test('a preimage the caller chose is the one that is paid for', async () => {
  const preimage = createHash('sha256').update(`chosen ${Math.random()}`).digest()
  const added = await add({ value: '5', r_preimage: preimage })
  expect(added.r_hash).toEqual(createHash('sha256').update(preimage).digest())
  expect((await node.pay(String(added.payment_request))).preimage).toBe(preimage.toString('hex'))
})

test('value 0 is an invoice for any amount, 86,400 s long when nothing is said', async () => {
  const added = await add({})
  const decoded = await call(spendLnd, 'default', 'DecodePayReq', { pay_req: added.payment_request })
  expect(decoded).toMatchObject({
    num_msat: '0',
    expiry: '86400',
    payment_hash: (added.r_hash as Buffer).toString('hex'),
  })
})

test('an open invoice shows no preimage, a settled one does, with what arrived and when', async () => {
  const added = await add()
  expect(await lookup(added.r_hash)).toMatchObject({ state: 'OPEN', r_preimage: Buffer.alloc(0), settle_index: '0' })
  const { preimage } = await node.pay(String(added.payment_request))
  const settled = await lookup(added.r_hash)
  expect(settled).toMatchObject({ state: 'SETTLED', amt_paid_msat: '210000', value: '210' })
  expect((settled.r_preimage as Buffer).toString('hex')).toBe(preimage)
  expect(Number(settled.settle_date)).toBeGreaterThan(1_700_000_000)
})

test('an unknown hash is status 5, by every look-up', async () => {
  const stranger = Buffer.alloc(32, 5)
  await expect(lookup(stranger)).rejects.toMatchObject({ code: 5 })
  await expect(call(invoiceLnd, 'invoices', 'LookupInvoiceV2', { payment_hash: stranger })).rejects.toMatchObject({
    code: 5,
  })
  expect(await listen(readLnd, 'router', 'TrackPaymentV2', { payment_hash: stranger }).done).toMatchObject({ code: 5 })
})

test('settle indexes rise strictly in the order of payment', async () => {
  const indexes = [await paid(), await paid(), await paid()].map((invoice) => Number(invoice.settle_index))
  expect(indexes).toEqual([...indexes].sort((a, b) => a - b))
  expect(new Set(indexes).size).toBe(3)
})

test('a subscription from n replays what is greater than n, in the order of creation, and goes on live', async () => {
  const [first, second] = [await add(), await add()]
  const before = await paid()
  // Settled in the other order than created: the backlog comes by row all the same.
  await node.pay(String(second.payment_request))
  await node.pay(String(first.payment_request))
  const stream = listen(invoiceLnd, 'default', 'SubscribeInvoices', { settle_index: String(before.settle_index) })
  await until('the backlog came', () => stream.seen.length >= 2)
  expect(stream.seen.map((invoice) => invoice.add_index)).toEqual([first.add_index, second.add_index])
  const live = await paid()
  await until('the live one came', () => stream.seen.some((invoice) => invoice.settle_index === live.settle_index))
  expect(stream.seen.some((invoice) => invoice.settle_index === before.settle_index)).toBe(false)
  stream.cancel()
})

test('canceled invoices never come on the stream of all, but on that of one', async () => {
  const all = listen(invoiceLnd, 'default', 'SubscribeInvoices', {})
  const added = await add()
  const one = listen(invoiceLnd, 'invoices', 'SubscribeSingleInvoice', { r_hash: added.r_hash })
  await until('the present state came', () => one.seen.length === 1)
  await call(invoiceLnd, 'invoices', 'CancelInvoice', { payment_hash: added.r_hash })
  await until('the cancellation came', () => one.seen.some((invoice) => invoice.state === 'CANCELED'))
  const marker = await add()
  await until('the marker came', () => all.seen.some((invoice) => invoice.add_index === marker.add_index))
  expect(all.seen.every((invoice) => invoice.state !== 'CANCELED')).toBe(true)
  await expect(node.pay(String(added.payment_request))).rejects.toThrow('was canceled')
  all.cancel()
  one.cancel()
})

test('an invoice past its expiry becomes canceled and is not paid', async () => {
  const added = await add({ value: '1', expiry: '1' })
  await until('it is canceled', async () => (await lookup(added.r_hash)).state === 'CANCELED')
  const answer = await node.post('/pay', { invoice: added.payment_request })
  expect(answer.status).toBe(422)
})

test('pages of ListInvoices go both ways and end empty', async () => {
  const from = Number((await add()).add_index) - 1
  for (let n = 0; n < 4; n++) await add()
  const page = (request: Message) => call(readLnd, 'default', 'ListInvoices', request)
  const indexes = (answer: Message) => (answer.invoices as Message[]).map((invoice) => Number(invoice.add_index) - from)
  const first = await page({ index_offset: String(from), num_max_invoices: '3' })
  expect(indexes(first)).toEqual([1, 2, 3])
  expect(indexes(await page({ index_offset: first.last_index_offset, num_max_invoices: '3' }))).toEqual([4, 5])
  const last = await page({ reversed: true, num_max_invoices: '2' })
  expect(indexes(last)).toEqual([4, 5])
  expect(indexes(await page({ reversed: true, num_max_invoices: '2', index_offset: last.first_index_offset }))).toEqual(
    [2, 3],
  )
  expect(indexes(await page({ index_offset: String(from + 5), num_max_invoices: '3' }))).toEqual([])
})

test('the node pays the wallet: in flight, then succeeded with the preimage, and the balance moved', async () => {
  const before = await call(spendLnd, 'default', 'ChannelBalance')
  const { invoice, payment_hash } = await walletInvoice('5000')
  const stream = listen(spendLnd, 'router', 'SendPaymentV2', { payment_request: invoice, timeout_seconds: 5 })
  expect(await stream.done).toBeNull()
  expect(stream.seen.map((update) => update.status)).toEqual(['IN_FLIGHT', 'SUCCEEDED'])
  const preimage = Buffer.from(String(stream.seen[1]?.payment_preimage), 'hex')
  expect(createHash('sha256').update(preimage).digest('hex')).toBe(payment_hash)
  const after = await call(spendLnd, 'default', 'ChannelBalance')
  const local = (balance: Message) => BigInt((balance.local_balance as { msat: string }).msat)
  expect(local(before) - local(after)).toBe(5000n)
})

test('a hash is paid once: a second send is status 6', async () => {
  const { invoice } = await walletInvoice('1000')
  expect(await listen(spendLnd, 'router', 'SendPaymentV2', { payment_request: invoice }).done).toBeNull()
  expect(await listen(spendLnd, 'router', 'SendPaymentV2', { payment_request: invoice }).done).toMatchObject({
    code: 6,
  })
})

test('a payment in flight refuses a second send, survives its caller, and ends once it can', async () => {
  await node.disturb({ stuckPayments: true })
  const { invoice, payment_hash } = await walletInvoice('1000')
  const first = listen(spendLnd, 'router', 'SendPaymentV2', { payment_request: invoice })
  await until('it is in flight', () => first.seen.length === 1)
  expect(await listen(spendLnd, 'router', 'SendPaymentV2', { payment_request: invoice }).done).toMatchObject({
    code: 6,
  })
  first.cancel()
  const tracked = listen(spendLnd, 'router', 'TrackPaymentV2', { payment_hash: Buffer.from(payment_hash, 'hex') })
  await until('it is tracked', () => tracked.seen.some((update) => update.status === 'IN_FLIGHT'))
  await node.disturb({ stuckPayments: false })
  expect(await tracked.done).toBeNull()
  expect(tracked.seen.at(-1)?.status).toBe('SUCCEEDED')
})

test('a fee above the limit fails the payment, which may then be sent again', async () => {
  await node.disturb({ routingFeeMsat: 100 })
  const { invoice } = await walletInvoice('1000')
  const failed = listen(spendLnd, 'router', 'SendPaymentV2', { payment_request: invoice })
  await failed.done
  expect(failed.seen.at(-1)).toMatchObject({ status: 'FAILED', failure_reason: 'FAILURE_REASON_NO_ROUTE' })
  const again = listen(spendLnd, 'router', 'SendPaymentV2', { payment_request: invoice, fee_limit_msat: '100' })
  await again.done
  expect(again.seen.at(-1)).toMatchObject({ status: 'SUCCEEDED', fee_msat: '100' })
  const listed = await call(spendLnd, 'default', 'ListPayments', { include_incomplete: true })
  expect((listed.payments as Message[]).some((payment) => payment.fee_msat === '100')).toBe(true)
})

test('the node does not pay itself unless told so', async () => {
  const added = await add({ value: '1' })
  const request = { payment_request: added.payment_request }
  expect(await listen(spendLnd, 'router', 'SendPaymentV2', request).done).toMatchObject({ code: 2 })
  expect(await listen(spendLnd, 'router', 'SendPaymentV2', { ...request, allow_self_payment: true }).done).toBeNull()
  expect(await lookup(added.r_hash)).toMatchObject({ state: 'SETTLED', amt_paid_msat: '1000' })
})

test('events can be dropped, doubled and put behind one another, while look-ups keep the truth', async () => {
  const stream = listen(invoiceLnd, 'default', 'SubscribeInvoices', {})
  const first = await add()
  await until('the stream is open', () => stream.seen.some((invoice) => invoice.add_index === first.add_index))
  const count = (added: Message) => stream.seen.filter((invoice) => invoice.add_index === added.add_index).length
  await node.disturb({ dropRate: 1 })
  const dropped = await add()
  await node.disturb({ dropRate: 0, doubleRate: 1 })
  const doubled = await add()
  await until('the doubled one came twice', () => count(doubled) === 2)
  expect(count(dropped)).toBe(0)
  await node.disturb({ doubleRate: 0, reorderRate: 1 })
  const late = await add()
  await node.disturb({ reorderRate: 0 })
  const early = await add()
  await until('both came', () => count(late) === 1 && count(early) === 1)
  const order = stream.seen.map((invoice) => invoice.add_index)
  expect(order.indexOf(early.add_index)).toBeLessThan(order.indexOf(late.add_index))
  expect(await lookup(dropped.r_hash)).toMatchObject({ state: 'OPEN' })
  stream.cancel()
})

test('gaps in the settle index can be made', async () => {
  await node.disturb({ settleGapRate: 1 })
  const [before, after] = [await paid(), await paid()]
  await node.disturb({ settleGapRate: 0 })
  expect(Number(after.settle_index) - Number(before.settle_index)).toBe(2)
})

test('a payment after the expiry can be let through', async () => {
  await node.disturb({ payAfterExpiry: true })
  const added = await add({ value: '1', expiry: '1' })
  const { creation_date } = await lookup(added.r_hash)
  await until('the expiry is over', () => Date.now() / 1000 > Number(creation_date) + 1.5)
  await node.pay(String(added.payment_request))
  await node.disturb({ payAfterExpiry: false })
  expect(await lookup(added.r_hash)).toMatchObject({ state: 'SETTLED' })
})
