/** `node scripts/lnd-regtest.ts`: real lnd on loopback, on a chain of its own, until it is ended. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureLndBuilt, lndProgram } from './lnd/build-lnd.ts'
import type { LndNode } from './lnd/lnd-node.ts'
import { type LndNetwork, startLndNetwork } from './lnd/network.ts'
import { createEndRequests } from './start/end-requests.ts'
import { formatSeconds, tell } from './start/progress.ts'
import { Stop } from './start/stop.ts'

const HELP = `Usage: node scripts/lnd-regtest.ts [options]

Starts lnd on a regtest chain of its own (btcd), on loopback, and prints where certificate and macaroons are. Runs until
Ctrl-C, then removes everything. The first start builds lnd and btcd from tests/lnd/go.mod: it needs Go 1.24 or newer and
takes minutes; later ones take seconds.

Options:
  --nodes N   1 (default), or 2: a second node that can pay the first over a channel
  --help      this text`

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { nodes: { type: 'string', default: '1' }, help: { type: 'boolean' } } })
  if (values.help) return console.log(HELP)
  if (values.nodes !== '1' && values.nodes !== '2') throw new Stop(`--nodes is 1 or 2, got "${values.nodes}".`)
  const end = createEndRequests()
  const folder = mkdtempSync(join(tmpdir(), 'satstile-lnd-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const called = new Promise<void>((resolve) =>
    end.listen(
      () => resolve(),
      () => process.exit(1),
    ),
  )
  await ensureLndBuilt((line) => tell('build', line))
  const startedAt = performance.now()
  const nodes = values.nodes === '1' ? 1 : 2
  const network = await startLndNetwork({ folder, nodes, onStep: (title) => tell('start', title) })
  if (!end.signal.aborted) {
    describe(network)
    tell('ready', `in ${formatSeconds(performance.now() - startedAt)}; Ctrl-C ends it`)
  }
  await called
  tell('end', 'stopping lnd and btcd')
  await network.stop()
  // The watch over npm's life keeps the process otherwise.
  process.exit(0)
}

function describe({ shop, payer }: LndNetwork): void {
  tell('shop', shop.socket)
  tell('', `LND_SOCKET=${shop.socket}`)
  tell('', `LND_TLS_CERT=${shop.certFile}`)
  tell('', `LND_INVOICE_MACAROON=${join(shop.folder, 'invoice.macaroon')}`)
  tell('', `LND_READ_MACAROON=${join(shop.folder, 'read.macaroon')}`)
  tell('', 'LND_NETWORK=regtest')
  if (payer !== null) tell('payer', `${lncliOf(payer)} payinvoice --force INVOICE`)
}

function lncliOf(node: LndNode): string {
  return `${lndProgram('lncli')} --network=regtest --lnddir=${node.folder} --rpcserver=${node.socket}`
}

main().catch((cause: unknown) => {
  console.error(cause instanceof Stop ? cause.message : cause)
  process.exit(1)
})
