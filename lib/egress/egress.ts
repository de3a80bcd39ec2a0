/** The one client for URLs that creators choose: resolved once, judged by octets, pinned, bounded, never redirected. */
import type { Socket } from 'node:net'
import { LRUCache } from 'lru-cache'
import { type Dispatcher, Pool } from 'undici'
import type { AllowList } from './allow.ts'
import { type BoundedAnswer, type BoundedRequest, requestBounded } from './bounded-request.ts'
import { createEgressBudget, EGRESS_LIMITS, type EgressLimits } from './budget.ts'
import { createConnector, type EgressUse, type OpenSocket } from './connect.ts'
import { describeTrouble } from './describe-trouble.ts'
import { createHttp2Streams, type Http2Streams } from './http2-streams.ts'
import { type Refused, refusedFault } from './refusal.ts'
import { createDnsList, createResolver, type ListAddresses, type Pinned } from './resolve.ts'
import { readTarget, type Target } from './target.ts'

/** What a carrier may ask of these connections; whoever makes them is this folder. */
export type { Dispatcher } from 'undici'

export interface Egress {
  /** The addresses that a URL leads to now, or why it may not be opened. Rejects with `Fault` when the name cannot be looked up. */
  resolve(url: string): Promise<Pinned | Refused>
  /**
   * Connections to the server of a URL, shared by all requests of this creator to it: ask again for each request, it is a
   * look-up in memory. Each connection goes to addresses that were judged for it. Bodies stream with back-pressure; errors
   * are for `describeTrouble`. Throws `egress.refused` when the URL alone says that it may not be opened.
   */
  pool(use: EgressUse): Dispatcher
  /**
   * Streams of HTTP/2 to the server of a URL, over connections that all requests of this creator share: ask again for each
   * request. Throws as `pool`.
   */
  http2(use: Omit<EgressUse, 'http2'>): Pick<Http2Streams, 'open'>
  /**
   * Whether the server of a URL speaks HTTP/2: over TLS by its own choice, which is asked once and remembered for some
   * minutes; without TLS it is not asked. Throws and rejects as `pool`.
   */
  speaksHttp2(use: Omit<EgressUse, 'http2'>): boolean | Promise<boolean>
  /** One socket to the server of a URL, for protocols that no pool speaks; over TLS when the URL says https. Rejects with `Fault`. */
  openSocket(use: EgressUse): Promise<Socket>
  /** One small answer, whole. Rejects with `Fault`. */
  request(request: BoundedRequest): Promise<BoundedAnswer>
  /** Lets running requests end, then closes all connections. */
  close(): Promise<void>
}

export interface EgressOptions {
  readonly allow: AllowList
  readonly limits?: EgressLimits
  /** In place of questions to the name servers of this computer. */
  readonly listAddresses?: ListAddresses
  readonly namesKeptMs?: number
}

const CONNECT_MS = 2_000
/** Short, so that a moved server is found; long enough that a busy upstream costs no question per connection. */
const NAMES_KEPT_MS = 30_000
/** Between two pieces of an answer, and before its head; a streaming request that may wait longer says so itself. */
const IDLE_MS = 10_000
const HEAD_BYTES = 16 * 1024
const TIDY_MS = 30_000
const POOLS_KEPT = 1_000
const URLS_KEPT = 2_000
const POOL_IDLE_MS = 300_000
/** A connection is made anew after this long, so that a server which moved is followed. */
const CONNECTION_LIFE_MS = 300_000

