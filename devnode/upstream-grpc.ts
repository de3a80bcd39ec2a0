/** The demo upstream's gRPC service, `scores.v1.Scores`: one score for one name, and a stream of names for a stream of scores. */
import type { Socket } from 'node:net'
import * as grpc from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { scoreOf } from './scores.ts'

const SCHEMA = {
  nested: {
    scores: {
      nested: {
        v1: {
          nested: {
            Scores: {
              methods: {
                Get: { requestType: 'Name', responseType: 'Score' },
                Follow: { requestType: 'Name', responseType: 'Score', requestStream: true, responseStream: true },
              },
            },
            Name: { fields: { node: { type: 'string', id: 1 } } },
            Score: {
              fields: {
                node: { type: 'string', id: 1 },
                score: { type: 'uint32', id: 2 },
                channels: { type: 'uint32', id: 3 },
              },
            },
          },
        },
      },
    },
  },
}

interface Name {
  readonly node: string
}

const NODE_NAME = /^[a-z0-9-]{1,40}$/

/** For `grpc.Server.addService`, or for a client made by a test. */
export function scoresDefinition(): grpc.ServiceDefinition {
  return fromJSON(SCHEMA as Parameters<typeof fromJSON>[0], { keepCase: true, defaults: true })[
    'scores.v1.Scores'
  ] as grpc.ServiceDefinition
}

/** A server without a port of its own: it speaks over connections that are handed to it. */
export function createScoresServer(): { take(socket: Socket): void; close(): void } {
  grpc.setLogVerbosity(grpc.logVerbosity.NONE)
  const server = new grpc.Server()
  server.addService(scoresDefinition(), { Get: get, Follow: follow })
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
  return { take: (socket) => injector.injectConnection(socket), close: () => server.forceShutdown() }
}

const get: grpc.handleUnaryCall<Name, object> = ({ request: { node } }, done) => {
  if (NODE_NAME.test(node)) done(null, scoreOf(node))
  else done({ code: grpc.status.INVALID_ARGUMENT, details: 'a name is letters, digits and hyphens' })
}

const follow: grpc.handleBidiStreamingCall<Name, object> = (call) => {
  call.on('data', ({ node }: Name) => {
    // A client that reads nothing sends nothing more either: what waits here is bounded by its window.
    if (NODE_NAME.test(node) && !call.write(scoreOf(node))) {
      call.pause()
      call.once('drain', () => call.resume())
    }
  })
  call.once('end', () => call.end())
  call.on('error', () => undefined)
}
