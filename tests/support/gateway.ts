/** A real gateway over real Postgres and a real dev node, with a creator who sells articles, and a client that pays. */
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DoorLimits } from '#gateway/door.ts'
import { type Gateway, startGateway } from '#gateway/start-gateway.ts'
import { type Clock, systemClock } from '#lib/clock.ts'
import { composeGateway, type GatewayDeps } from '#lib/compose-gateway.ts'
import { readConfig } from '#lib/config.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import type { Kind } from '#lib/gate/kinds/kind.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { openNotices } from '#lib/notices.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { build } from '#scripts/build.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { createFollower } from '#workers/settlement.ts'
import { type ArticleSeed, createSeller, publishSeed } from './articles.ts'
import { type CuttablePort, openCuttablePort } from './cuttable-port.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'
import { startTestNode, type TestNode } from './dev-node.ts'
import { type GivenFile, publishFileSeed } from './files.ts'
import { createMemoryLog, type RememberedLine, silentLog } from './log.ts'
import { until } from './until.ts'

export interface Reply {
  readonly status: number
  /** Names as sent, in order, so that doubles and spelling can be asserted. */
  readonly fields: readonly (readonly [string, string])[]
  /** First value by lower-case name. */
  header(name: string): string | undefined
  headers(name: string): string[]
  readonly text: string
  json(): Record<string, unknown>
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string
  readonly host?: string
}

export { FREE_SENTENCE, PAID_SENTENCE } from './articles.ts'

/** Opens what a creator sealed; its public half seals. */
export const TEST_OPEN_KEY = new Uint8Array(32).fill(9)

/** What a program holds after paying. */
export interface Purchase {
  readonly challenge: string
  readonly macaroon: Uint8Array
  readonly preimage: string
  /** `L402 M:P`. */
  readonly authorization: string
}

export interface TestGateway {
  readonly deps: GatewayDeps
  readonly database: TestDatabase
  readonly node: TestNode
  /** Between the gateway and Postgres. */
  readonly postgres: CuttablePort
  readonly logLines: RememberedLine[]
  /** Host of the demo creator, as clients send it. */
  readonly host: string
  readonly port: number
  readonly origin: string
  readonly creatorId: string
  readonly contentFolder: string
  readonly clock: MovableClock
  ask(path: string, options?: AskOptions): Promise<Reply>
  /** Asks, pays, and waits for nothing: the credential is good at once. */
  buy(path: string, headers?: Record<string, string>): Promise<Purchase>
  /** Resolves when our books know the payment of a challenge. */
  settled(challengeId: string): Promise<void>
  /** Resolves when the gateway serves what the creators' rows say now. */
  changed(): Promise<void>
  reprice(path: string, sats: number): Promise<void>
  publish(article: ArticleSeed): Promise<{ resourceId: string; service: string }>
  publishFile(file: Omit<GivenFile, 'creatorId'>): Promise<{ resourceId: string; slug: string; service: string }>
  /** A further creator on the same gateway. */
  addCreator(handle: string): Promise<{ creatorId: string; host: string }>
  close(): Promise<void>
}

interface MovableClock extends Clock {
  /** Added to the time from now on. */
  move(ms: number): void
  /** Time stands still from now on, but for `move`: what fills up again with time does not while a busy computer is slow. */
  stop(): void
}

