/** A WebSocket is judged at its handshake; afterwards two sockets are one, until either ends or the right to it does. */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { HeaderField } from '#lib/gate/request.ts'

/** Another server agreed to speak something else than HTTP from here on. */
export interface Upgraded {
  readonly kind: 'upgraded'
  /** Of its 101, for the client. */
  readonly headers: readonly HeaderField[]
  readonly socket: Duplex
  /** Neither side says nothing for longer. */
  readonly silenceMs: number
  /** Aborts when the right to it is over. */
  readonly over: AbortSignal
}

/** The one protocol that is spoken here beside HTTP; what else a client offers to speak is not taken up. */
export function wantsWebSocket({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

/** The answer of a request whose connection Node has handed over; the connection ends with it. */
export function answerOn(req: IncomingMessage, socket: Socket): ServerResponse {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(socket)
  res.once('finish', () => {
    res.detachSocket(socket)
    socket.end()
  })
  return res
}

/** `head`: what the client has sent behind its handshake already. */
export function joinSockets(
  client: { readonly socket: Socket; readonly head: Uint8Array },
  upstream: Upgraded,
  ending: AbortSignal,
): void {
  const { socket, head } = client
  const end = () => {
    socket.destroy()
    upstream.socket.destroy()
  }
  const signal = AbortSignal.any([ending, upstream.over])
  signal.addEventListener('abort', end, { once: true })
  socket.once('close', () => signal.removeEventListener('abort', end))
  if (signal.aborted || socket.destroyed) {
    end()
    return
  }
  socket.setTimeout(upstream.silenceMs, end)
  const fields = upstream.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${fields}\r\n`,
    'latin1',
  )
  if (head.length > 0) upstream.socket.write(head)
  // The last bytes of one reach the other before its end does; what breaks one of them is the end of both.
  socket.pipe(upstream.socket).pipe(socket)
  for (const side of [socket, upstream.socket]) side.once('error', end).once('close', end)
}
