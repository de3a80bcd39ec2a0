/** A creator, a dev node and real databases by zone: what tests of challenges, settlements and the books stand on. */

import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '#lib/clock.ts'
import { sha256 } from '#lib/crypto.ts'
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'
import { createHmac } from '#lib/l402/bytes.ts'
import type { TokenContext } from '#lib/l402/token.ts'
import type { BackendId, Backends, LightningBackend } from '#lib/lightning/backend.ts'
import { createLndBackend } from '#lib/lightning/lnd/lnd.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import { satsToMsat } from '#lib/money.ts'
import { type Notices, openNotices } from '#lib/notices.ts'
import { createBlockList } from '#lib/paywall/blocks/block-list.ts'
import { type ChallengeWriter, createChallengeWriter } from '#lib/paywall/challenges/challenge-writer.ts'
import {
  type IssueChallengeDeps,
  type IssuedChallenge,
  type IssueInput,
  issueChallenge,
} from '#lib/paywall/challenges/issue-challenge.ts'
import { createKnownCounters } from '#lib/paywall/entitlements/find-counter.ts'
import { ensureActiveKey } from '#lib/paywall/keys/ensure-active-key.ts'
import { findActiveKey } from '#lib/paywall/keys/key-store.ts'
import { createRingCache, type RingCache } from '#lib/paywall/keys/ring-cache.ts'
import { READ } from '#lib/paywall/offers/offer.ts'
import { OPEN_ACCESS } from '#lib/paywall/resources/access.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { createDenyList } from '#lib/paywall/tokens/deny-list.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'
import { startTestNode, type TestNode } from './dev-node.ts'
import { createMemoryLog, type RememberedLine } from './log.ts'

export const l402: TokenContext = { sha256, hmac: createHmac(sha256) }

export interface MoneyWorld {
  readonly database: TestDatabase
  readonly node: TestNode
  /** With the right to make invoices, as the gate has. */
  readonly gateBackend: LightningBackend
  /** With the right to read, as the workers have. */
  readonly jobsBackend: LightningBackend
  /** What the rows of the node's invoices name. */
  readonly backendId: BackendId
  readonly notices: Notices
  readonly log: { lines: RememberedLine[] } & ReturnType<typeof createMemoryLog>
  readonly writer: ChallengeWriter
  readonly ring: RingCache
  /** Dependencies of `issueChallenge` in the gate's zone. */
  readonly issueDeps: IssueChallengeDeps
  /** Dependencies of everything that settles, in the zone of the jobs. */
  readonly settleDeps: {
    db: Db
    clock: Clock
    log: ReturnType<typeof createMemoryLog>['log']
    notices: Notices
    backends: Backends
    feePpm: number
  }
  /** A new creator with one ring key and these articles. */
  createCreator(prices?: readonly number[]): Promise<CreatorSnapshot>
  close(): Promise<void>
}

/** `feePpm` 10,000 (1 %) so that a fee is part of every booking. */
export async function openMoneyWorld(options: { clock?: Clock } = {}): Promise<MoneyWorld> {
  const [database, node] = await Promise.all([openTestDatabase(), startTestNode()])
  const memory = createMemoryLog()
  const { log } = memory
  const backendWith = (macaroon: string) =>
    createLndBackend({
      socket: node.socket,
      cert: node.read('tls.cert'),
      macaroon: node.read(macaroon),
      network: 'regtest',
      log,
    })
  const gateBackend = backendWith('invoice.macaroon')
  const jobsBackend = backendWith('read.macaroon')
  const notices = openNotices({ url: database.jobsUrl, log })
  const writer = createChallengeWriter({ db: database.gate, log })
  const ring = createRingCache({ wrapping: [{ id: 'test', key: randomBytes(32) }], log })
  const clock = options.clock ?? systemClock
  const issueDeps: IssueChallengeDeps = {
    db: database.gate,
    clock,
    l402,
    ring,
    backends: createBackends(gateBackend),
    writer,
    budget: { take: () => ({ kind: 'taken' }) },
    counters: createKnownCounters(),
    invoiceExpirySeconds: 900,
    network: 'regtest',
  }
  return {
    database,
    node,
    gateBackend,
    jobsBackend,
    backendId: await gateBackend.getId(),
    notices,
    log: memory,
    writer,
    ring,
    issueDeps,
    settleDeps: { db: database.jobs, clock, log, notices, backends: createBackends(jobsBackend), feePpm: 10_000 },
    createCreator: (prices = [210]) => createCreator({ database, ring }, prices),
    async close() {
      await writer.close()
      await notices.close()
      gateBackend.close()
      jobsBackend.close()
      await node.close()
      await database.close()
    },
  }
}

