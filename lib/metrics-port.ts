/** Metrics are read on a port of their own, on loopback unless the operator says otherwise, and nothing else is there. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describeCause, type Log } from './log.ts'
import type { Metrics } from './metrics.ts'

export interface MetricsPort {
  /** The one that was asked for, or the one that the system chose for 0. */
  readonly port: number
  close(): Promise<void>
}

export interface MetricsPortOptions {
  readonly metrics: Metrics
  readonly host: string
  readonly port: number
  readonly log: Log
}

const TIMEOUT_MS = 5_000
/** Prometheus keeps one connection; a person's tool another one. */
const MAX_CONNECTIONS = 20

/** Listens at once. A port that cannot be had is told and does without: nobody's purchase depends on figures. */
export async function openMetricsPort({ metrics, host, port, log }: MetricsPortOptions): Promise<MetricsPort | null> {
  metrics.watchProcess()
  const server = createServer({ requestTimeout: TIMEOUT_MS, keepAliveTimeout: 60_000 }, (req, res) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    if (!isRead || req.url?.split('?')[0] !== '/metrics') return void res.writeHead(isRead ? 404 : 405).end()
    metrics.render().then(
      ({ text, type }) => res.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text),
      (cause: unknown) => {
        log.warn('metrics could not be written', { cause: describeCause(cause) })
        res.writeHead(500).end()
      },
    )
  })
  server.maxConnections = MAX_CONNECTIONS
  const opened = await new Promise<Error | null>((resolve) => {
    server.once('error', resolve)
    server.listen(port, host, () => resolve(null))
  })
  if (opened !== null) {
    log.error('metrics cannot be read: their port is not to be had', { port, cause: describeCause(opened) })
    return null
  }
  const bound = (server.address() as AddressInfo).port
  log.info('metrics can be read', { port: bound })
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
