/** A bitcoin regtest chain of its own, kept by one btcd on loopback. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { lndProgram } from './build-lnd.ts'
import { type GuardedServer, startGuardedServer } from './guarded-server.ts'

const START_MS = 30_000

/** Where and how lnd reaches it. */
export interface BtcdAddress {
  readonly folder: string
  readonly rpcPort: number
  readonly user: string
  readonly password: string
  readonly certFile: string
}

export interface Btcd {
  readonly address: BtcdAddress
  /** Mines at once; the coins go to the address given by `payMinerTo`. */
  mine(blocks: number): Promise<void>
  /** Names the address that mined coins go to, by a restart: btcd takes it as a flag only. */
  payMinerTo(address: string): Promise<void>
  /** How many transactions wait for a block. */
  countWaiting(): Promise<number>
  stop(): Promise<void>
}

export async function startBtcd(folder: string, rpcPort: number): Promise<Btcd> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'btcd.conf'), '')
  const address = {
    folder,
    rpcPort,
    user: 'satstile',
    password: randomBytes(16).toString('hex'),
    certFile: join(folder, 'rpc.cert'),
  }
  let server = await run(address, NOBODY)
  return {
    address,
    async mine(blocks) {
      await call(address, 'generate', [blocks])
    },
    async payMinerTo(minerAddress) {
      await server.stop()
      server = await run(address, minerAddress)
    },
    async countWaiting() {
      const waiting = await call(address, 'getrawmempool', [])
      return Array.isArray(waiting) ? waiting.length : 0
    },
    stop: () => server.stop(),
  }
}

/** A valid regtest address whose key nobody looks for: the hash of a public key that is all zeros. */
const NOBODY = 'mfWxJ45yp2SFn7UciZyNpvDKrzbhyfKrY8'

async function run(address: BtcdAddress, minerAddress: string): Promise<GuardedServer> {
  const { folder, rpcPort, user, password } = address
  const server = await startGuardedServer('btcd', {
    program: lndProgram('btcd'),
    arguments: [
      '--regtest',
      '--txindex',
      '--nodnsseed',
      '--nolisten',
      `--datadir=${join(folder, 'data')}`,
      `--logdir=${join(folder, 'logs')}`,
      `--rpccert=${address.certFile}`,
      `--rpckey=${join(folder, 'rpc.key')}`,
      `--configfile=${join(folder, 'btcd.conf')}`,
      `--rpclisten=127.0.0.1:${rpcPort}`,
      `--rpcuser=${user}`,
      `--rpcpass=${password}`,
      `--miningaddr=${minerAddress}`,
    ],
    logFile: join(folder, 'btcd.log'),
  })
  const answers = async () =>
    existsSync(address.certFile) &&
    (await call(address, 'getblockcount', []).then(
      () => true,
      () => false,
    ))
  await server.untilReady(answers, START_MS)
  return server
}

/** One call of btcd's JSON-RPC; rejects when there is no answer, or it is an error. */
function call(address: BtcdAddress, method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '1.0', id: 1, method, params })
  return new Promise((resolve, reject) => {
    const req = request(
      {
        host: '127.0.0.1',
        port: address.rpcPort,
        method: 'POST',
        auth: `${address.user}:${address.password}`,
        ca: readFileSync(address.certFile),
        servername: 'localhost',
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
        agent: false,
      },
      (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          if (res.statusCode !== 200) return reject(new TypeError(`btcd's ${method}: ${res.statusCode} ${text}`))
          const { result, error } = JSON.parse(text) as { result: unknown; error: unknown }
          if (error === null || error === undefined) resolve(result)
          else reject(new TypeError(`btcd's ${method}: ${JSON.stringify(error)}`))
        })
      },
    )
    req.once('error', reject)
    req.end(body)
  })
}
