/** `run.json` in the data folder: where this copy answers and which processes it consists of, for people's scripts and for tests. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'

export interface RunFacts {
  /** Base URLs without a slash at the end. */
  readonly app: string
  readonly gateway: string
  /** The second door, when one was asked for. */
  readonly door?: string
  /** The demo wallet; absent in production. */
  readonly wallet?: string
  /** Demo articles on the creator's host; none in production. */
  readonly articles: readonly string[]
  /** The demo file; absent in production. */
  readonly file?: string
  /** A priced route of the demo API, and a priced stream of events; absent in production. */
  readonly api?: string
  readonly stream?: string
  /** An OpenAI-compatible chat end point, paid by the token; absent in production. */
  readonly chat?: string
  /** `host:port` of the demo gRPC service, without TLS; absent in production. */
  readonly grpc?: string
  /** Signs the demo creator in, as often as wanted; absent in production. */
  readonly signIn?: string
  /** Name -> process id of supervisor, postgres, devnode, gateway, web, workers, as far as we started them. */
  readonly pids: Readonly<Record<string, number>>
}

export function runFileOf(dataDir: string): string {
  return join(dataDir, 'run.json')
}

export function writeRunFile(dataDir: string, facts: RunFacts): void {
  writeFileAtomic.sync(runFileOf(dataDir), `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 })
}

export function removeRunFile(dataDir: string): void {
  rmSync(runFileOf(dataDir), { force: true })
}
