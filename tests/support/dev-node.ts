/** A dev node as its own process in a folder of its own, that a test can pay at, disturb, kill and start again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultPlan } from '#devnode/fault-plan.ts'
import { freePorts } from '#scripts/start/ports.ts'

export interface PaymentAnswer {
  readonly preimage: string
  readonly payment_hash: string
  readonly amount_msat: string
}

export interface TestNode {
  readonly dataDir: string
  /** Id of its process; `null` while it is down. */
  pid(): number | null
  /** `host:port` for gRPC. */
  readonly socket: string
  readonly walletUrl: string
  /** A file the node wrote: `tls.cert`, `invoice.macaroon`, `read.macaroon`, `spend.macaroon`, `log`. */
  read(name: string): Buffer
  /** POST to the demo wallet, whatever it answers. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Pays, and throws what the wallet said when it refuses. */
  pay(invoice: string): Promise<PaymentAnswer>
  /** Changes the fault plan; `closeStreamsNow` is an act. */
  disturb(plan: Partial<FaultPlan> & { closeStreamsNow?: boolean }): Promise<void>
  /** SIGKILL, at once. */
  kill(): Promise<void>
  /** Starts again on the same folder and ports. */
  start(): Promise<void>
  /** Ends the process and removes the folder. */
  close(): Promise<void>
}

const PROGRAM = join(import.meta.dirname, '../../devnode/main.ts')
/** Ends the node with the process of the test, also when that is killed or a set-up failed beside it. */
const LIFELINE = join(import.meta.dirname, '../../scripts/start/lifeline.mjs')
/** A node that is told to end and has not after this long is killed. */
const END_WITHIN_MS = 5_000

/** `dataDir`: a folder that a dev node has left, to go on from; removed at the end like one of its own. */
export async function startTestNode(dataDir = mkdtempSync(join(tmpdir(), 'satstile-devnode-'))): Promise<TestNode> {
  const [port, walletPort] = await freePorts(2)
  const walletUrl = `http://127.0.0.1:${walletPort}`
  const args = [PROGRAM, '--data-dir', dataDir, '--port', String(port), '--wallet-port', String(walletPort)]
  let child: ChildProcess | null = null
  const read = (name: string) => readFileSync(join(dataDir, name))
  const post: TestNode['post'] = (path, body, headers) =>
    fetch(walletUrl + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const stop = async (signal: NodeJS.Signals) => {
    const ending = child
    child = null
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    const late = setTimeout(() => ending.kill('SIGKILL'), END_WITHIN_MS)
    await ended
    clearTimeout(late)
  }
  const node: TestNode = {
    dataDir,
    pid: () => child?.pid ?? null,
    socket: `127.0.0.1:${port}`,
    walletUrl,
    read,
    post,
    async pay(invoice) {
      const response = await post('/pay', { invoice })
      if (!response.ok) throw new TypeError(`the wallet refused: ${await response.text()}`)
      return (await response.json()) as PaymentAnswer
    },
    async disturb(plan) {
      const response = await post('/faults', plan, { 'X-Faults-Key': read('faults.key').toString() })
      if (!response.ok) throw new TypeError(`the fault plan was refused: ${await response.text()}`)
    },
    kill: () => stop('SIGKILL'),
    async start() {
      child = await spawnReady(args)
    },
    async close() {
      await stop('SIGTERM')
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  await node.start()
  return node
}

/** Resolves when the program says `ready`; rejects with what it said when it ends instead. */
async function spawnReady(args: readonly string[]): Promise<ChildProcess> {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, NODE_ENV: 'test' }
  const child = spawn(process.execPath, ['--import', LIFELINE, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      if (/^ready$/m.test(said)) resolve()
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('error', reject)
    child.once('exit', () => reject(new TypeError(`the dev node ended: ${said}`)))
  })
  return child
}
