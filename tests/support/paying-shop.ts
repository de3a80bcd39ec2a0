/** A shop of two pages on plain HTTP that asks for payment as L402 says, with real invoices; it can be told to cheat. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomBytes } from '#lib/crypto.ts'
import { formatChallenge } from '#lib/l402/challenge.ts'
import { readCredentials } from '#lib/l402/credential.ts'
import { composeTokenId } from '#lib/l402/identifier.ts'
import { mintToken, type VerifiedToken, verifyToken } from '#lib/l402/token.ts'
import type { LightningBackend } from '#lib/lightning/backend.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { msat } from '#lib/money.ts'
import { startTestNode, type TestNode } from './dev-node.ts'
import { ctx } from './l402.ts'
import { silentLog } from './log.ts'

export type Trick =
  | 'none'
  | 'foreign invoice'
  | 'no challenge'
  | 'challenge at 401'
  | 'always 402'
  /** To whom has paid: no page but this status, a closed connection, half a page, or nothing at all. */
  | '503 when paid'
  | 'drops when paid'
  | 'breaks off when paid'
  | 'silent when paid'
  /** To everybody. */
  | 'silent'

export interface PayingShop {
  /** `http://harbor.localhost:<port>`. */
  readonly url: string
  readonly port: number
  /** What was asked: one line per request, `<path> <status>`. */
  readonly log: string[]
  trick: Trick
  priceMsat: bigint
  close(): Promise<void>
}

const ROOT_KEY = randomBytes(32)
const KEY_ID = Uint8Array.of(1, 2, 3, 4)
/** `/moved` leads to the same shop under another name, `/round` to itself. */
const REDIRECTS: Readonly<Record<string, (port: number) => string>> = {
  '/moved': (port) => `http://other.localhost:${port}/tides`,
  '/round': () => '/round',
}
const PAGES: Readonly<Record<string, string>> = { '/tides': 'k3h-tides', '/storms': 'k3h-storms' }

/** A shop with a dev node of its own; `close` ends both. */
export async function startShopWithNode(): Promise<{
  shop: PayingShop
  node: TestNode
  backend: LightningBackend
  close(): Promise<void>
}> {
  const node = await startTestNode()
  const files = { cert: node.read('tls.cert'), macaroon: node.read('invoice.macaroon') }
  const backend = createLndBackend({ socket: node.socket, ...files, network: 'regtest', log: silentLog })
  const shop = await startPayingShop(backend)
  return {
    shop,
    node,
    backend,
    async close() {
      await shop.close()
      backend.close()
      await node.close()
    },
  }
}

async function startPayingShop(backend: LightningBackend): Promise<PayingShop> {
  const server = createServer((req, res) => {
    answer(req, res).catch(() => res.writeHead(500).end())
  })
  const shop: PayingShop = {
    url: '',
    port: 0,
    log: [],
    trick: 'none',
    priceMsat: 210_000n,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url ?? '/'
    const service = PAGES[path]
    const token = findToken(req)
    const status = service === undefined ? (path in REDIRECTS ? 302 : 404) : statusOf(service, token)
    shop.log.push(`${path} ${status}`)
    if (breaksOff(res, status)) return
    const headers: Record<string, string> = {}
    const location = REDIRECTS[path]?.(shop.port)
    if (location !== undefined) headers.Location = location
    const isAsking = service !== undefined && [401, 402].includes(status) && shop.trick !== 'no challenge'
    if (isAsking) headers['WWW-Authenticate'] = await challenge(service, token)
    res.writeHead(status, headers).end(status === 200 ? `the whole of ${path}` : 'not without payment')
  }

  function statusOf(service: string, token: VerifiedToken | null): number {
    const isOpen = token?.services.some((held) => held.name === service) === true && shop.trick !== 'always 402'
    if (isOpen) return shop.trick === '503 when paid' ? 503 : 200
    return shop.trick === 'challenge at 401' ? 401 : 402
  }

  /** Whether the trick of the day leaves this request without a whole answer. */
  function breaksOff(res: ServerResponse, status: number): boolean {
    if (shop.trick === 'silent') return true
    if (status !== 200) return false
    if (shop.trick === 'drops when paid') res.destroy()
    if (shop.trick === 'breaks off when paid') res.writeHead(200, { 'Content-Length': 1_000 }).write('the beginning of')
    return ['drops when paid', 'breaks off when paid', 'silent when paid'].includes(shop.trick)
  }

  async function challenge(service: string, held: VerifiedToken | null): Promise<string> {
    const order = { amountMsat: msat(shop.priceMsat), memo: 'satstile test', expirySeconds: 600 }
    const created = await backend.createInvoice(order)
    const other = shop.trick === 'foreign invoice' ? await backend.createInvoice(order) : created
    const names = [...new Set([...(held?.services.map((one) => one.name) ?? []), service])]
    const macaroon = mintToken(ctx, {
      rootKey: ROOT_KEY,
      paymentHash: created.paymentHash,
      tokenId: composeTokenId(KEY_ID, randomBytes(28)),
      caveats: [`services=${names.map((name) => `${name}:0`).join(',')}`],
    })
    return formatChallenge({ macaroon, invoice: other.invoice })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(shop, { port, url: `http://harbor.localhost:${port}` })
}

function findToken(req: IncomingMessage): VerifiedToken | null {
  const headers = Object.entries(req.headersDistinct).flatMap(([name, values]) =>
    (values ?? []).map((value) => [name, value] as const),
  )
  for (const candidate of readCredentials(headers, { secureCookies: false, method: 'GET' })) {
    if (candidate.kind !== 'candidate') continue
    const verdict = verifyToken(ctx, candidate, () => ({ kind: 'found', rootKey: ROOT_KEY }))
    if (verdict.kind === 'verified') return verdict.token
  }
  return null
}
