/** The payouts' process beside a test's database and node, as `npm start` runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestDatabase } from './database.ts'
import type { TestNode } from './dev-node.ts'
import { PAYOUT_KEYS } from './web.ts'

const PROGRAM = join(import.meta.dirname, '../../workers/main.ts')

export function startPayoutsProcess(
  { database, node }: { database: TestDatabase; node: TestNode },
  env: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, [PROGRAM, 'payouts'], {
    stdio: 'ignore',
    env: {
      ...{ PATH: process.env.PATH ?? '', NODE_ENV: 'test', SATSTILE_MODE: 'development' },
      ...{
        DATABASE_URL_PAYOUTS: database.payoutsUrl,
        PAYOUT_OPEN_KEYS: PAYOUT_KEYS.open,
        PAYOUT_COOLDOWN_SECONDS: '0',
      },
      ...{ LND_SOCKET: node.socket, LND_TLS_CERT: join(node.dataDir, 'tls.cert') },
      LND_SPEND_MACAROON: join(node.dataDir, 'spend.macaroon'),
      ...env,
    },
  })
}

export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
