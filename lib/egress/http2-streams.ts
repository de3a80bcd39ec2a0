/** Streams over connections of HTTP/2 that are shared by all requests of one creator to one server, each resolved, judged and counted as any other. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { Fault } from '#lib/errors.ts'

export interface Http2StreamsOptions {
  /** A socket to the server, on which HTTP/2 has been agreed or is known to be spoken. Rejects with `Fault`. */
  readonly openSocket: () => Promise<Socket>
  /** `https://host:port` */
  readonly origin: string
  readonly maxConnections: number
}

export interface Http2Streams {
  /** At once when a connection has room. Rejects with `Fault`. */
  open(headers: OutgoingHttpHeaders, options: { endStream: boolean }): ClientHttp2Stream | Promise<ClientHttp2Stream>
  /** A socket that is open already, as `openSocket` gives them. */
  take(socket: Socket): void
  /** No stream is open, and none was for a while. */
  isIdle(): boolean
  close(): void
}

interface Connection {
  readonly session: ClientHttp2Session
  readonly madeAt: number
  streams: number
  usedAt: number
}

/** What a server takes that has not said a number yet; most say this or more. */
const STREAMS = 100
const CONNECTION_LIFE_MS = 300_000
const IDLE_MS = 60_000
const HEAD_BYTES = 16 * 1024
const WINDOW_BYTES = 1024 * 1024
const STREAM_WINDOW_BYTES = 256 * 1024

export function createHttp2Streams({ openSocket, origin, maxConnections }: Http2StreamsOptions): Http2Streams {
  const connections = new Set<Connection>()
  let opening: Promise<void> | null = null

  const dial = async () => speakOver(await openSocket())

  function speakOver(socket: Socket): void {
    const session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES, maxHeaderListSize: HEAD_BYTES },
      maxHeaderListPairs: 200,
      maxSessionMemory: 64,
    })
    session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
    const now = performance.now()
    const connection: Connection = { session, madeAt: now, streams: 0, usedAt: now }
    const leave = () => void connections.delete(connection)
    session.on('error', leave).on('goaway', leave).once('close', leave)
    connections.add(connection)
  }

  /** With room for one more; `undefined`: there is none. */
  function find(): Connection | undefined {
    const now = performance.now()
    for (const connection of connections) {
      const { session, madeAt, streams } = connection
      if (session.closed || session.destroyed) connections.delete(connection)
      else if (now - madeAt > CONNECTION_LIFE_MS) retire(connection)
      else if (streams < mostStreams(session)) return connection
    }
    return undefined
  }

  /** What is under way on it goes on. */
  function retire(connection: Connection): void {
    connections.delete(connection)
    connection.session.close()
  }

  function begin(connection: Connection, headers: OutgoingHttpHeaders, options: { endStream: boolean }) {
    const stream = connection.session.request(headers, options)
    connection.streams += 1
    stream.once('close', () => {
      connection.streams -= 1
      connection.usedAt = performance.now()
    })
    return stream
  }

  async function openAnew(headers: OutgoingHttpHeaders, options: { endStream: boolean }): Promise<ClientHttp2Stream> {
    for (;;) {
      const found = find()
      if (found !== undefined) return begin(found, headers, options)
      if (opening === null && connections.size >= maxConnections)
        throw new Fault('egress.busy', 'too many streams to one server')
      opening ??= dial().finally(() => {
        opening = null
      })
      await opening
    }
  }

  return {
    open(headers, options) {
      const found = find()
      return found === undefined ? openAnew(headers, options) : begin(found, headers, options)
    },
    take: speakOver,
    isIdle: () => {
      const before = performance.now() - IDLE_MS
      return opening === null && [...connections].every(({ streams, usedAt }) => streams === 0 && usedAt < before)
    },
    close() {
      for (const { session } of connections) session.destroy()
      connections.clear()
    },
  }
}

function mostStreams({ remoteSettings }: ClientHttp2Session): number {
  return Math.min(remoteSettings?.maxConcurrentStreams ?? STREAMS, 1_000)
}
