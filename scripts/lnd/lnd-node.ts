/** One lnd on the regtest chain of a btcd, with macaroons of one right each beside its certificate. */
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Stop } from '#scripts/start/stop.ts'
import type { BtcdAddress } from './btcd.ts'
import { lndProgram } from './build-lnd.ts'
import { startGuardedServer } from './guarded-server.ts'

const START_MS = 60_000

/** Rights of the macaroons that our processes get, under the names that the dev node gives its own. */
const MACAROONS = {
  'invoice.macaroon': ['info:read', 'invoices:read', 'invoices:write'],
  'read.macaroon': ['info:read', 'invoices:read'],
  'spend.macaroon': ['info:read', 'invoices:read', 'offchain:read', 'offchain:write'],
} as const

export interface LndNode {
  readonly name: string
  readonly pid: number
  /** `host:port` for gRPC. */
  readonly socket: string
  /** `host:port` for other nodes. */
  readonly peerAddress: string
  /** Holds the macaroons of `MACAROONS`. */
  readonly folder: string
  readonly certFile: string
  /** Runs lncli with every right and answers what it printed, parsed; rejects with what it said otherwise. */
  lncli(...args: readonly string[]): Promise<Record<string, unknown>>
  stop(): Promise<void>
}

export interface LndPlan {
  readonly name: string
  readonly folder: string
  readonly rpcPort: number
  readonly peerPort: number
  readonly btcd: BtcdAddress
}

/** Resolves when its wallet answers; its server of payments follows once `untilSynced` says so. */
export async function startLnd(plan: LndPlan): Promise<LndNode> {
  mkdirSync(plan.folder, { recursive: true })
  const server = await startGuardedServer(plan.name, {
    program: lndProgram('lnd'),
    arguments: flagsOf(plan),
    logFile: join(plan.folder, 'lnd.log'),
  })
  const socket = `127.0.0.1:${plan.rpcPort}`
  const lncli: LndNode['lncli'] = (...args) => runLncli([`--lnddir=${plan.folder}`, `--rpcserver=${socket}`, ...args])
  await server.untilReady(
    () =>
      lncli('state').then(
        ({ state }) => /ACTIVE/.test(String(state)),
        () => false,
      ),
    START_MS,
  )
  return {
    name: plan.name,
    pid: server.pid,
    socket,
    peerAddress: `127.0.0.1:${plan.peerPort}`,
    folder: plan.folder,
    certFile: join(plan.folder, 'tls.cert'),
    lncli,
    stop: () => server.stop(),
  }
}

function flagsOf({ folder, rpcPort, peerPort, btcd }: LndPlan): string[] {
  return [
    `--lnddir=${folder}`,
    `--rpclisten=127.0.0.1:${rpcPort}`,
    `--listen=127.0.0.1:${peerPort}`,
    '--noseedbackup',
    '--norest',
    '--nobootstrap',
    '--trickledelay=50',
    '--bitcoin.regtest',
    '--bitcoin.node=btcd',
    `--btcd.rpchost=127.0.0.1:${btcd.rpcPort}`,
    `--btcd.rpcuser=${btcd.user}`,
    `--btcd.rpcpass=${btcd.password}`,
    `--btcd.rpccert=${btcd.certFile}`,
  ]
}

/** Waits until the node has read the whole chain and serves payments. */
export async function untilSynced(node: LndNode): Promise<void> {
  await waitFor(`${node.name} serves payments`, async () => {
    const { state } = await node.lncli('state')
    return state === 'SERVER_ACTIVE' && (await node.lncli('getinfo')).synced_to_chain === true
  })
}

/** Bakes the macaroons of one right each into the node's folder. */
export async function bakeMacaroons(node: LndNode): Promise<void> {
  for (const [file, rights] of Object.entries(MACAROONS)) {
    await node.lncli('bakemacaroon', `--save_to=${join(node.folder, file)}`, ...rights)
  }
}

const WAIT_MS = 60_000
const POLL_MS = 100

export async function waitFor(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Stop(`Waited ${WAIT_MS / 1000} s in vain until ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function runLncli(args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(lndProgram('lncli'), ['--network=regtest', ...args])
  return stdout.trimStart().startsWith('{') ? JSON.parse(stdout) : {}
}
