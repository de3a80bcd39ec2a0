/** The dev node as a process: flags in, one line `ready` out, and never in production. */
import { parseArgs } from 'node:util'
import { startNode } from './start.ts'
import { startUpstream } from './upstream.ts'

const HELP = `Usage: node dist/devnode.mjs --data-dir DIR [options]

A Lightning node for development: speaks lnd's gRPC, signs real regtest invoices, and has a demo wallet.
Its coins have no value. It refuses to start in production.

  --data-dir DIR       where log, certificate and macaroons are kept (made when missing)
  --port N             gRPC with TLS (10009; 0 takes a free one)
  --wallet-port N      the demo wallet's HTTP (8404; 0 takes a free one)
  --upstream-port N    a server behind a demo API (none when left out; 0 takes a free port)
  --host ADDRESS       address to listen on (127.0.0.1)
  --help               this text`

function fail(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        'data-dir': { type: 'string' },
        port: { type: 'string', default: '10009' },
        'wallet-port': { type: 'string', default: '8404' },
        'upstream-port': { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (cause) {
    return fail(`${cause instanceof Error ? cause.message : cause}\n\n${HELP}`)
  }
}

function readPort(name: string, text: string): number {
  const port = Number(text)
  return /^\d{1,5}$/.test(text) && port <= 65_535
    ? port
    : fail(`--${name}: expected a port from 0 to 65535, got ${text}`)
}

function describeFailure(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string }
  if (code === 'EADDRINUSE' || message?.includes('EADDRINUSE'))
    return 'The dev node cannot start: one of its ports is taken. Choose others by --port, --wallet-port and --upstream-port.'
  if (code === 'EACCES' || code === 'EROFS') return `The dev node cannot write its data folder: ${message}`
  return `The dev node cannot start: ${message ?? cause}`
}

const flags = readFlags()
if (flags.help) {
  console.log(HELP)
  process.exit(0)
}
// biome-ignore lint/style/noProcessEnv: the dev node imports nothing of ours, and this is the one thing it must know.
if (process.env.SATSTILE_MODE === 'production') {
  fail(
    'The dev node is for development and does not start in production (SATSTILE_MODE=production). Point LND_SOCKET at a real lnd.',
  )
}
const dataDir = flags['data-dir'] ?? fail(`--data-dir is missing.\n\n${HELP}`)
const options = {
  dataDir,
  host: flags.host,
  port: readPort('port', flags.port),
  walletPort: readPort('wallet-port', flags['wallet-port']),
  onFailure: (cause: unknown) => fail(`The dev node stops: its log cannot be written (${cause}).`),
}
const running = await startNode(options).catch((cause: unknown) => fail(describeFailure(cause)))
const upstreamPort = flags['upstream-port']
if (upstreamPort !== undefined) {
  const at = { host: flags.host, port: readPort('upstream-port', upstreamPort) }
  await startUpstream(at).catch((cause: unknown) => fail(describeFailure(cause)))
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    running.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
}
console.log(`dev node: gRPC on ${flags.host}:${running.port}, demo wallet on http://localhost:${running.walletPort}`)
console.log('ready')
