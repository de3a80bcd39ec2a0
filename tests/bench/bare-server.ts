/** A bare node:http server that sends the same bytes to everybody: what the gateway's figures are held against. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/** An answer as it was recorded: `headers` are names and values in turn, `body` is base64. */
interface Recorded {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
}

const [file = '', port = ''] = process.argv.slice(2)
const { status, headers, body } = JSON.parse(readFileSync(file, 'utf8')) as Recorded
const bytes = Buffer.from(body, 'base64')
const fields = [...headers]

createServer((_req, res) => {
  res.writeHead(status, fields)
  res.end(bytes)
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
