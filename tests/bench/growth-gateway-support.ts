/** A real gateway beside many creators: what it takes, and how long readers of one of them wait meanwhile. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readChallenges } from '#lib/l402/challenge.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import type { TokenId } from '#lib/l402/identifier.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { insertDenials } from '#lib/paywall/tokens/deny-store.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { createSeller, publishSeed } from '#tests/support/articles.ts'
import { startTestNode, type TestNode } from '#tests/support/dev-node.ts'
import { tokenIdOf } from '#tests/support/token-id.ts'
import { until } from '#tests/support/until.ts'
import { LARGEST, SHOP, type Size } from './growth-sizes-support.ts'
import type { BenchDatabase } from './growth-support.ts'
import { beginGateway, cpuUs, familyCpuUs, machineCpuUs, memoryMb, type Program, quantile } from './load-support.ts'
import type { Deed } from './neighbour-worker.ts'

/** What was measured, by name, in the unit that the name tells. */
export type Figures = Map<string, number>

export interface GatewayPlan {
  readonly size: Size
  /** Where content is kept. */
  readonly folder: string
  readonly idleSeconds: number
  readonly onStep: (step: string) => void
}

/** A gateway of its own process, with what two readers bought there: the second one's token will be revoked. */
interface Shop {
  readonly program: Program
  readonly creatorId: string
  readonly reader: string
  readonly revoked: { readonly authorization: string; readonly tokenId: TokenId }
}

const READS_MS = 4
const QUIET_SECONDS = 6
const ROUNDS = 6
const ROUND_SECONDS = 4
const CALM_ROUNDS = 3

export async function measureGateway(database: BenchDatabase, plan: GatewayPlan, figures: Figures): Promise<void> {
  const node = await startTestNode()
  const [port = 0] = await freePorts(1)
  const contentFolder = join(plan.folder, `content-${plan.size.name}`)
  mkdirSync(contentFolder, { recursive: true })
  let program: Program | null = null
  try {
    const creatorId = await ensureShop(database, contentFolder)
    const files = { cert: join(node.dataDir, 'tls.cert'), macaroon: join(node.dataDir, 'invoice.macaroon') }
    program = await beginGateway({
      ...{ port, contentFolder, databaseUrl: database.gateUrl, node: { socket: node.socket, ...files } },
    })
    const [reader, revoked] = [await buy(program, node), await buy(program, node)]
    const shop = { program, creatorId, reader: reader.authorization, revoked }
    await measureMemory(shop, plan, figures)
    await measureIdle(shop, { ...plan, postmaster: database.postmaster }, figures)
    await measureFifth(shop, { ...database, ...plan }, figures)
    await measureNeighbours(shop, { ...database, ...plan }, figures)
    figures.set('memory of the gateway at the end, MB', memoryMb(program.pid))
  } finally {
    program?.end()
    await node.close()
  }
}

async function ensureShop(database: BenchDatabase, contentFolder: string): Promise<string> {
  const there = await database.owner.client.creator.findUnique({ where: { handle: SHOP }, select: { id: true } })
  const creatorId = there?.id ?? (await createSeller(database, SHOP))
  const article = { creatorId, contentFolder, title: 'Tides', sats: 210, sentences: 150 }
  if ((await database.owner.client.article.count({ where: { creatorId } })) === 0) await publishSeed(database, article)
  return creatorId
}

interface Reply {
  readonly status: number
  readonly text: string
  readonly challenge: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

function ask(
  { port }: Pick<Program, 'port'>,
  handle: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const host = { Host: `${handle}.localhost:${port}` }
    const req = httpRequest({ host: '127.0.0.1', port, path, agent, headers: { ...host, ...headers } }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          text: Buffer.concat(chunks).toString(),
          challenge: String(res.headers['www-authenticate']),
        }),
      )
    })
    req.once('error', reject)
    req.end()
  })
}

const readArticle = (program: Program, authorization: string) =>
  ask(program, SHOP, '/tides', { Authorization: authorization })

async function buy(program: Program, node: TestNode): Promise<Shop['revoked']> {
  const { status, challenge } = await ask(program, SHOP, '/tides')
  const read = readChallenges([challenge])
  if (read.kind === 'fault') throw new TypeError(`no challenge: ${status}`)
  const { preimage } = await node.pay(read.invoice)
  const authorization = `L402 ${formatCredential(read.macaroon, Buffer.from(preimage, 'hex'))}`
  return { authorization, tokenId: tokenIdOf(read.macaroon) }
}

