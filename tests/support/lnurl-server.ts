/** A Lightning address's server: real HTTP, honest until a test says otherwise. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bech32 } from '@scure/base'
import type { TestNode } from './dev-node.ts'
import { walletInvoice } from './payout-world.ts'

type Serve = (res: ServerResponse, asked: URL) => unknown

export interface LnurlServer {
  readonly address: string
  readonly lnurl: string
  readonly host: string
  readonly metadata: string
  /** Every question so far, as path and query. */
  readonly asked: string[]
  /** The two answers; `honest` are those of the beginning. */
  terms: Serve
  invoice: Serve
  readonly honest: { readonly terms: Serve; readonly invoice: Serve }
  close(): Promise<void>
}

export function sendJson(res: ServerResponse, value: unknown): void {
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

export const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** Its invoices are those of the wallet beside `node`. */
export async function startLnurlServer(node: TestNode): Promise<LnurlServer> {
  const asked: string[] = []
  const http = createServer((req, res) => {
    const url = new URL(req.url ?? '/', `http://${host}`)
    asked.push(url.pathname + url.search)
    void (url.pathname === '/pay' ? server.invoice(res, url) : server.terms(res, url))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const host = `127.0.0.1:${(http.address() as AddressInfo).port}`
  const address = `maren@${host}`
  const metadata = JSON.stringify([
    ['text/plain', 'For Maren'],
    ['text/identifier', address],
  ])
  const honest = {
    terms: (res: ServerResponse) =>
      sendJson(res, {
        ...{ tag: 'payRequest', callback: `http://${host}/pay?of=maren`, metadata },
        ...{ minSendable: 1_000, maxSendable: 100_000_000 },
      }),
    async invoice(res: ServerResponse, { searchParams }: URL) {
      const sats = Number(searchParams.get('amount')) / 1_000
      sendJson(res, { pr: await walletInvoice(node, sats, hashOf(metadata)), routes: [] })
    },
  }
  const url = new TextEncoder().encode(`http://${host}/.well-known/lnurlp/maren`)
  const server: LnurlServer = {
    ...{ address, host, metadata, asked, honest, ...honest },
    lnurl: bech32.encode('lnurl', bech32.toWords(url), false),
    async close() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
  return server
}
