/** The gRPC server: every call passes the same gate of macaroon, lock and fault plan before it reaches the node. */
import * as grpc from '@grpc/grpc-js'
import type { TlsIdentity } from './certificate.ts'
import { type Right, readRights } from './macaroon.ts'
import { type NodeState, Refused, STATUS } from './node.ts'
import * as invoices from './rpc-invoices.ts'
import * as streams from './rpc-streams.ts'
import { type Message, serviceDefinition } from './schema.ts'

type UnaryCall = (node: NodeState, request: Message) => Promise<Message>

interface Unary {
  readonly right: Right | null
  readonly run: UnaryCall
}
interface Stream {
  readonly right: Right
  readonly stream: streams.StreamCall
}

const unary = (right: Right | null, run: UnaryCall): Unary => ({ right, run })
const stream = (right: Right, call: streams.StreamCall): Stream => ({ right, stream: call })

/** lnd's services, the right each call asks for, and what answers it. */
const CALLS: Readonly<Record<string, Readonly<Record<string, Unary | Stream>>>> = {
  'lnrpc.State': { GetState: unary(null, invoices.getState) },
  'lnrpc.Lightning': {
    GetInfo: unary('info:read', invoices.getInfo),
    AddInvoice: unary('invoices:write', invoices.addInvoiceCall),
    LookupInvoice: unary('invoices:read', invoices.lookupInvoice),
    ListInvoices: unary('invoices:read', invoices.listInvoices),
    SubscribeInvoices: stream('invoices:read', streams.subscribeInvoices),
    DecodePayReq: unary('offchain:read', invoices.decodePayReq),
    ChannelBalance: unary('offchain:read', invoices.channelBalance),
    ListPayments: unary('offchain:read', streams.listPayments),
  },
  'invoicesrpc.Invoices': {
    CancelInvoice: unary('invoices:write', invoices.cancelInvoiceCall),
    LookupInvoiceV2: unary('invoices:read', invoices.lookupInvoiceV2),
    SubscribeSingleInvoice: stream('invoices:read', streams.subscribeSingleInvoice),
  },
  'routerrpc.Router': {
    SendPaymentV2: stream('offchain:write', streams.sendPaymentV2),
    TrackPaymentV2: stream('offchain:read', streams.trackPaymentV2),
  },
}

export interface RpcServer {
  readonly port: number
  /** Ends every stream now, as a node that restarts would. */
  closeStreams(): void
  close(): Promise<void>
}

/** Listens with TLS; port 0 takes a free one. Throws what binding threw. */
export async function startRpc(
  node: NodeState,
  options: { host: string; port: number; tls: TlsIdentity },
): Promise<RpcServer> {
  // What goes wrong is thrown or answered; grpc-js would also print it.
  grpc.setLogVerbosity(grpc.logVerbosity.NONE)
  const server = new grpc.Server({ 'grpc.max_receive_message_length': 4 * 1024 * 1024 })
  const open = new Set<streams.Outlet>()
  for (const [service, calls] of Object.entries(CALLS)) {
    const handlers = Object.entries(calls).map(([method, call]) => [
      method,
      'run' in call ? unaryHandler(node, method, call) : streamHandler(node, { method, call, open }),
    ])
    server.addService(serviceDefinition(service), Object.fromEntries(handlers))
  }
  const pair = { cert_chain: Buffer.from(options.tls.certPem), private_key: Buffer.from(options.tls.keyPem) }
  const credentials = grpc.ServerCredentials.createSsl(null, [pair])
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${options.host}:${options.port}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  const closeStreams = () => {
    for (const outlet of [...open]) outlet.end(new Refused(STATUS.unavailable, 'transport is closing'))
  }
  return {
    port,
    closeStreams,
    async close() {
      closeStreams()
      server.forceShutdown()
    },
  }
}

function unaryHandler(node: NodeState, method: string, call: Unary): grpc.handleUnaryCall<Message, Message> {
  return (request, done) => {
    const answer = async () => {
      await pass(node, method, { right: call.right, metadata: request.metadata })
      const result = await call.run(node, request.request)
      return afterAct(node, method, result)
    }
    answer().then(
      (result) => {
        if (result !== null) done(null, result)
      },
      (cause: unknown) => done(statusOf(cause)),
    )
  }
}

function streamHandler(
  node: NodeState,
  { method, call, open }: { method: string; call: Stream; open: Set<streams.Outlet> },
): grpc.handleServerStreamingCall<Message, Message> {
  return (request) => {
    const outlet = createOutlet(request)
    open.add(outlet)
    outlet.onEnd(() => open.delete(outlet))
    pass(node, method, { right: call.right, metadata: request.metadata })
      .then(() => call.stream(node, request.request, outlet))
      .catch((cause: unknown) => outlet.end(statusOf(cause)))
  }
}

function createOutlet(call: grpc.ServerWritableStream<Message, Message>): streams.Outlet {
  const listeners: (() => void)[] = []
  let isOver = false
  const finish = () => {
    if (isOver) return
    isOver = true
    for (const listener of listeners) listener()
  }
  call.on('cancelled', finish)
  call.on('close', finish)
  return {
    send: (message) => {
      if (!isOver) call.write(message)
    },
    end: (reason) => {
      if (isOver) return
      finish()
      if (reason === undefined) call.end()
      else call.emit('error', { code: reason.code, details: reason.message })
    },
    onEnd: (listener) => {
      if (isOver) listener()
      else listeners.push(listener)
    },
  }
}

const EXPECTED_MACAROON = 'expected 1 macaroon, got '

async function pass(
  node: NodeState,
  method: string,
  { right, metadata }: { right: Right | null; metadata: grpc.Metadata },
): Promise<void> {
  const plan = node.faults.plan()
  if (right !== null) checkRight(node, right, metadata)
  if (plan.locked && method !== 'GetState') {
    throw new Refused(STATUS.unknown, 'wallet locked, unlock it to enable full RPC access')
  }
  if (!node.faults.concerns(method)) return
  if (plan.answerDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, plan.answerDelayMs))
  if (node.faults.chance(plan.unavailableRate))
    throw new Refused(STATUS.unavailable, 'connection refused by the fault plan')
}

function checkRight(node: NodeState, right: Right, metadata: grpc.Metadata): void {
  const macaroons = metadata.get('macaroon')
  if (macaroons.length !== 1) throw new Refused(STATUS.unknown, EXPECTED_MACAROON + macaroons.length)
  const rights = node.faults.plan().refuseMacaroons ? null : readRights(node.keys.rootKey, String(macaroons[0]))
  if (rights === null)
    throw new Refused(STATUS.unknown, 'verification failed: signature mismatch after caveat verification')
  if (!rights.includes(right)) throw new Refused(STATUS.unknown, 'permission denied')
}

/** The act is done; its answer may still get lost on the way (`null`: it never comes). */
function afterAct(node: NodeState, method: string, result: Message): Message | null {
  if (!node.faults.concerns(method)) return result
  const plan = node.faults.plan()
  if (node.faults.chance(plan.lostAnswerRate)) throw new Refused(STATUS.unavailable, 'answer lost by the fault plan')
  return node.faults.chance(plan.silentRate) ? null : result
}

function statusOf(cause: unknown): Refused {
  if (cause instanceof Refused) return cause
  return new Refused(STATUS.unknown, cause instanceof Error ? cause.message : 'the dev node failed')
}
