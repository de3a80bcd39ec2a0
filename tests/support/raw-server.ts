/** A server that answers with whatever bytes a test wants, however wrong they are. */
import { createServer, type Socket } from 'node:net'

export interface RawServer {
  readonly port: number
  /** Connections that are open now. */
  open(): number
  /** Bytes that the other side took, over all connections. */
  sent(): number
  close(): Promise<void>
}

/** `answer` gets each connection once its first bytes have come. */
export async function openRawServer(answer: (socket: Socket) => void): Promise<RawServer> {
  const sockets = new Set<Socket>()
  let sent = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sent += socket.bytesWritten - socket.writableLength
      sockets.delete(socket)
    })
    socket.once('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    open: () => sockets.size,
    sent: () => sent,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Writes pieces of `bytes` for as long as the other side takes them. */
export function pour(socket: Socket, bytes: Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.write(bytes));
  }
  socket.on('drain', write)
  write()
}
