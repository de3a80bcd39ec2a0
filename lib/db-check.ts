/** What must be true of a database before a process trusts it with money: it keeps what it confirmed, and it is the primary. */
import type { Db } from './db.ts'
import { Fault } from './errors.ts'

interface Durability {
  fsync: string
  full_page_writes: string
  synchronous_commit: string
  in_recovery: boolean
}

/** Settings that make COMMIT mean "on disk" (reliability.md §4.8); killing processes never shows when they are off. */
const DURABLE: Record<'fsync' | 'full_page_writes' | 'synchronous_commit', readonly string[]> = {
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'remote_apply'],
}

/** A database that answers and must not be used: waiting does not help, so the process ends. */
export class UnfitDatabase extends Fault {
  constructor(sentence: string) {
    super('database.unavailable', sentence)
    this.name = 'UnfitDatabase'
  }
}

/**
 * Asked once at the start of every process. Throws `UnfitDatabase`, naming each setting to correct, when this
 * Postgres could lose what it confirmed or is a replica; `database.unavailable` when it does not answer.
 */
export async function assertDurable(db: Pick<Db, 'client'>): Promise<void> {
  const [row] = await db.client.$queryRaw<Durability[]>`
    select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
      current_setting('synchronous_commit') as synchronous_commit, pg_is_in_recovery() as in_recovery`
  const faults = row === undefined ? ['it does not tell its settings'] : listFaults(row)
  if (faults.length > 0) {
    throw new UnfitDatabase(
      `this Postgres cannot be trusted with money: ${faults.join(', ')}; correct that and start again`,
    )
  }
}

function listFaults(row: Durability): string[] {
  const names = Object.keys(DURABLE) as (keyof typeof DURABLE)[]
  const weak = names.filter((name) => !DURABLE[name].includes(row[name]))
  return [...weak.map((name) => `${name} is ${row[name]}`), ...(row.in_recovery ? ['it is a replica'] : [])]
}
