/** Sockets to creator-chosen servers: each is counted, resolved, judged, and connected to nothing but what was judged. */
import type { LookupFunction, Socket } from 'node:net'
import { buildConnector } from 'undici'
import { Fault } from '#lib/errors.ts'
import type { EgressBudget } from './budget.ts'
import { refusedFault } from './refusal.ts'
import type { Resolve } from './resolve.ts'
import type { Target } from './target.ts'

/** `never`: HTTP/1.1. `offered`: what the server prefers by ALPN. `only`: HTTP/2, over plain TCP with prior knowledge. */
type Http2 = 'never' | 'offered' | 'only'

/** Whose URL it is, for the budget, and how to speak to its server. */
export interface EgressUse {
  readonly creatorId: string
  readonly url: string
  /** `never` when left out. */
  readonly http2?: Http2
}

export interface ConnectOptions {
  readonly creatorId: string
  readonly target: Target
  readonly http2: Http2
  readonly resolve: Resolve
  readonly budget: EgressBudget
  /** For name, TCP and TLS together. */
  readonly timeoutMs: number
}

/**
 * A connector of undici for one creator and one server. The name is resolved by the socket's own `lookup`, so the
 * addresses that were judged are the ones that are tried; a host in numbers was judged when the URL was read.
 */
export function createConnector(options: ConnectOptions): OpenSocket {
  const { creatorId, target, http2, budget } = options
  const isHttp2 = http2 === 'only'
  const connect = buildConnector({
    lookup: createPinnedLookup(options),
    timeout: options.timeoutMs,
    allowH2: http2 !== 'never',
    ...(isHttp2 ? { preferH2: true, useH2c: true } : {}),
    autoSelectFamily: true,
    // Said, because a variable of the environment could turn it off.
    rejectUnauthorized: true,
    // Of the target and not of a Host field that a request may carry: whose certificate is asked for is part of the pin.
    ...(target.address === null ? { servername: target.host } : {}),
  } as buildConnector.BuildOptions) as OpenSocket
  return ({ servername: _ofTheHostField, ...request }, done) => {
    const release = budget.take(creatorId)
    if (release instanceof Fault) {
      done(release, null)
      return undefined
    }
    return connect(request, isHttp2 ? insistOnHttp2(done) : done)?.once('close', release)
  }
}

/** A server that chose HTTP/1.1 in the handshake would be sent HTTP/1.1, which is none of the protocols that need `only`. */
function insistOnHttp2(done: buildConnector.Callback): buildConnector.Callback {
  return (...[cause, socket]) => {
    if (cause !== null) return done(cause, null)
    if (!('alpnProtocol' in socket) || socket.alpnProtocol === 'h2') return done(null, socket)
    socket.destroy()
    done(new Fault('egress.unusable', 'a server does not speak HTTP/2', NO_HTTP2), null)
  }
}

const NO_HTTP2 = { publicMessage: 'The server does not speak HTTP/2 on this port.', details: { reason: 'no_http2' } }

/** undici's own returns the socket, by which an attempt is given up; its types do not say so. */
export type OpenSocket = (options: buildConnector.Options, done: buildConnector.Callback) => Socket | undefined

/** The resolver in the form in which a socket asks for addresses. */
function createPinnedLookup({ target, resolve }: ConnectOptions): LookupFunction {
  return (_hostname, options, done) => {
    resolve(target).then(
      (found) => {
        if (found.kind === 'refused') return done(refusedFault(found), '')
        const { addresses } = found
        if (options.all) done(null, [...addresses])
        else done(null, addresses[0]?.address ?? '', addresses[0]?.family)
      },
      (cause: unknown) => done(cause as Error, ''),
    )
  }
}
