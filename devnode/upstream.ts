/** A server for development that sells nothing itself: what stands behind the demo creator's API. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { answerChat } from './chat.ts'
import { scoreOf } from './scores.ts'
import { createScoresServer } from './upstream-grpc.ts'

export interface DemoUpstream {
  readonly port: number
  close(): Promise<void>
}

const NODE_PATH = /^\/(?:nodes|score)\/([a-z0-9-]{1,40})$/
const TICK_MS = 1_000

/**
 * `GET /`, `/nodes/<name>`, `/score/<name>` and `/ticks`, one event a second; `POST /v1/chat/completions`; and gRPC on the
 * same port. Port 0 takes a free one.
 */
export async function startUpstream({ host, port }: { host: string; port: number }): Promise<DemoUpstream> {
  const server = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost')
    const name = NODE_PATH.exec(pathname)?.[1]
    if (req.method === 'POST' && pathname === '/v1/chat/completions') {
      return void answerChat(req, res).catch(() => res.destroy())
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') return answer(res, 405, { error: 'GET only' })
    if (pathname === '/') return answer(res, 200, ABOUT)
    if (pathname === '/ticks') return tick(res)
    if (name === undefined) return answer(res, 404, { error: 'no such node', try: '/nodes/alice' })
    answer(res, 200, scoreOf(name))
  })
  const scores = createScoresServer()
  shareConnections(server, scores.take)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        scores.close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const ABOUT = {
  about: 'Scores of Lightning nodes, made up from their names.',
  routes: { '/nodes/<name>': 'the score of a node', '/ticks': 'one event a second' },
  grpc: 'scores.v1.Scores: Get(Name) returns (Score), Follow(stream Name) returns (stream Score)',
}

/** HTTP/2 begins with a method that HTTP/1.1 does not have. */
function shareConnections(server: Server, speakHttp2: (socket: Socket) => void): void {
  const [speakHttp1] = server.listeners('connection') as ((this: Server, socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => socket.destroy()).once('end', () => socket.destroy())
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null
      if (first === null) return
      socket.unshift(first)
      if (first.toString('latin1', 0, 3) === 'PRI') speakHttp2(socket)
      else speakHttp1?.call(server, socket)
    })
  })
}

function tick(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  let n = 0
  const send = () => {
    n += 1
    res.write(`event: tick\ndata: {"n":${n}}\n\n`)
  }
  send()
  const timer = setInterval(send, TICK_MS)
  res.once('close', () => clearInterval(timer))
}

function answer(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'Content-Type': 'application/json' })
  res.end(`${JSON.stringify(body)}\n`)
}