/** One paid read each few milliseconds, whether the one before was answered or not; how long each took, in ms. */
async function readSteadily({ program, reader }: Shop, seconds: number): Promise<number[]> {
  const startedAt = performance.now()
  const reads: Promise<number>[] = []
  while (performance.now() < startedAt + seconds * 1000) {
    const due = Math.floor((performance.now() - startedAt) / READS_MS)
    while (reads.length < due) reads.push(timeRead(program, reader))
    await pause(1)
  }
  return Promise.all(reads)
}

async function timeRead(program: Program, authorization: string): Promise<number> {
  const sentAt = performance.now()
  const { status } = await readArticle(program, authorization)
  if (status !== 200) throw new TypeError(`a paid read was answered by ${status}`)
  return performance.now() - sentAt
}

const p99 = (latencies: readonly number[]) => quantile(latencies, 0.99)

async function measureMemory(shop: Shop, { size, onStep }: GatewayPlan, figures: Figures): Promise<void> {
  onStep('a gateway that knows nobody else')
  await readSteadily(shop, 2)
  figures.set('paid read, no other creator known, p99 ms', p99(await readSteadily(shop, QUIET_SECONDS)))
  figures.set('memory of the gateway, no other creator known, MB', memoryMb(shop.program.pid))
  onStep('asking every creator')
  const startedAt = performance.now()
  let next = 1
  const walk = async () => {
    while (next <= size.creators) {
      const handle = `c${next}`
      next += 1
      const { status } = await ask(shop.program, handle, '/llms.txt')
      if (status !== 200) throw new TypeError(`${handle} answered ${status}`)
    }
  }
  const [latencies] = await Promise.all([readWhile(shop, Promise.all(Array.from({ length: 12 }, walk)))])
  figures.set('asking every creator once, s', (performance.now() - startedAt) / 1000)
  figures.set('paid read meanwhile, p99 ms', p99(latencies))
  onStep('a gateway that was asked for all of them')
  await pause(2_000)
  figures.set('memory of the gateway, all creators asked, MB', memoryMb(shop.program.pid))
  figures.set('paid read, all creators asked, p99 ms', p99(await readSteadily(shop, QUIET_SECONDS)))
}

/** Reads until `work` is done. */
async function readWhile(shop: Shop, work: Promise<unknown>): Promise<number[]> {
  let isDone = false
  const ended = work.finally(() => {
    isDone = true
  })
  const latencies: number[] = []
  while (!isDone) latencies.push(...(await readSteadily(shop, 0.5)))
  await ended
  return latencies
}

async function measureIdle(
  { program }: Shop,
  { idleSeconds, postmaster }: GatewayPlan & { postmaster: number },
  figures: Figures,
): Promise<void> {
  await pause(1_000)
  const before = [cpuUs(program.pid), familyCpuUs(postmaster)] as const
  await pause(idleSeconds * 1000)
  figures.set('idle, CPU of the gateway, ms/s', (cpuUs(program.pid) - before[0]) / 1000 / idleSeconds)
  figures.set('idle, CPU of Postgres, ms/s', (familyCpuUs(postmaster) - before[1]) / 1000 / idleSeconds)
}

/** A fifth of all creators change in one moment, and one token is withdrawn. */
async function measureFifth(shop: Shop, { owner, size }: BenchDatabase & GatewayPlan, figures: Figures): Promise<void> {
  const { program, creatorId, revoked } = shop
  if ((await readArticle(program, revoked.authorization)).status !== 200) throw new TypeError('revoked too early')
  const name = `Changed at ${Date.now()}`
  const sample = Array.from({ length: 20 }, (_, n) => `c${Math.floor((size.creators / 100) * (n + 1)) * 5}`)
  const reading = readSteadily(shop, QUIET_SECONDS)
  await owner.inTransaction(async (tx) => {
    await tx.$executeRaw`update creator set change_number = change_number + 1, name = ${name} where right(id, 1) in ('0', '5') and handle <> ${SHOP}`
    const changeNumber = await raiseChangeNumber(tx, creatorId)
    const denials = [{ kind: 'token', subject: revoked.tokenId, service: '' }] as const
    await insertDenials(tx, { creatorId, changeNumber, denials })
  })
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  const wait = { withinMs: 120_000, everyMs: 10 }
  const isRefused = async () => (await readArticle(program, revoked.authorization)).status === 402
  await until('the token is refused', isRefused, wait)
  figures.set('a revocation while a fifth change, ms', seconds() * 1000)
  for (const handle of sample) {
    const isNew = async () => (await ask(program, handle, '/llms.txt')).text.startsWith(`# ${name}`)
    await until('the change is known', isNew, wait)
  }
  figures.set('a fifth of the creators known again, s', seconds())
  figures.set('paid read while a fifth change, p99 ms', p99(await reading))
}

