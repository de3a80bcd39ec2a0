/** A door in front of a TCP server that can be shut: to a client it is as if the server had died, and come back. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface TcpGate {
  readonly port: number
  /** Refuses new connections and breaks those there are. */
  shut(): Promise<void>
  /** Lets nothing through the connections there are, and keeps them; new ones work. As a network that lost its state. */
  freeze(): void
  /** Listens again on the same port. */
  open(): Promise<void>
}

/** Opens a gate in front of `target` on the loopback, at a free port unless `at` names one. */
export async function openTcpGate(target: { host: string; port: number }, at = 0): Promise<TcpGate> {
  const sockets = new Set<Socket>()
  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((client) => join(client, connect(target), sockets))
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve(server))
    })
  let server = await listen(at)
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    port,
    async shut() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
    freeze() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    async open() {
      server = await listen(port)
    },
  }
}

function join(client: Socket, upstream: Socket, sockets: Set<Socket>): void {
  const pairs: [Socket, Socket][] = [
    [client, upstream],
    [upstream, client],
  ]
  for (const [from, to] of pairs) {
    sockets.add(from)
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
}
