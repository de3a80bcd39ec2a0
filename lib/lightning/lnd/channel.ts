/** Opens a gRPC channel to lnd and answers its calls as promises and streams that fail with `LightningFault` only. */
import { createRequire } from 'node:module'
import * as grpc from '@grpc/grpc-js'
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader'
import { encodeHex } from '#lib/l402/bytes.ts'
import { LightningFault } from '#lib/lightning/backend.ts'
import { createUnaryClient, type UnaryFailure } from './unary.ts'

export interface LndAddress {
  /** `host:port`. */
  readonly socket: string
  /** PEM of the node's certificate: the only one trusted. */
  readonly cert: Uint8Array
  /** The macaroon's bytes, as in lnd's `*.macaroon` files. */
  readonly macaroon: Uint8Array
}

type LndMethod = 'GetInfo' | 'AddInvoice' | 'LookupInvoice' | 'ListInvoices'

/** A decoded message of lnd: 64-bit numbers are decimal strings, enums are names, bytes are Buffers. */
export type LndMessage = Readonly<Record<string, unknown>>

export interface LndChannel {
  /** One call with a deadline; `null` when the node does not know what was asked for. Throws `LightningFault`. */
  call(method: LndMethod, request: LndMessage, deadlineAtMs: number): Promise<LndMessage | null>
  /** Invoice events after `settleIndex`, until the returned stream is cancelled. */
  subscribe(request: LndMessage): grpc.ClientReadableStream<LndMessage>
  /** Resolves when the node answered something on the connection of the streams. Throws `LightningFault`. */
  confirmStreams(deadlineAtMs: number): Promise<void>
  close(): void
}

/**
 * The `lightning` package opens a dozen channels over a grpc-js of its own, without keepalive and at 1.3 s of start-up
 * (measured); its copy of lnd's protocol files is what we need of it, and 0.2 s.
 */
const PROTO_FILE = 'lightning/grpc/protos/lightning.proto'

/**
 * A stream on a half-open connection is noticed within 15 s. lnd allows a ping every 5 s while a call is under way, and
 * hangs up on who pings without one; a call on a half-open connection is noticed by its deadline.
 */
const CHANNEL_OPTIONS: grpc.ChannelOptions = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  // A channel of its own per backend: one that is closed must not end the calls of another.
  'grpc.use_local_subchannel_pool': 1,
}

export function openLndChannel(address: LndAddress): LndChannel {
  const service = loadService()
  const calls = createUnaryClient({
    socket: address.socket,
    cert: address.cert,
    serverName: serverName(address.socket),
    metadata: { macaroon: encodeHex(address.macaroon) },
  })
  const Lightning = grpc.makeGenericClientConstructor(service, 'Lightning')
  let streams = createClient(Lightning, address)
  return {
    async call(method, request, deadlineAtMs) {
      const { path, requestSerialize, responseDeserialize } = service[method] ?? missing(method)
      const answer = await calls.call(path, requestSerialize(request), deadlineAtMs)
      if (answer instanceof Uint8Array) return decode(method, responseDeserialize, answer)
      if (isNotFound(answer)) return null
      throw explain(method, answer)
    },
    subscribe: (request) => streamMethod(streams, 'SubscribeInvoices')(request),
    confirmStreams: (deadlineAtMs) =>
      new Promise((resolve, reject) => {
        const used = streams
        unaryMethod(used, 'GetInfo')({}, { deadline: deadlineAtMs }, (error) => {
          if (error === null) return resolve()
          if (error.code === grpc.status.DEADLINE_EXCEEDED && used === streams) {
            streams = createClient(Lightning, address)
            // Streams on it go on; their pings tell whether it is dead.
            used.close()
          }
          reject(explain('GetInfo', error))
        })
      }),
    close() {
      calls.close()
      streams.close()
    },
  }
}

function loadService(): ServiceDefinition {
  const file = createRequire(import.meta.url).resolve(PROTO_FILE)
  const loaded = loadSync(file, { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true })
  return loaded['lnrpc.Lightning'] as ServiceDefinition
}

function decode(method: string, deserialize: (bytes: Buffer) => object, answer: Buffer): LndMessage {
  try {
    return deserialize(answer) as LndMessage
  } catch (cause) {
    throw new LightningFault('lightning.refused', `${method}: the answer cannot be decoded`, { cause })
  }
}

export function createClient(Lightning: grpc.ServiceClientConstructor, address: LndAddress): grpc.Client {
  const macaroon = encodeHex(address.macaroon)
  const rights = grpc.credentials.createFromMetadataGenerator((_, done) => {
    const metadata = new grpc.Metadata()
    metadata.add('macaroon', macaroon)
    done(null, metadata)
  })
  const tls = grpc.credentials.createSsl(Buffer.from(address.cert))
  const credentials = grpc.credentials.combineChannelCredentials(tls, rights)
  return new Lightning(address.socket, credentials, {
    ...CHANNEL_OPTIONS,
    ...nameOverride(serverName(address.socket)),
  })
}

/** TLS has no name for an address (RFC 6066 3); the loopback's is `localhost`, which every lnd certificate carries. */
function serverName(socket: string): string | undefined {
  return /^(?:127\.0\.0\.1|\[::1\]):/.test(socket) ? 'localhost' : undefined
}

function nameOverride(name: string | undefined): grpc.ChannelOptions {
  return name === undefined ? {} : { 'grpc.ssl_target_name_override': name }
}

type UnaryMethod = (
  request: LndMessage,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, answer?: LndMessage) => void,
) => grpc.ClientUnaryCall
type StreamMethod = (request: LndMessage) => grpc.ClientReadableStream<LndMessage>

// grpc-js makes the methods at run time from the protocol file, so their types are stated here.
const unaryMethod = (client: grpc.Client, name: LndMethod): UnaryMethod =>
  (client as unknown as Record<string, UnaryMethod>)[name]?.bind(client) ?? missing(name)
const streamMethod = (client: grpc.Client, name: string): StreamMethod =>
  (client as unknown as Record<string, StreamMethod>)[name]?.bind(client) ?? missing(name)

function missing(name: string): never {
  throw new LightningFault('lightning.refused', `lnd's protocol file has no ${name}`)
}

/** lnd says these while it starts or is locked: waiting helps, so it counts as away. */
const NOT_READY = /starting up|not yet ready|wallet locked|waiting to start/i
/** lnd versions differ in the status of an unknown invoice, not in the words. */
const UNKNOWN_INVOICE = /unable to locate invoice|no existing invoices|invoice not found/i

export function isNotFound(error: UnaryFailure): boolean {
  return error.code === grpc.status.NOT_FOUND || UNKNOWN_INVOICE.test(error.details)
}

/** The status a call ended with, as a fault: away, too slow, or no. */
export function explain(method: string, error: UnaryFailure): LightningFault {
  const said = `${method}: ${grpc.status[error.code] ?? error.code} ${error.details}`.slice(0, 300)
  if (error.code === grpc.status.DEADLINE_EXCEEDED) return new LightningFault('lightning.timeout', said)
  if (error.code === grpc.status.UNAVAILABLE || error.code === grpc.status.CANCELLED || NOT_READY.test(error.details)) {
    return new LightningFault('lightning.unavailable', said)
  }
  return new LightningFault('lightning.refused', said)
}
