/** The part of lnd's protocol this node speaks: names and field numbers as in lnd's own .proto files, and nothing more of them. */
import type * as grpc from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'

type Fields = Readonly<Record<string, readonly [type: string, id: number]>>

const message = (fields: Fields) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id]]) =>
      type.startsWith('repeated ')
        ? [name, { rule: 'repeated', type: type.slice('repeated '.length), id }]
        : [name, { type, id }],
    ),
  ),
})
const unary = (requestType: string, responseType: string) => ({ requestType, responseType })
const stream = (requestType: string, responseType: string) => ({ requestType, responseType, responseStream: true })

const invoice = {
  ...message({
    memo: ['string', 1],
    r_preimage: ['bytes', 3],
    r_hash: ['bytes', 4],
    value: ['int64', 5],
    settled: ['bool', 6],
    creation_date: ['int64', 7],
    settle_date: ['int64', 8],
    payment_request: ['string', 9],
    description_hash: ['bytes', 10],
    expiry: ['int64', 11],
    cltv_expiry: ['uint64', 13],
    private: ['bool', 15],
    add_index: ['uint64', 16],
    settle_index: ['uint64', 17],
    amt_paid: ['int64', 18],
    amt_paid_sat: ['int64', 19],
    amt_paid_msat: ['int64', 20],
    state: ['InvoiceState', 21],
    value_msat: ['int64', 23],
    payment_addr: ['bytes', 26],
  }),
  nested: { InvoiceState: { values: { OPEN: 0, SETTLED: 1, CANCELED: 2, ACCEPTED: 3 } } },
}

const payment = {
  ...message({
    payment_hash: ['string', 1],
    value: ['int64', 2],
    creation_date: ['int64', 3],
    fee: ['int64', 5],
    payment_preimage: ['string', 6],
    value_sat: ['int64', 7],
    value_msat: ['int64', 8],
    payment_request: ['string', 9],
    status: ['PaymentStatus', 10],
    fee_sat: ['int64', 11],
    fee_msat: ['int64', 12],
    creation_time_ns: ['int64', 13],
    payment_index: ['uint64', 15],
    failure_reason: ['PaymentFailureReason', 16],
  }),
  nested: { PaymentStatus: { values: { UNKNOWN: 0, IN_FLIGHT: 1, SUCCEEDED: 2, FAILED: 3, INITIATED: 4 } } },
}

const lightning = {
  methods: {
    ChannelBalance: unary('ChannelBalanceRequest', 'ChannelBalanceResponse'),
    GetInfo: unary('GetInfoRequest', 'GetInfoResponse'),
    AddInvoice: unary('Invoice', 'AddInvoiceResponse'),
    ListInvoices: unary('ListInvoiceRequest', 'ListInvoiceResponse'),
    LookupInvoice: unary('PaymentHash', 'Invoice'),
    SubscribeInvoices: stream('InvoiceSubscription', 'Invoice'),
    DecodePayReq: unary('PayReqString', 'PayReq'),
    ListPayments: unary('ListPaymentsRequest', 'ListPaymentsResponse'),
  },
}

