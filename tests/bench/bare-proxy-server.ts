/** A bare reverse proxy on a pool of undici: what a proxied read through the gateway is held against. */
import { createServer } from 'node:http'
import { Pool } from 'undici'

const [upstream = '', port = ''] = process.argv.slice(2)
const pool = new Pool(upstream, { connections: 500 })

createServer((req, res) => {
  const { host: _host, connection: _connection, ...headers } = req.headers
  const sent = { path: req.url ?? '/', method: 'GET' as const, headers }
  pool.stream(sent, ({ statusCode, headers }) => res.writeHead(statusCode, headers)).catch(() => res.destroy())
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
