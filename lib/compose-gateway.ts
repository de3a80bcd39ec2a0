/** The gateway's parts: keys that mint, a node that only makes invoices, and React's own server, which Next keeps out of its bundles. */
import { readFileSync } from 'node:fs'
import type { Clock } from './clock.ts'
import { measureHealth, measurePool, timeBackend } from './compose-figures.ts'
import { checkDatabase, checkNode, checkWorkers } from './compose-health.ts'
import { type Config, readConfig } from './config.ts'
import { openBlobs } from './content/open-blobs.ts'
import { openSealed, sha256 } from './crypto.ts'
import { type Db, openDatabase, REQUEST_STATEMENT_MS } from './db.ts'
import { UPSTREAM_LIMITS } from './egress/budget.ts'
import type { Egress } from './egress/egress.ts'
import { openEgress } from './egress/open-egress.ts'
import { Fault } from './errors.ts'
import { createPageFrame } from './gate/answers/page-frame.ts'
import { createReaderPages } from './gate/answers/reader-pages.ts'
import { createErrorAnswers } from './gate/answers/refusal.ts'
import { createViewCounter } from './gate/count-view.ts'
import { noteKeyOwners } from './gate/credentials/key-owners.ts'
import { createRecall } from './gate/credentials/recall.ts'
import { createSettledSales } from './gate/credentials/settled-sales.ts'
import { createTokenLimits } from './gate/credentials/token-limits.ts'
import { createVerifiedCache } from './gate/credentials/verified-cache.ts'
import type { GateDeps } from './gate/deps.ts'
import { countFindings, createGateFigures } from './gate/figures.ts'
import { createApiKind } from './gate/kinds/api.ts'
import { createArticleKind } from './gate/kinds/article.ts'
import { createFileKind } from './gate/kinds/file.ts'
import { createKinds, type Kind } from './gate/kinds/kind.ts'
import { createPageKind } from './gate/kinds/page.ts'
import { createBuckets } from './gate/limits/buckets.ts'
import { createChallengeBudget, createLookupBudget } from './gate/limits/challenge-budget.ts'
import { createHostBudget } from './gate/limits/host-budget.ts'
import { createTokenPace } from './gate/limits/token-pace.ts'
import { createSettlementWatch } from './gate/routes/settlement-watch.ts'
import { type Health, watchHealth } from './health.ts'
import { createHmac } from './l402/bytes.ts'
import type { LightningBackend } from './lightning/backend.ts'
import { createLndBackend } from './lightning/lnd/lnd.ts'
import { createBackends } from './lightning/registry.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { type Notices, openNotices } from './notices.ts'
import { type Observe, unobserved } from './observe.ts'
import { listProgress } from './paywall/challenges/challenge-store.ts'
import { type ChallengeWriter, createChallengeWriter } from './paywall/challenges/challenge-writer.ts'
import { followLiveGateways } from './paywall/challenges/live-gateways.ts'
import { createKnownCounters } from './paywall/entitlements/find-counter.ts'
import { createOpenMeters } from './paywall/entitlements/open-meters.ts'
import { createSpentNetworks } from './paywall/entitlements/take-free-use.ts'
import { createRingCache } from './paywall/keys/ring-cache.ts'
import { createDemand } from './paywall/prices/demand.ts'
import { followDemand } from './paywall/prices/follow-demand.ts'
import { createTroubleNoter } from './paywall/prices/note-trouble.ts'
import { createPriceBook } from './paywall/prices/price-book.ts'
import { followRates, type RateFollower, type RateTable } from './paywall/rates/follow-rates.ts'
import { priceCatalog } from './paywall/rates/price-snapshot.ts'
import { type Catalog, createCatalog } from './paywall/resources/catalog.ts'
import { createCreatorHosts } from './paywall/resources/creator-host.ts'
import { createRefusalBuffer, type RefusalBuffer } from './paywall/usage/refusal-buffer.ts'
import { createSightingBuffer } from './paywall/usage/sighting-buffer.ts'
import { createUpstreamBuffer, type UpstreamBuffer } from './paywall/usage/upstream-buffer.ts'
import { createUsageBuffer, type UsageBuffer } from './paywall/usage/usage-buffer.ts'
import { openReaderAssets } from './reader/assets.ts'
import { createShares } from './shares.ts'
import { openTracing, type Tracing } from './tracing.ts'
import { openTrusted, type TrustedDatabase } from './trusted-database.ts'

/** What the gateway works with: keys that mint, a node that only makes invoices, content; no session, no right to spend. */
export interface GatewayDeps extends GateDeps {
  readonly config: Config<'gateway'>
  readonly catalog: Catalog
  readonly notices: Notices
  readonly rates: RateFollower
  readonly usage: UsageBuffer
  readonly refusals: RefusalBuffer
  readonly upstreams: UpstreamBuffer
  readonly metrics: Metrics
  readonly health: Health
  /** `null`: nobody asked for traces. */
  readonly tracing: Tracing | null
  /** To upstreams, and to whatever else a creator names. */
  readonly egress: Egress
  /** Until this resolves every request is 503; rejects with `UnfitDatabase` when the process had better end. */
  readonly trusted: Promise<void>
  /** Whether it has. */
  isTrusted(): boolean
  /** Writes what waits, then lets go of node and database. */
  close(): Promise<void>
}