const lnrpc = {
  State: { methods: { GetState: unary('GetStateRequest', 'GetStateResponse') } },
  GetStateRequest: message({}),
  GetStateResponse: message({ state: ['WalletState', 1] }),
  WalletState: {
    values: { NON_EXISTING: 0, LOCKED: 1, UNLOCKED: 2, RPC_ACTIVE: 3, SERVER_ACTIVE: 4, WAITING_TO_START: 255 },
  },
  Lightning: lightning,
  GetInfoRequest: message({}),
  GetInfoResponse: message({
    identity_pubkey: ['string', 1],
    alias: ['string', 2],
    num_active_channels: ['uint32', 4],
    num_peers: ['uint32', 5],
    block_height: ['uint32', 6],
    block_hash: ['string', 8],
    synced_to_chain: ['bool', 9],
    best_header_timestamp: ['int64', 13],
    version: ['string', 14],
    chains: ['repeated Chain', 16],
    synced_to_graph: ['bool', 18],
  }),
  Chain: message({ chain: ['string', 1], network: ['string', 2] }),
  Invoice: invoice,
  AddInvoiceResponse: message({
    r_hash: ['bytes', 1],
    payment_request: ['string', 2],
    add_index: ['uint64', 16],
    payment_addr: ['bytes', 17],
  }),
  PaymentHash: message({ r_hash_str: ['string', 1], r_hash: ['bytes', 2] }),
  ListInvoiceRequest: message({
    pending_only: ['bool', 1],
    index_offset: ['uint64', 4],
    num_max_invoices: ['uint64', 5],
    reversed: ['bool', 6],
    creation_date_start: ['uint64', 7],
    creation_date_end: ['uint64', 8],
  }),
  ListInvoiceResponse: message({
    invoices: ['repeated Invoice', 1],
    last_index_offset: ['uint64', 2],
    first_index_offset: ['uint64', 3],
  }),
  InvoiceSubscription: message({ add_index: ['uint64', 1], settle_index: ['uint64', 2] }),
  PayReqString: message({ pay_req: ['string', 1] }),
  PayReq: message({
    destination: ['string', 1],
    payment_hash: ['string', 2],
    num_satoshis: ['int64', 3],
    timestamp: ['int64', 4],
    expiry: ['int64', 5],
    description: ['string', 6],
    description_hash: ['string', 7],
    cltv_expiry: ['int64', 9],
    payment_addr: ['bytes', 11],
    num_msat: ['int64', 12],
  }),
  ChannelBalanceRequest: message({}),
  Amount: message({ sat: ['uint64', 1], msat: ['uint64', 2] }),
  ChannelBalanceResponse: message({
    balance: ['int64', 1],
    local_balance: ['Amount', 3],
    remote_balance: ['Amount', 4],
  }),
  Payment: payment,
  PaymentFailureReason: {
    values: {
      FAILURE_REASON_NONE: 0,
      FAILURE_REASON_TIMEOUT: 1,
      FAILURE_REASON_NO_ROUTE: 2,
      FAILURE_REASON_ERROR: 3,
      FAILURE_REASON_INCORRECT_PAYMENT_DETAILS: 4,
      FAILURE_REASON_INSUFFICIENT_BALANCE: 5,
      FAILURE_REASON_CANCELED: 6,
    },
  },
  ListPaymentsRequest: message({
    include_incomplete: ['bool', 1],
    index_offset: ['uint64', 2],
    max_payments: ['uint64', 3],
    reversed: ['bool', 4],
  }),
  ListPaymentsResponse: message({
    payments: ['repeated Payment', 1],
    first_index_offset: ['uint64', 2],
    last_index_offset: ['uint64', 3],
  }),
}

const invoicesrpc = {
  Invoices: {
    methods: {
      SubscribeSingleInvoice: stream('SubscribeSingleInvoiceRequest', 'lnrpc.Invoice'),
      CancelInvoice: unary('CancelInvoiceMsg', 'CancelInvoiceResp'),
      LookupInvoiceV2: unary('LookupInvoiceMsg', 'lnrpc.Invoice'),
    },
  },
  SubscribeSingleInvoiceRequest: message({ r_hash: ['bytes', 2] }),
  CancelInvoiceMsg: message({ payment_hash: ['bytes', 1] }),
  CancelInvoiceResp: message({}),
  LookupInvoiceMsg: message({ payment_hash: ['bytes', 1], payment_addr: ['bytes', 2] }),
}

const routerrpc = {
  Router: {
    methods: {
      SendPaymentV2: stream('SendPaymentRequest', 'lnrpc.Payment'),
      TrackPaymentV2: stream('TrackPaymentRequest', 'lnrpc.Payment'),
    },
  },
  SendPaymentRequest: message({
    amt: ['int64', 2],
    payment_request: ['string', 5],
    timeout_seconds: ['int32', 6],
    fee_limit_sat: ['int64', 7],
    cltv_limit: ['int32', 9],
    amt_msat: ['int64', 12],
    fee_limit_msat: ['int64', 13],
    allow_self_payment: ['bool', 15],
    max_parts: ['uint32', 17],
    no_inflight_updates: ['bool', 18],
  }),
  TrackPaymentRequest: message({ payment_hash: ['bytes', 1], no_inflight_updates: ['bool', 2] }),
}

const root = {
  nested: { lnrpc: { nested: lnrpc }, invoicesrpc: { nested: invoicesrpc }, routerrpc: { nested: routerrpc } },
}
// The helpers above build protobufjs' own JSON; its type asks for one shape per member that TypeScript cannot see here.
const definition = fromJSON(root as unknown as Parameters<typeof fromJSON>[0], {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
})

/** A decoded message: 64-bit numbers are decimal strings, enums are names, bytes are Buffers. */
export type Message = Record<string, unknown>

/** The services by full name, for `grpc.Server.addService`, or for a client made by a test. */
export function serviceDefinition(name: string): grpc.ServiceDefinition {
  const found = definition[name]
  if (found === undefined || 'format' in found) throw new TypeError(`no service ${name} in the schema`)
  return found as grpc.ServiceDefinition
}