/** `limits`: `CHALLENGE_LIMITS`, generous when left out. */
export async function startTestGateway(
  options: {
    limits?: string
    /** `TOKEN_LIMITS`, as in production when left out. */
    tokenLimits?: string
    trustedProxies?: string
    /** `GATEWAY_TLS` */
    tls?: string
    moreKinds?: readonly Kind[]
    /** `EGRESS_ALLOW`: where the upstreams of a test listen. */
    egressAllow?: string
    /** `GATEWAY_METRICS_PORT`. */
    metricsPort?: number
    /** `OTEL_EXPORTER_OTLP_ENDPOINT`. */
    traces?: string
    /** Smaller bounds of the door. */
    door?: DoorLimits
    /** What is there already, in place of an empty world with one creator. */
    world?: { database: TestDatabase; node: TestNode; contentFolder: string; creatorId: string }
    /** A further gateway on everything that this one has; closed before it. */
    beside?: TestGateway
  } = {},
): Promise<TestGateway> {
  const { beside, world = beside } = options
  const [database, node, assetsFolder, ports] = await Promise.all([
    world?.database ?? openTestDatabase(),
    world?.node ?? startTestNode(),
    ensureReaderAssets(),
    freePorts(1),
  ])
  const port = ports[0] ?? 0
  const postgresUrl = new URL(database.gateUrl)
  const postgres = await openCuttablePort(Number(postgresUrl.port))
  postgresUrl.port = String(postgres.port)
  const contentFolder = world?.contentFolder ?? mkdtempSync(join(tmpdir(), 'satstile-content-'))
  const memory = createMemoryLog()
  const clock = createMovableClock()
  const config = readConfig('gateway', {
    SATSTILE_MODE: 'development',
    DEMO_WALLET_URL: node.walletUrl,
    TRUSTED_PROXIES: options.trustedProxies ?? '',
    CONTENT_URL: contentFolder,
    CREATOR_HOSTS: `*.localhost:${port}`,
    NAMED_HOSTS: `127.0.0.1:${port}=harbor`,
    DATABASE_URL_GATE: postgresUrl.href,
    KEY_ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    SECRET_OPEN_KEYS: `test:${Buffer.from(TEST_OPEN_KEY).toString('base64')}`,
    LND_SOCKET: node.socket,
    LND_TLS_CERT: join(node.dataDir, 'tls.cert'),
    LND_INVOICE_MACAROON: join(node.dataDir, 'invoice.macaroon'),
    GATEWAY_PORT: String(port),
    GATEWAY_TLS: options.tls,
    EGRESS_ALLOW: options.egressAllow,
    GATEWAY_METRICS_PORT: options.metricsPort === undefined ? undefined : String(options.metricsPort),
    OTEL_EXPORTER_OTLP_ENDPOINT: options.traces,
    TOKEN_LIMITS: options.tokenLimits,
    CHALLENGE_LIMITS:
      options.limits ?? 'client=1000/10000,network=1000/10000,resource=1000/10000,creator=100%,global=1000/10000',
  })
  const deps = await composeGateway({
    ...{ config, assetsFolder, log: memory.log, clock },
    moreKinds: options.moreKinds ?? [],
  })
  const gateway: Gateway = await startGateway(deps, options.door)
  const settling = followNode(database, node)

  const addCreator = async (handle: string) => ({
    creatorId: await createSeller(database, handle),
    host: `${handle}.localhost:${port}`,
  })
  const creatorId = world?.creatorId ?? (await createSeller(database, 'harbor'))
  const host = `harbor.localhost:${port}`
  const ask = (path: string, ask: AskOptions = {}) => askOnce(port, path, { host, ...ask })

  return {
    deps,
    database,
    node,
    postgres,
    logLines: memory.lines,
    host,
    port,
    origin: `http://${host}`,
    creatorId,
    contentFolder,
    clock,
    ask,
    async buy(path, headers = {}) {
      const reply = await ask(path, { headers })
      const challenge = readChallenges(reply.headers('www-authenticate'))
      if (challenge.kind === 'fault') throw new TypeError(`no challenge: ${reply.status} ${reply.text.slice(0, 200)}`)
      const { preimage } = await node.pay(challenge.invoice)
      return {
        challenge: String(reply.json().challenge),
        macaroon: challenge.macaroon,
        preimage,
        authorization: `L402 ${formatCredential(challenge.macaroon, Buffer.from(preimage, 'hex'))}`,
      }
    },
    async settled(challengeId) {
      await until('the payment is in the books', async () => {
        return (await database.owner.client.settlement.count({ where: { challengeId } })) === 1
      })
    },
    async changed() {
      const { changeNumber } = await database.owner.client.creator.findUniqueOrThrow({ where: { id: creatorId } })
      await until('the catalog follows', async () => {
        const snapshot = await deps.catalog.find(host)
        return snapshot !== null && snapshot.changeNumber >= changeNumber
      })
    },
    async reprice(path, sats) {
      const where = { creatorId_slug: { creatorId, slug: path.slice(1) } }
      const { id } = await database.owner.client.resource.findUniqueOrThrow({ where })
      await setPrice({ db: database.owner }, { creatorId, resourceId: id, price: String(sats) })
    },
    publishFile: (file) =>
      publishFileSeed({ db: database.owner, blobs: createBlobFolder(contentFolder) }, { creatorId, ...file }),
    publish: (article) => publishSeed(database, { creatorId, contentFolder, ...article }),
    addCreator,
    async close() {
      await Promise.all([gateway.stop(100), settling.stop()])
      await postgres.close()
      if (beside !== undefined) return
      await Promise.all([node.close(), database.close()])
      rmSync(contentFolder, { recursive: true, force: true })
    },
  }
}

function createMovableClock(): MovableClock {
  let offsetMs = 0
  let stoppedAt: number | null = null
  const time = () => stoppedAt ?? systemClock.now().getTime()
  return {
    now: () => new Date(time() + offsetMs),
    move: (ms) => {
      offsetMs += ms
    },
    stop: () => {
      stoppedAt = time()
    },
  }
}

/** The settlement loop of the workers, in the zone of the workers. */
function followNode(database: TestDatabase, node: TestNode) {
  const ending = new AbortController()
  const notices = openNotices({ url: database.jobsUrl })
  const backend = createLndBackend({
    socket: node.socket,
    cert: node.read('tls.cert'),
    macaroon: node.read('read.macaroon'),
    network: 'regtest',
    log: silentLog,
  })
  const backends = createBackends(backend)
  const deps = { db: database.jobs, clock: systemClock, log: silentLog, notices, backends, feePpm: 0 }
  const following = createFollower({ ...deps, backend }).run(ending.signal)
  return {
    async stop() {
      ending.abort()
      await following
      backend.close()
      await notices.close()
    },
  }
}

/** `npm test` has built it already; a single file run by hand builds it when something changed. */
async function ensureReaderAssets(): Promise<string> {
  await build({ only: ['reader'] })
  return join(import.meta.dirname, '../../dist/reader')
}

/** One request on a connection of its own, with exactly these header fields. */
export function askOnce(port: number, path: string, options: AskOptions & { host: string }): Promise<Reply> {
  const { method = 'GET', headers = {}, body, host } = options
  return new Promise((resolve, reject) => {
    const req = httpRequest({
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { Host: host, ...headers },
      agent: false,
    })
    req.once('error', reject)
    req.once('response', (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.once('error', reject)
      res.once('end', () => resolve(toReply(res.statusCode ?? 0, res.rawHeaders, Buffer.concat(chunks).toString())))
    })
    req.end(body)
  })
}

function toReply(status: number, rawHeaders: readonly string[], text: string): Reply {
  const fields: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) fields.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  const headers = (name: string) => fields.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value)
  return {
    status,
    fields,
    header: (name) => headers(name)[0],
    headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  }
}
