/** A creator's server: real HTTP on a port of the loopback, which notes everything that reaches it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'

/** A request as the server read it, names as sent. */
export interface Arrived {
  readonly method: string
  readonly url: string
  readonly fields: readonly (readonly [string, string])[]
  header(name: string): string | undefined
}

export interface TestUpstream {
  readonly port: number
  readonly url: string
  readonly arrived: Arrived[]
  close(): Promise<void>
}

type Serve = (req: IncomingMessage, res: ServerResponse) => unknown

/** `upgrade`: for handshakes; without it they are requests like any other. */
export async function startUpstream(
  serve: Serve,
  upgrade?: (req: IncomingMessage, socket: Socket, head: Buffer) => unknown,
): Promise<TestUpstream> {
  const arrived: Arrived[] = []
  const server = createServer((req, res) => {
    arrived.push(note(req))
    void serve(req, res)
  })
  if (upgrade !== undefined) {
    server.on('upgrade', (req, socket: Socket, head: Buffer) => {
      arrived.push(note(req))
      void upgrade(req, socket, head)
    })
  }
  // Connections stay until the test closes them: none ends by itself between two requests.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...describe(server.address()),
    arrived,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A server that says whatever bytes it likes once a request has come. */
export async function startLiar(lie: (socket: Socket, head: string) => void): Promise<TestUpstream> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      const head = bytes.toString('latin1')
      if (/^[A-Z]+ \//.test(head)) lie(socket, head)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...describe(server.address()),
    arrived: [],
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function describe(address: ReturnType<ReturnType<typeof createServer>['address']>): { port: number; url: string } {
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return { port: address.port, url: `http://127.0.0.1:${address.port}` }
}

function note({ method = '', url = '', rawHeaders }: IncomingMessage): Arrived {
  const fields = rawHeaders.flatMap((name, n) => (n % 2 === 0 ? [[name, rawHeaders[n + 1] ?? ''] as const] : []))
  return {
    method,
    url,
    fields,
    header: (wanted) => fields.find(([name]) => name.toLowerCase() === wanted)?.[1],
  }
}