export interface GatewayOptions {
  readonly config?: Config<'gateway'>
  /** Where `buildReader` wrote styles, scripts and fonts. */
  readonly assetsFolder: string
  /** In place of the process's own; tests hold time still and listen to the log. */
  readonly log?: Log
  readonly clock?: Clock
  /** Kinds besides those that the product has: one that is being made, or tried. */
  readonly moreKinds?: readonly Kind[]
}

/** Tries to restore without the receipt, per client: plenty for a person, useless for guessing. */
const RESTORE_LIMIT = { ratePerSecond: 0.5, burst: 20 }

/**
 * Throws `ConfigFault` when the environment cannot be used, and `Fault` when the database refuses, does not keep what it
 * confirmed, or disagrees about the time: a gateway without keys and deny list serves nothing. One that is silent is waited
 * for behind an open port (`trusted`).
 */
export async function composeGateway(options: GatewayOptions): Promise<GatewayDeps> {
  const config = options.config ?? readConfig('gateway')
  const log = options.log ?? createLog({ process: 'gateway', level: config.LOG_LEVEL })
  const tracing = await openTraces(config)
  const observe = tracing?.observe ?? unobserved
  const db = openDatabase({
    url: config.DATABASE_URL_GATE,
    log,
    statementTimeoutMs: REQUEST_STATEMENT_MS,
    observe: (name, work) => observe(`db ${name.replace(/^\$/, '')}`, work),
  })
  const database = await openTrusted({ db, log }).catch(async (cause: unknown) => {
    await db.close()
    throw cause
  })
  const clock = options.clock ?? database.clock
  const notices = openNotices({ url: config.DATABASE_URL_GATE, log })
  const metrics = createMetrics('gateway')
  const platform = openBackend(config, { log, metrics, observe })
  const backends = createBackends(platform)
  const { ring, owners } = noteKeyOwners(createRingCache({ wrapping: config.KEY_ENCRYPTION_KEYS, log }))
  const egress = openEgress(config, { log, limits: UPSTREAM_LIMITS })
  const rates = followRates({ db, log, clock, maxAgeSeconds: config.RATE_MAX_AGE_SECONDS })
  const { kinds, pages } = openKinds(options, { config, log, clock, rates: rates.present })
  const catalog = createCatalog({
    db,
    log,
    ring,
    loaders: kinds.loaders,
    hosts: config.CREATOR_HOSTS,
    namedHosts: config.NAMED_HOSTS,
    clock,
  })
  const writer = createChallengeWriter({ db, log })
  const usage = createUsageBuffer({ db, clock, log, onReads: catalog.keepSelling })
  const refusals = createRefusalBuffer({ db, clock, log })
  const upstreams = createUpstreamBuffer({ db, clock, log })
  const meters = createOpenMeters()
  const sightings = createSightingBuffer({ db, log, notices })
  const watch = createSettlementWatch({ notices, list: (keys) => listProgress(db.client, keys) })
  const budgets = createBudgets(config, clock)
  const pricing = openPricing({ db, log, egress, clock })
  const gateways = followLiveGateways({ db, log, onCount: budgets.budget.divide })
  const checks = { database: checkDatabase(db), node: checkNode(platform), workers: checkWorkers(db) }
  const health = watchHealth({ log, checks })
  measure(metrics, { db, writer, catalog, health, parts: Object.keys(checks) })
  // So that the first request finds its share; with Postgres silent nothing is judged before it has spoken anyway.
  if (database.isTrusted()) await Promise.all([gateways.begun, rates.read()])
  return {
    config,
    trusted: database.trusted,
    isTrusted: database.isTrusted,
    log,
    db,
    clock,
    notices,
    backends,
    ring,
    catalog: onceTrusted(database, priceCatalog(catalog, rates.present)),
    rates,
    writer: { ...writer, write: (row) => observe('db challenge_row', () => writer.write(row)) },
    usage,
    refusals,
    upstreams,
    metrics,
    health,
    tracing,
    observe,
    figures: createGateFigures(metrics),
    egress,
    views: createViewCounter({ usage, clock, sha256 }),
    sightings,
    counters: createKnownCounters(),
    spentNetworks: createSpentNetworks(),
    meters,
    watch,
    kinds,
    pages,
    l402: { sha256, hmac: createHmac(sha256) },
    network: config.LND_NETWORK,
    invoiceExpirySeconds: config.INVOICE_EXPIRY_SECONDS,
    ...budgets,
    ...{ prices: pricing.prices, demand: pricing.demand },
    ...countFindings(metrics, { cache: createVerifiedCache(), recall: createRecall() }),
    keyOwners: owners,
    limits: createTokenLimits(),
    settledSales: createSettledSales({ db, backends }),
    atOnce: createShares(),
    errors: createErrorAnswers({ log, renderErrorPage: pages.error }),
    async close() {
      catalog.close()
      watch.close()
      health.close()
      database.close()
      const buffers = [usage, refusals, upstreams, sightings, pricing, meters]
      await Promise.all([writer.close(), gateways.close(), rates.close(), ...buffers.map((buffer) => buffer.close())])
      backends.close()
      await Promise.all([notices.close(), db.close(), egress.close(), tracing?.close()])
    },
  }
}

