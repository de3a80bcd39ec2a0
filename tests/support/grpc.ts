/** A gRPC service on the loopback with a method of each kind, and a client of it: messages are plain text. */
import {
  type Client,
  credentials,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type StatusObject,
} from '@grpc/grpc-js'
import type { TestUpstream } from './upstream.ts'

const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
}

const kinds = {
  Say: [false, false],
  Sum: [true, false],
  Count: [false, true],
  Chat: [true, true],
} as const

const SERVICE: ServiceDefinition = Object.fromEntries(
  Object.entries(kinds).map(([name, [requestStream, responseStream]]) => [
    name,
    { path: `/demo.v1.Talk/${name}`, requestStream, responseStream, ...text },
  ]),
)

export interface TalkHandlers {
  readonly Say?: handleUnaryCall<string, string>
  readonly Sum?: handleClientStreamingCall<string, string>
  readonly Count?: handleServerStreamingCall<string, string>
  readonly Chat?: handleBidiStreamingCall<string, string>
}

/** What was called, and with which metadata. */
export interface TalkUpstream extends TestUpstream {
  readonly called: Metadata[]
}

const HANDLERS: Required<TalkHandlers> = {
  Say: (call, done) => done(null, `you said ${call.request}`),
  Sum: (call, done) => {
    let length = 0
    call.on('data', (piece: string) => {
      length += piece.length
    })
    call.on('end', () => done(null, String(length)))
  },
  Count: (call) => {
    for (let n = 1; n <= Number(call.request); n += 1) call.write(String(n))
    call.end()
  },
  Chat: (call) => {
    call.on('data', (piece: string) => void call.write(`echo ${piece}`))
    call.on('end', () => call.end())
  },
}

export async function startTalk(handlers: TalkHandlers = {}): Promise<TalkUpstream> {
  const called: Metadata[] = []
  const server = new Server({ 'grpc.max_receive_message_length': -1 })
  const noting = Object.entries({ ...HANDLERS, ...handlers }).map(([name, handle]) => [
    name,
    (call: { metadata: Metadata }, done: unknown) => {
      called.push(call.metadata)
      return (handle as (call: unknown, done: unknown) => unknown)(call, done)
    },
  ])
  server.addService(SERVICE, Object.fromEntries(noting))
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (cause, bound) =>
      cause === null ? resolve(bound) : reject(cause),
    )
  })
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    arrived: [],
    called,
    close: async () => server.forceShutdown(),
  }
}

const Talk = makeGenericClientConstructor(SERVICE, 'Talk')

/** `host`: what the client calls it, where a name does not resolve. */
export function openTalk(
  port: number,
  host: string,
  secured = credentials.createInsecure(),
): Client & Record<string, (...args: never[]) => unknown> {
  const options = {
    'grpc.default_authority': host,
    'grpc.ssl_target_name_override': host.replace(/:\d+$/, ''),
    'grpc.max_receive_message_length': -1,
  }
  return new Talk(`127.0.0.1:${port}`, secured, options) as never
}

export function metadataOf(fields: Readonly<Record<string, string | Buffer>>): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value)
  return metadata
}

/** Everything that came of a call. */
export interface Called {
  readonly messages: readonly string[]
  readonly status: StatusObject
  readonly head: Metadata | null
}

interface Emitter {
  on(event: string, heard: (value: never) => void): unknown
}

/** Listens to a call that streams its answers, to its end. */
export function listen(call: unknown): Promise<Called> {
  const emitter = call as Emitter
  const messages: string[] = []
  let head: Metadata | null = null
  return new Promise((resolve) => {
    emitter.on('data', (message: string) => void messages.push(message))
    emitter.on('metadata', (came: Metadata) => {
      head = came
    })
    emitter.on('error', () => undefined)
    emitter.on('status', (status: StatusObject) => setImmediate(() => resolve({ messages, status, head })))
  })
}