/** What readers waited in one round, and how many processors everything else on this machine took meanwhile. */
interface Round {
  readonly p99Ms: number
  readonly others: number
}

async function readRound(shop: Shop, postmaster: number): Promise<Round> {
  const own = () => cpuUs(shop.program.pid) + familyCpuUs(postmaster) + cpuUs(process.pid)
  const [ownBefore, machineBefore, startedAt] = [own(), machineCpuUs(), performance.now()]
  const latencies = await readSteadily(shop, ROUND_SECONDS)
  const wallUs = (performance.now() - startedAt) * 1000
  return { p99Ms: p99(latencies), others: (machineCpuUs() - machineBefore - (own() - ownBefore)) / wallUs }
}

/** Of the rounds with the shortest waits: what is measured happens each second, so in every one, and a busy machine only in some. */
function sumUp(rounds: readonly Round[]): Round {
  const calm = rounds.toSorted((a, b) => a.p99Ms - b.p99Ms).slice(0, CALM_ROUNDS)
  return {
    p99Ms: quantile(
      calm.map(({ p99Ms }) => p99Ms),
      0.5,
    ),
    others: Math.max(...calm.map(({ others }) => others)),
  }
}

const NEIGHBOURS: readonly (readonly [string, Deed])[] = [
  ['lists of most articles asked for', { handle: LARGEST }],
  ['another changes each second', { handle: 'c2', priced: { creatorId: 'c2', resourceId: 'res_only_2' } }],
  ['both at the same creator', { handle: LARGEST, priced: { creatorId: LARGEST, resourceId: 'res_1' } }],
]

/** What other creators do to the readers of this one, in turn with nothing. */
async function measureNeighbours(shop: Shop, database: BenchDatabase & GatewayPlan, figures: Figures): Promise<void> {
  const { program } = shop
  const worker = fork(join(import.meta.dirname, 'neighbour-worker.ts'), [database.webUrl, String(program.port)])
  const act = async (deed: Deed) => {
    worker.send(deed)
    await once(worker, 'message')
  }
  const quiet: Round[] = []
  const disturbed = NEIGHBOURS.map((): Round[] => [])
  for (let round = 0; round < ROUNDS; round += 1) {
    quiet.push(await readRound(shop, database.postmaster))
    for (const [n, [, deed]] of NEIGHBOURS.entries()) {
      const acting = eachSecond(ROUND_SECONDS, () => act(deed))
      disturbed[n]?.push(await readRound(shop, database.postmaster))
      await acting
    }
  }
  worker.kill()
  const alone = sumUp(quiet)
  figures.set('paid read, nobody disturbs, p99 ms', alone.p99Ms)
  figures.set('paid read, nobody disturbs, other programs, processors', alone.others)
  for (const [n, [name]] of NEIGHBOURS.entries()) {
    const { p99Ms, others } = sumUp(disturbed[n] ?? [])
    figures.set(`paid read, ${name}, p99 ms`, p99Ms)
    figures.set(`paid read, ${name}, times as long`, p99Ms / alone.p99Ms)
    figures.set(`paid read, ${name}, other programs, processors`, others)
  }
  const before = (await ask(program, LARGEST, '/llms.txt')).text
  const price = String(100 + (Date.now() % 1_000_000))
  await setPrice({ db: database.web }, { creatorId: LARGEST, resourceId: 'res_1', price })
  const startedAt = performance.now()
  const isNew = async () => (await ask(program, LARGEST, '/llms.txt')).text !== before
  await until('the price is known', isNew, { everyMs: 5 })
  figures.set('a price of the creator with most articles, ms', performance.now() - startedAt)
}

async function eachSecond(seconds: number, act: () => Promise<unknown>): Promise<void> {
  for (let n = 0; n < seconds; n += 1) await Promise.all([act(), pause(1_000)])
}