/** Nothing of it is loaded unless it is asked for. */
async function openTraces(config: Config<'gateway'>): Promise<Tracing | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: sampled } = config
  return endpoint === undefined ? null : openTracing({ endpoint, sampled, process: 'gateway' })
}

/** What can be sold, and the pages that show it. */
function openKinds(
  { assetsFolder, moreKinds = [] }: Pick<GatewayOptions, 'assetsFolder' | 'moreKinds'>,
  { config, log, clock, rates }: { config: Config<'gateway'>; log: Log; clock: Clock; rates: () => RateTable },
) {
  const blobs = openBlobs(config)
  const frame = createPageFrame({
    assets: openReaderAssets(assetsFolder),
    demoWallet: config.DEMO_WALLET_URL ?? null,
    appUrl: config.APP_URL,
    hosts: createCreatorHosts(config.CREATOR_HOSTS),
    rates,
  })
  const held = { blobs, frame, sha256 }
  const kinds = createKinds([
    createArticleKind(held),
    createFileKind(held),
    createPageKind(held),
    createApiKind({ log, frame, sha256, openSealed: openWith(config.SECRET_OPEN_KEYS) }),
    ...moreKinds,
  ])
  return { kinds, pages: createReaderPages({ frame, kinds, clock, blobs }) }
}

/** Whichever key it was sealed for. */
function openWith(keys: Config<'gateway'>['SECRET_OPEN_KEYS']) {
  return (sealed: Uint8Array, context: Uint8Array) => {
    for (const { key } of keys) {
      const opened = openSealed(key, sealed, context)
      if (opened !== null) return opened
    }
    return null
  }
}

/** Prices of a moment: what sellers' servers name, and how much is asked for. */
function openPricing({ db, log, egress, clock }: { db: Db; log: Log; egress: Egress; clock: Clock }) {
  const troubles = createTroubleNoter({ db, log })
  const demand = createDemand(clock)
  const following = followDemand({ db, log, demand })
  return {
    demand,
    prices: createPriceBook({ egress, hmac: createHmac(sha256), sha256, clock, onTrouble: troubles.note }),
    close: async () => {
      await Promise.all([following.close(), troubles.settled()])
    },
  }
}

function openBackend(
  config: Config<'gateway'>,
  { log, metrics, observe }: { log: Log; metrics: Metrics; observe: Observe },
): LightningBackend {
  const backend = createLndBackend({
    socket: config.LND_SOCKET,
    cert: readFileSync(config.LND_TLS_CERT),
    macaroon: readFileSync(config.LND_INVOICE_MACAROON),
    network: config.LND_NETWORK,
    log,
  })
  return timeBackend(metrics, backend, observe)
}

/** What is read from parts when somebody asks. */
function measure(
  metrics: Metrics,
  parts: { db: Db; writer: ChallengeWriter; catalog: Catalog; health: Health; parts: readonly string[] },
): void {
  measurePool(metrics, parts.db)
  measureHealth(metrics, parts.health, parts.parts)
  metrics.gauge({ name: 'satstile_challenges_waiting', help: 'Rows of challenges that are not committed yet' }, () => [
    [[], parts.writer.pending()],
  ])
  metrics.gauge({ name: 'satstile_catalog_age_seconds', help: 'Since changes of creators were last read' }, () => [
    [[], parts.catalog.ageMs() / 1000],
  ])
}

/** What stands in front of database and node. */
function createBudgets(config: Config<'gateway'>, clock: Clock) {
  return {
    budget: createChallengeBudget(config.CHALLENGE_LIMITS, clock, 0),
    lookupBudget: createLookupBudget(config.CHALLENGE_LIMITS, clock),
    hostBudget: createHostBudget(undefined, () => clock.now().getTime()),
    tokenPace: createTokenPace(config.TOKEN_LIMITS.reads),
    restoreBudget: createBuckets(RESTORE_LIMIT),
  }
}

/** Every request begins with its creator, so no creator means that nothing is judged. */
function onceTrusted(database: TrustedDatabase, catalog: Catalog): Catalog {
  const whenTrusted =
    <T>(ask: (host: string) => Promise<T>) =>
    (host: string) =>
      database.isTrusted()
        ? ask(host)
        : Promise.reject(new Fault('database.unavailable', 'Postgres has not answered since the start'))
  return { ...catalog, find: whenTrusted(catalog.find), refresh: whenTrusted(catalog.refresh) }
}
