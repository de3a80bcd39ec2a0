/** Challenges of a real gateway beside what its Lightning node can make by itself: `npm run bench -- challenge`. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { formatMemo } from '#lib/paywall/challenges/request-invoice.ts'
import { ensureLndBuilt } from '#scripts/lnd/build-lnd.ts'
import { startLndNetwork } from '#scripts/lnd/network.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { createSeller, publishSeed } from '#tests/support/articles.ts'
import { ensureCluster } from '#tests/support/cluster.ts'
import { openTestDatabase } from '#tests/support/database.ts'
import { startTestNode } from '#tests/support/dev-node.ts'
import type { Order } from './add-invoice-worker.ts'
import {
  beginGateway,
  cpuUs,
  familyCpuUs,
  type Load,
  load,
  machineCpuUs,
  type Program,
  quantile,
} from './load-support.ts'

const HELP = `Usage: npm run bench -- challenge [options]

Unpaid requests to a real gateway (each a new invoice and a committed row), and in turn with them AddInvoice at the same
node by a client that does nothing else. CPU is user and system time per challenge; Postgres is all of its processes.

  --lnd              real lnd: starts one on a chain of its own (built with Go the first time), unless --socket names one
  --socket HOST:PORT that lnd; with --cert FILE and --macaroon FILE (info:read, invoices:read, invoices:write), and --pid N
                     to have its CPU measured
  --connections LIST at once, default 32,64
  --seconds N        of each round, default 5
  --rounds N         that count, default 3, after one to warm up: those in which other programs took least. Further ones
                     follow, at most five times as many, until that many were quiet
  --wait N           seconds at most that each round waits until the machine is quiet, default 10
  --profile FOLDER   where the gateway leaves a CPU profile
  --help             this text

Without --lnd the node is the dev node.`

const { values } = parseArgs({
  options: {
    lnd: { type: 'boolean', default: false },
    socket: { type: 'string' },
    cert: { type: 'string', default: '' },
    macaroon: { type: 'string', default: '' },
    pid: { type: 'string' },
    connections: { type: 'string', default: '32,64' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    wait: { type: 'string', default: '10' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const SECONDS = Number(values.seconds)
const SATS = 210
const EXPIRY_SECONDS = 900
const folder = mkdtempSync(join(tmpdir(), 'satstile-bench-'))

interface Node {
  readonly name: string
  readonly socket: string
  readonly cert: string
  readonly macaroon: string
  /** `null`: its CPU cannot be measured. */
  readonly pid: number | null
  stop(): Promise<void>
}

async function openNode(): Promise<Node> {
  if (values.socket !== undefined) {
    const { socket, cert, macaroon, pid } = values
    return {
      name: 'lnd',
      socket,
      cert,
      macaroon,
      pid: pid === undefined ? null : Number(pid),
      stop: async () => undefined,
    }
  }
  if (!values.lnd) {
    const { socket, dataDir, pid, close } = await startTestNode()
    return { name: 'dev node', socket, pid: pid(), stop: close, ...filesOf(dataDir) }
  }
  await ensureLndBuilt(console.log)
  const network = await startLndNetwork({ folder: join(folder, 'lnd'), nodes: 1, onStep: console.log })
  const { socket, pid, folder: nodeFolder } = network.shop
  return { name: 'lnd', socket, pid, stop: network.stop, ...filesOf(nodeFolder) }
}

const filesOf = (dir: string) => ({ cert: join(dir, 'tls.cert'), macaroon: join(dir, 'invoice.macaroon') })

/** What took CPU while something was measured. */
type Meters = Readonly<Record<string, () => number>>

interface Round {
  readonly load: Load
  /** Microseconds of all of it, by the names of the meters. */
  readonly spentUs: Readonly<Record<string, number>>
  /** What everything else on this machine took meanwhile, in processors. */
  readonly others: number
}

async function meter(meters: Meters, work: () => Promise<Load>): Promise<Round> {
  const before = Object.entries(meters).map(([name, read]) => [name, read, read()] as const)
  const machineBefore = machineCpuUs()
  const startedAt = performance.now()
  const measured = await work()
  const wallUs = (performance.now() - startedAt) * 1000
  const machineUs = machineCpuUs() - machineBefore
  const spentUs = Object.fromEntries(before.map(([name, read, then]) => [name, read() - then]))
  const ownUs = Object.values(spentUs).reduce((sum, us) => sum + us, 0)
  return { load: measured, spentUs, others: Math.max(0, machineUs - ownUs) / wallUs }
}

interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuUs: Readonly<Record<string, number>>
  readonly others: number
}

function sumUp(rounds: readonly Round[]): Figures {
  const latencies = rounds.flatMap(({ load }) => load.latenciesMs)
  const seconds = rounds.reduce((sum, { load }) => sum + load.seconds, 0)
  const names = Object.keys(rounds[0]?.spentUs ?? {})
  const spent = (name: string) => rounds.reduce((sum, { spentUs }) => sum + (spentUs[name] ?? 0), 0)
  return {
    perSecond: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuUs: Object.fromEntries(names.map((name) => [name, spent(name) / latencies.length])),
    others: rounds.reduce((sum, { others }) => sum + others, 0) / rounds.length,
  }
}

/** Processors that others may take in a round that counts as quiet; lnd's own btcd and the kernel are in it. */
const QUIET = 0.2
const PATIENCE = 5

