/** Brings a node up from its folder: identity and macaroons made once, the log replayed, both doors open. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { createTlsIdentity, type TlsIdentity } from './certificate.ts'
import { createFaults } from './fault-plan.ts'
import { lockFolder } from './folder-lock.ts'
import { openJournal } from './journal.ts'
import { applyRecord, emptyLedger, type LogRecord } from './ledger.ts'
import { MACAROON_FILES, writeMacaroon } from './macaroon.ts'
import { cancelExpired, createNode, type NodeKeys } from './node.ts'
import { resolvePayments } from './payments.ts'
import { startRpc } from './rpc.ts'
import { startWallet } from './wallet.ts'

interface StartOptions {
  readonly dataDir: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly walletPort: number
  /** The log cannot be written any more: nothing may be answered from here on. */
  readonly onFailure: (cause: unknown) => void
}

interface RunningNode {
  readonly port: number
  readonly walletPort: number
  close(): Promise<void>
}

/** What the two sides of the one channel begin with: a wallet that can buy for long, a node that can pay out. */
const FIRST_LOCAL_MSAT = 100_000_000n * 1000n
const FIRST_REMOTE_MSAT = 1_000_000_000n * 1000n
const CERTIFICATE_YEARS = 10
const TICK_MS = 1000
const SECRET = { mode: 0o600 }

export async function startNode(options: StartOptions): Promise<RunningNode> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const unlock = await lockFolder(options.dataDir)
  const { journal, records } = await openJournal<LogRecord>(join(options.dataDir, 'log'), options)
  const ledger = emptyLedger()
  if (records.length === 0) {
    const born = newNodeRecord()
    records.push(born)
    await journal.append(born)
  }
  for (const record of records) applyRecord(ledger, record)
  const node = createNode({ ledger, journal, keys: keysOf(records[0]), faults: createFaults(), nowMs: Date.now })
  const tls = await findOrCreateTls(options.dataDir)
  await writeMacaroons(options.dataDir, node.keys.rootKey)
  const controlKey = await findOrCreateControlKey(options.dataDir)
  const rpc = await startRpc(node, { host: options.host, port: options.port, tls })
  const { host, walletPort } = options
  const wallet = await startWallet({ node, rpc, host, port: walletPort, controlKey, font: findFont() })
  const tick = setInterval(() => {
    Promise.all([cancelExpired(node), resolvePayments(node)]).catch(options.onFailure)
  }, TICK_MS)
  return {
    port: rpc.port,
    walletPort: wallet.port,
    async close() {
      clearInterval(tick)
      await Promise.all([rpc.close(), wallet.close()])
      await journal.close()
      await unlock()
    },
  }
}

function newNodeRecord(): LogRecord {
  return {
    type: 'node',
    nodeSecret: randomBytes(32).toString('hex'),
    walletSecret: randomBytes(32).toString('hex'),
    rootKey: randomBytes(32).toString('hex'),
    localMsat: String(FIRST_LOCAL_MSAT),
    remoteMsat: String(FIRST_REMOTE_MSAT),
  }
}

function keysOf(first: LogRecord | undefined): NodeKeys {
  if (first?.type !== 'node')
    throw new TypeError('the log does not begin with the node itself; it is not a dev node log')
  const bytes = (hex: string) => Buffer.from(hex, 'hex')
  return {
    nodeSecret: bytes(first.nodeSecret),
    walletSecret: bytes(first.walletSecret),
    rootKey: bytes(first.rootKey),
  }
}

/** Made once: clients pin the certificate. */
async function findOrCreateTls(dataDir: string): Promise<TlsIdentity> {
  const certFile = join(dataDir, 'tls.cert')
  const keyFile = join(dataDir, 'tls.key')
  if (existsSync(certFile) && existsSync(keyFile)) {
    return { certPem: readFileSync(certFile, 'utf8'), keyPem: readFileSync(keyFile, 'utf8') }
  }
  const tls = createTlsIdentity(['localhost'], { now: new Date(), years: CERTIFICATE_YEARS })
  await writeFileAtomic(keyFile, tls.keyPem, SECRET)
  await writeFileAtomic(certFile, tls.certPem, SECRET)
  return tls
}

async function findOrCreateControlKey(dataDir: string): Promise<string> {
  const file = join(dataDir, 'faults.key')
  if (!existsSync(file)) await writeFileAtomic(file, randomBytes(32).toString('hex'), SECRET)
  return readFileSync(file, 'utf8')
}

async function writeMacaroons(dataDir: string, rootKey: Buffer): Promise<void> {
  for (const [name, rights] of Object.entries(MACAROON_FILES)) {
    await writeFileAtomic(join(dataDir, name), writeMacaroon(rootKey, rights), SECRET)
  }
}

/** The interface font is a nicety: without it the page uses the system's. */
function findFont(): Buffer | null {
  try {
    const name = '@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2'
    return readFileSync(createRequire(import.meta.url).resolve(name))
  } catch {
    return null
  }
}
