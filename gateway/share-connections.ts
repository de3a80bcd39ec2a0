/** One port speaks HTTP/1.1, HTTP/2 and, with a certificate, both over TLS: what a client wants is seen from its first bytes. */
import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Connections } from './connections.ts'
import type { Certificate } from './door.ts'
import type { Http2Door } from './http2-server.ts'

export interface Shared {
  readonly http2: Http2Door
  readonly connections: Pick<Connections, 'carry'>
  /** `null`: TLS ends in front of us. */
  readonly certificate: Certificate | null
  /** For the first bytes, and for the handshake of TLS. */
  readonly withinMs: number
}

type Speak = (socket: Socket) => void

/** What every connection of HTTP/2 begins with and none of HTTP/1.1 does (RFC 9113 3.4). */
const PREFACE = 'PRI '
/** The first byte of a handshake (RFC 8446 5.1), which is no letter. */
const HANDSHAKE = 0x16

export function shareConnections(server: HttpServer, shared: Shared): void {
  const listeners = server.listeners('connection') as ((this: HttpServer, socket: Socket) => void)[]
  // Node's own is the first; the others count, and stay.
  const [listener] = listeners
  if (listener === undefined) throw new TypeError('a server without a listener')
  server.off('connection', listener)
  const speakHttp1: Speak = (socket) => listener.call(server, socket)
  const speakTls = shared.certificate === null ? null : createTls(shared, shared.certificate, speakHttp1)
  server.on('connection', (socket: Socket) => {
    if (!socket.destroyed) listenFirst(socket, { ...shared, speakHttp1, speakTls })
  })
}

function listenFirst(
  socket: Socket,
  { http2, withinMs, speakHttp1, speakTls }: Shared & { speakHttp1: Speak; speakTls: Speak | null },
): void {
  // A client that says nothing.
  const timer = setTimeout(() => socket.destroy(), withinMs)
  const fail = () => socket.destroy()
  const read = () => {
    const first = socket.read() as Buffer | null
    if (first === null) return
    socket.unshift(first)
    const begins = first.toString('latin1', 0, PREFACE.length)
    if (begins.length < PREFACE.length && PREFACE.startsWith(begins)) return
    clearTimeout(timer)
    socket.off('readable', read).off('error', fail).off('end', fail)
    if (begins === PREFACE) http2.take(socket)
    else if (first[0] === HANDSHAKE && speakTls !== null) speakTls(socket)
    else speakHttp1(socket)
  }
  socket.on('readable', read).on('error', fail).on('end', fail)
  socket.once('close', () => clearTimeout(timer))
}

/** What it is spoken over is found again by both ends of the connection, which no other has while it lasts. */
function createTls({ http2, connections, withinMs }: Shared, { cert, key }: Certificate, speakHttp1: Speak): Speak {
  const carrying = new Map<string, Socket>()
  const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
  const tls = createTlsServer(
    {
      ...{ cert: Buffer.from(cert), key: Buffer.from(key), minVersion: 'TLSv1.2', handshakeTimeout: withinMs },
      ALPNProtocols: ['h2', 'http/1.1'],
    },
    (secure) => {
      const raw = carrying.get(nameOf(secure))
      if (raw === undefined) return void secure.destroy()
      connections.carry(secure, raw)
      if (secure.alpnProtocol === 'h2') http2.take(secure)
      else speakHttp1(secure)
    },
  )
  tls.on('tlsClientError', (_cause, secure) => secure.destroy())
  return (raw) => {
    const name = nameOf(raw)
    carrying.set(name, raw)
    raw.once('close', () => carrying.delete(name))
    tls.emit('connection', raw)
  }
}