export function createEgress(options: EgressOptions): Egress {
  const { allow, limits = EGRESS_LIMITS, listAddresses = createDnsList(CONNECT_MS) } = options
  const budget = createEgressBudget(limits)
  const resolve = createResolver({ allow, listAddresses, keptMs: options.namesKeptMs ?? NAMES_KEPT_MS })
  /** A proxy asks for its pool with every request, and reading a URL costs more than the rest of that. */
  const targets = new LRUCache<string, Target | Refused>({ max: URLS_KEPT })
  const pools = new LRUCache<string, Pool>({
    max: POOLS_KEPT,
    ttl: POOL_IDLE_MS,
    updateAgeOnGet: true,
    dispose: (pool) => void closePool(pool),
  })

  function connectorFor({ creatorId, http2 = 'never' }: EgressUse, target: Target): OpenSocket {
    return createConnector({ creatorId, target, http2, resolve, budget, timeoutMs: CONNECT_MS })
  }

  function pool(use: EgressUse): Dispatcher {
    const target = getTarget(use.url)
    const key = `${use.creatorId} ${use.http2 ?? 'never'} ${target.url.origin}`
    const kept = pools.get(key)
    if (kept !== undefined) return kept
    const made = new Pool(target.url.origin, {
      connect: connectorFor(use, target),
      // Half of what the creator may have, so that one server that hangs leaves the creator's others theirs.
      connections: Math.max(1, Math.floor(limits.connections / 2)),
      clientTtl: CONNECTION_LIFE_MS,
      headersTimeout: IDLE_MS,
      bodyTimeout: IDLE_MS,
      maxHeaderSize: HEAD_BYTES,
      allowH2: use.http2 !== undefined && use.http2 !== 'never',
      ...(use.http2 === 'only' ? { useH2c: true } : {}),
    })
    pools.set(key, made)
    return made
  }

  const streams = new Map<string, Http2Streams>()
  const tidying = setInterval(() => {
    for (const [key, kept] of streams) {
      if (!kept.isIdle()) continue
      streams.delete(key)
      kept.close()
    }
  }, TIDY_MS)
  tidying.unref()

  const versions = new LRUCache<string, Promise<boolean> | boolean>({ max: POOLS_KEPT, ttl: CONNECTION_LIFE_MS })

  function speaksHttp2(use: Omit<EgressUse, 'http2'>): boolean | Promise<boolean> {
    const { protocol, origin } = getTarget(use.url).url
    if (protocol === 'http:') return false
    const key = `${use.creatorId} ${origin}`
    const known = versions.get(key)
    if (known !== undefined) return known
    const asked = askVersion(use).then(
      (isHttp2) => {
        versions.set(key, isHttp2)
        return isHttp2
      },
      (cause: unknown) => {
        versions.delete(key)
        throw cause
      },
    )
    versions.set(key, asked)
    return asked
  }

  /** The connection by which it was asked is the first of those that are used. */
  async function askVersion(use: Omit<EgressUse, 'http2'>): Promise<boolean> {
    const socket = await openSocket({ ...use, http2: 'offered' })
    const isHttp2 = 'alpnProtocol' in socket && socket.alpnProtocol === 'h2'
    if (isHttp2) http2(use).take(socket)
    else socket.destroy()
    return isHttp2
  }

  function http2(use: Omit<EgressUse, 'http2'>): Http2Streams {
    const { origin } = getTarget(use.url).url
    const key = `${use.creatorId} ${origin}`
    const kept = streams.get(key)
    if (kept !== undefined) return kept
    const made = createHttp2Streams({
      origin,
      openSocket: () =>
        openSocket({ ...use, http2: 'only' }).catch((cause: unknown) => {
          // It may speak another version now.
          versions.delete(key)
          throw cause
        }),
      maxConnections: Math.max(1, Math.floor(limits.connections / 2)),
    })
    streams.set(key, made)
    return made
  }

  async function openSocket(use: EgressUse): Promise<Socket> {
    const target = getTarget(use.url)
    const { protocol, hostname, port } = target.url
    const open = connectorFor(use, target)
    return new Promise<Socket>((done, fail) => {
      open({ protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port }, (...[cause, socket]) =>
        cause === null ? done(socket) : fail(describeTrouble(cause)),
      )
    })
  }

  function read(url: string): Target | Refused {
    const target = targets.get(url) ?? readTarget(url, allow)
    targets.set(url, target)
    return target
  }

  function getTarget(url: string): Target {
    const target = read(url)
    if (target.kind === 'refused') throw refusedFault(target)
    return target
  }

  return {
    async resolve(url) {
      const target = read(url)
      return target.kind === 'refused' ? target : resolve(target).catch(rethrow)
    },
    pool,
    http2,
    speaksHttp2,
    openSocket,
    request: async (request) => requestBounded(pool(request), getTarget(request.url), request).catch(rethrow),
    async close() {
      const open = [...pools.values()]
      pools.clear()
      clearInterval(tidying)
      for (const kept of streams.values()) kept.close()
      await Promise.all(open.map(closePool))
    },
  }
}

function rethrow(cause: unknown): never {
  throw describeTrouble(cause)
}

/** A request that hangs must not keep the process: closing is for those that end by themselves within the idle time. */
async function closePool(pool: Pool): Promise<void> {
  await pool.close().catch(() => undefined)
}