async function createCreator(
  { database, ring }: { database: TestDatabase; ring: RingCache },
  prices: readonly number[],
): Promise<CreatorSnapshot> {
  const creatorId = newId('cre')
  const shortId = randomBytes(4).toString('hex')
  const handle = `h${shortId}`
  await database.owner.client.$executeRaw`
    insert into creator (id, short_id, handle, name) values (${creatorId}, ${shortId}, ${handle}, 'Harbor Notes')`
  await ensureActiveKey({ db: database.gate, ring }, creatorId)
  const resources = prices.map((sats, index) => article({ shortId, index, sats }))
  return {
    creatorId,
    shortId,
    handle,
    host: `${handle}.localhost:8402`,
    name: 'Harbor Notes',
    byline: '',
    about: '',
    picture: null,
    changeNumber: 1n,
    resources,
    bySlug: new Map(resources.map((resource) => [resource.slug, resource])),
    bySlugBefore: new Map(),
    gone: new Map(),
    goneServices: new Map(),
    services: new Map(resources.map((resource) => [resource.service, resource])),
    ring: ring.open(creatorId, await findRows(database.gate, creatorId)),
    denied: createDenyList([]),
    blocked: createBlockList([]),
  }
}

async function findRows(db: Db, creatorId: string) {
  const row = await findActiveKey(db.client, creatorId)
  return row === null ? [] : [row]
}

function article({ shortId, index, sats }: { shortId: string; index: number; sats: number }): CatalogResource {
  const slug = index === 0 ? 'tides' : `tides-${index + 1}`
  const service = `${shortId}-${slug}`
  return {
    id: newId('res'),
    slug,
    kind: 'article',
    service,
    title: 'Tides: what the harbor keeps',
    lead: '',
    language: 'en',
    publishedAt: new Date(0),
    paused: false,
    access: OPEN_ACCESS,
    offers: [
      {
        ...{ id: newId('off'), kind: 'single', covers: [service], capabilities: [READ], tier: 0 },
        ...{ lastsSeconds: null, uses: null, rate: null, requires: [] },
        price: { version: 1, amountMsat: satsToMsat(sats) },
      },
    ],
    detail: null,
  }
}

/** The article at `index`; throws when there is none. */
export function articleOf(creator: CreatorSnapshot, index = 0): CatalogResource {
  const resource = creator.resources[index]
  if (resource === undefined) throw new RangeError(`no article ${index}`)
  return resource
}

/** Input of `issueChallenge` for a program that holds nothing. */
export function askFor(creator: CreatorSnapshot, more: Partial<IssueInput> = {}): IssueInput {
  const resource = more.resource ?? articleOf(creator)
  return {
    creator,
    resource,
    offer: resource.offers[0],
    channel: 'http',
    claimHash: null,
    held: null,
    carried: [],
    replaces: null,
    client: { address: '192.0.2.7' },
    ...more,
  }
}

/** A challenge that has to be issued; throws what else was answered. */
export async function issued(world: MoneyWorld, input: IssueInput): Promise<IssuedChallenge> {
  const answer = await issueChallenge(world.issueDeps, input)
  if (answer.kind === 'limited') throw new RangeError(`limited: ${answer.detail}`)
  if (answer.kind === 'settled') throw new RangeError('paid already')
  return answer.challenge
}