/** Half a second in which the machine did hardly anything, or the end of our patience. */
async function waitForQuiet(): Promise<void> {
  const end = performance.now() + Number(values.wait) * 1000
  while (performance.now() < end) {
    const round = await meter({}, () => pause(500, { seconds: 0.5, latenciesMs: [] }))
    if (round.others < QUIET) return
  }
}

/** Both in turn, so that whatever else the machine does hits both alike; the first round of each warms up. */
async function compare(
  connections: number,
  sides: { alone: (connections: number) => Promise<Round>; gateway: (connections: number) => Promise<Round> },
): Promise<{ alone: Figures; gateway: Figures }> {
  const wanted = Number(values.rounds)
  const pairs: { alone: Round; gateway: Round }[] = []
  const loudness = ({ alone, gateway }: { alone: Round; gateway: Round }) => Math.max(alone.others, gateway.others)
  const isEnough = () =>
    pairs.length > PATIENCE * wanted || pairs.slice(1).filter((pair) => loudness(pair) < QUIET).length >= wanted
  while (!isEnough()) {
    await waitForQuiet()
    pairs.push({ alone: await sides.alone(connections), gateway: await sides.gateway(connections) })
  }
  const counted = pairs
    .slice(1)
    .toSorted((a, b) => loudness(a) - loudness(b))
    .slice(0, wanted)
  return { alone: sumUp(counted.map(({ alone }) => alone)), gateway: sumUp(counted.map(({ gateway }) => gateway)) }
}

function print(connections: number, name: string, { alone, gateway }: { alone: Figures; gateway: Figures }): void {
  const row = (title: string, { perSecond, p50Ms, p99Ms, cpuUs: spent, others }: Figures) => {
    const cpu = [
      ...Object.entries(spent).map(([who, us]) => `${who} ${us.toFixed(0)}`),
      `(others ${others.toFixed(2)} cores)`,
    ]
    const cells = [perSecond.toFixed(0).padStart(7), p50Ms.toFixed(1).padStart(7), p99Ms.toFixed(1).padStart(7)]
    console.log(`${title.padEnd(18)}${cells.join('  ')}  ${cpu.join(', ')}`)
  }
  console.log(`\n${connections} at once     a second   p50 ms   p99 ms  CPU us each`)
  row(`${name} alone`, alone)
  row('gateway', gateway)
  const rate = (gateway.perSecond / alone.perSecond).toFixed(2)
  console.log(`gateway/${name}: ${rate} of the rate, p99 ${(gateway.p99Ms / alone.p99Ms).toFixed(2)} times`)
}

async function openShop(database: Awaited<ReturnType<typeof openTestDatabase>>) {
  const creatorId = await createSeller(database, 'harbor')
  const contentFolder = join(folder, 'content')
  const { service } = await publishSeed(database, {
    creatorId,
    contentFolder,
    title: 'Tides',
    sats: SATS,
    sentences: 150,
  })
  return { contentFolder, memo: formatMemo({ service, title: 'Tides' }) }
}

async function beginClient({ socket, cert, macaroon }: Node): Promise<ChildProcess> {
  const client = fork(join(import.meta.dirname, 'add-invoice-worker.ts'), [socket, cert, macaroon], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  if (client.stdout !== null) await once(client.stdout, 'data')
  return client
}

async function main(): Promise<void> {
  if (values.help) return console.log(HELP)
  const [database, node, [port = 0]] = await Promise.all([openTestDatabase(), openNode(), freePorts(1)])
  const { folder: clusterFolder } = await ensureCluster()
  const postmaster = Number(readFileSync(join(clusterFolder, 'cluster/postmaster.pid'), 'utf8').split('\n')[0])
  let gateway: Program | null = null
  let client: ChildProcess | null = null
  try {
    const { contentFolder, memo } = await openShop(database)
    gateway = await beginGateway({ port, databaseUrl: database.gateUrl, contentFolder, node, profile: values.profile })
    client = await beginClient(node)
    await measure({ node, gateway, client, postmaster, memo })
  } finally {
    client?.disconnect()
    gateway?.end()
    await node.stop()
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(parts: {
  node: Node
  gateway: Program
  client: ChildProcess
  postmaster: number
  memo: string
}): Promise<void> {
  const { node, gateway, client, postmaster, memo } = parts
  const nodeMeter: Meters = node.pid === null ? {} : { [node.name]: () => cpuUs(node.pid ?? 0) }
  const invoice = { memo, value_msat: String(SATS * 1000), expiry: String(EXPIRY_SECONDS) }
  const alone = (connections: number) =>
    meter({ ...nodeMeter, client: () => cpuUs(client.pid ?? 0) }, async () => {
      client.send({ connections, seconds: SECONDS, invoice } satisfies Order)
      const [answer] = await once(client, 'message')
      return answer as Load
    })
  const meters = {
    gateway: () => cpuUs(gateway.pid),
    postgres: () => familyCpuUs(postmaster),
    ...nodeMeter,
    load: () => cpuUs(process.pid),
  }
  const headers = { Host: `harbor.localhost:${gateway.port}` }
  const throughGateway = (connections: number) =>
    meter(meters, () => load(gateway, { headers, status: 402, connections, seconds: SECONDS }))
  console.log(
    `${values.rounds} rounds of ${SECONDS} s each, in turn, after one to warm up; everything on the same cores`,
  )
  for (const connections of values.connections.split(',').map(Number)) {
    print(connections, node.name, await compare(connections, { alone, gateway: throughGateway }))
  }
}

await main()
