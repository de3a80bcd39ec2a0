/** How each part that a process needs is asked whether it is there. */
import type { Db } from './db.ts'
import { Fault } from './errors.ts'
import { asPaymentHash } from './l402/preimage.ts'
import type { LightningBackend } from './lightning/backend.ts'
import { isAnyGatewayLive } from './paywall/challenges/live-gateway-store.ts'
import { isAnyWorkerLive } from './paywall/live-worker-store.ts'

/** Five signs of theirs. */
const GONE_MS = 10_000
/** Nobody's: what matters is that the node answers. */
const NO_INVOICE = asPaymentHash(new Uint8Array(32))

/** Who reads the signs of others from Postgres says nothing of them while that is down: it is told by itself. */
export function checkDatabase(db: Db): () => Promise<void> {
  return () => db.ping()
}

export function checkNode(backend: LightningBackend): () => Promise<void> {
  return async () => void (await backend.lookupInvoice(NO_INVOICE))
}

export function checkWorkers(db: Db): () => Promise<void> {
  return () => assertLive(isAnyWorkerLive(db.client, GONE_MS))
}

export function checkGateways(db: Db): () => Promise<void> {
  return () => assertLive(isAnyGatewayLive(db.client, GONE_MS))
}

async function assertLive(asked: Promise<boolean>): Promise<void> {
  const isLive = await asked.catch(() => true)
  if (!isLive) throw new Fault('database.unavailable', 'nobody gave a sign of life')
}
