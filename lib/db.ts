/** This process's Postgres: one small pool, transactions that survive serialisation failures, trouble told as `Fault`. */
import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { Pool } from 'pg'
import { Prisma, PrismaClient } from '#prisma'
import { Fault } from './errors.ts'
import type { Log } from './log.ts'
import { type Observe, unobserved } from './observe.ts'

/** What a store gets inside a transaction. */
export type Tx = Prisma.TransactionClient

/** Tagged SQL for the few atomic statements of stores. */
export const sql = Prisma.sql
export type Sql = Prisma.Sql

interface TransactionOptions {
  /** READ COMMITTED when left out; a reader of several tables that must fit together asks for RepeatableRead. */
  isolation?: 'RepeatableRead' | 'Serializable'
}

export interface Db {
  /** For single statements. An unreachable database is `Fault('database.unavailable')` here too. */
  readonly client: PrismaClient
  /**
   * Runs `work` in one transaction and commits. Serialisation failures and deadlocks run it again, at most 10 times, so
   * `work` does nothing but statements. A connection lost during commit is `Fault('database.unavailable')`: the
   * outcome is unknown, and every verb must be harmless to repeat (conventions.md §6.4).
   */
  inTransaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** As `inTransaction`, for the rows of one creator: row security of the web role lets nothing else through. */
  asCreator<T>(creatorId: string, work: (tx: Tx) => Promise<T>): Promise<T>
  /** As `inTransaction`, for the memberships of one person and the creators behind them. */
  asMember<T>(userId: string, work: (tx: Tx) => Promise<T>): Promise<T>
  /** One round trip; throws `database.unavailable` when there is none within a second. */
  ping(): Promise<void>
  /** How often a transaction was run again since the start. */
  retries(): number
  /** Connections now: open, of them unused, and callers that wait for one. */
  pool(): { readonly open: number; readonly idle: number; readonly waiting: number }
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  log: Log
  /** Connections at most; small, because every process of every copy has its own pool. */
  poolSize?: number
  /** How long one statement may take. Who answers requests asks for `REQUEST_STATEMENT_MS`. */
  statementTimeoutMs?: number
  /** Told of every statement. */
  observe?: Observe
}

/** A request that finds Postgres silent is told so within this time, and half a second for the way. */
export const REQUEST_STATEMENT_MS = 4_000

const POOL_SIZE = 8
const CONNECT_TIMEOUT_MS = 2_000
const STATEMENT_TIMEOUT_MS = 15_000
/** After the server had its time to say that a statement took too long, its silence means that it is not there. */
const ANSWER_GRACE_MS = 500
const PING_TIMEOUT_MS = 1_000
const IDLE_MS = 10_000
const MAX_RETRIES = 10
const RETRY_BASE_MS = 4
const RETRY_CAP_MS = 250

/** Opens the pool; nothing connects before the first statement. */
export function openDatabase(options: DatabaseOptions): Db {
  const { log, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options
  const pool = openPool({ ...options, statementTimeoutMs })
  const client = openClient(pool, options.observe ?? unobserved)
  let retried = 0

  async function inTransaction<T>(work: (tx: Tx) => Promise<T>, asked: TransactionOptions = {}): Promise<T> {
    const limits = transactionOptions(asked, statementTimeoutMs)
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await attemptOnce(client, work, limits)
      } catch (cause) {
        if (!isRetryable(cause)) throw cause
        if (attempt >= MAX_RETRIES) throw unavailable(cause)
        retried += 1
        log.debug('transaction runs again', { count: attempt + 1 })
        await pause(Math.random() * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** attempt))
      }
    }
  }

  return {
    client,
    inTransaction,
    asCreator: (creatorId, work) =>
      inTransaction((tx) => withSetting(tx, 'satstile.creator_id', creatorId).then(() => work(tx))),
    asMember: (userId, work) => inTransaction((tx) => withSetting(tx, 'satstile.user_id', userId).then(() => work(tx))),
    ping: async () => {
      await Promise.race([client.$queryRaw`select 1`, silence(PING_TIMEOUT_MS)])
    },
    retries: () => retried,
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => client.$disconnect(),
  }
}

type TransactionLimits = ReturnType<typeof transactionOptions>

/** What `work` throws is its own; what begin and commit throw is trouble with the database, or a failure to repeat. */
async function attemptOnce<T>(
  client: PrismaClient,
  work: (tx: Tx) => Promise<T>,
  limits: TransactionLimits,
): Promise<T> {
  let thrown: { cause: unknown } | undefined
  const watched = (tx: Tx) =>
    work(tx).catch((cause: unknown) => {
      thrown = { cause }
      throw cause
    })
  try {
    return await client.$transaction(watched, limits)
  } catch (cause) {
    throw thrown === undefined ? asFault(cause) : thrown.cause
  }
}

/** `value` holds until the transaction ends, so a connection that goes back to the pool carries nobody's rights. */
async function withSetting(tx: Tx, name: string, value: string): Promise<void> {
  await tx.$queryRaw`select set_config(${name}, ${value}, true)`
}

function transactionOptions({ isolation }: TransactionOptions, timeout: number) {
  const limits = { maxWait: CONNECT_TIMEOUT_MS + 500, timeout }
  return isolation === undefined ? limits : { ...limits, isolationLevel: Prisma.TransactionIsolationLevel[isolation] }
}

function openPool({ url, poolSize = POOL_SIZE, statementTimeoutMs }: DatabaseOptions & LimitedStatements): Pool {
  return new Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    stream: () => openSocket(statementTimeoutMs + ANSWER_GRACE_MS),
    // Sooner than the socket's own limit, so that no connection breaks in the moment in which it is taken.
    idleTimeoutMillis: Math.min(IDLE_MS, statementTimeoutMs - ANSWER_GRACE_MS),
  })
}

function openClient(pool: Pool, observe: Observe) {
  const adapter = new PrismaPg(pool, {
    // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
    onPoolError: () => undefined,
    onConnectionError: () => undefined,
    statementNameGenerator: preparedName,
    disposeExternalPool: true,
  })
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' })
  const guarded = client.$extends({
    query: {
      $allOperations: ({ args, query, operation }) =>
        observe(operation, () => query(args)).catch((cause: unknown) => {
          throw asFault(cause)
        }),
    },
  })
  // The extension changes no type: it only turns trouble of the connection into a Fault.
  return guarded as unknown as PrismaClient
}

/**
 * A statement that begins with the comment `prepared: name` is parsed and planned once per connection. For the few whose
 * text never changes and whose plan does not depend on their values; all others stay unnamed (`''`).
 */
function preparedName({ sql: text }: { sql: string }): string {
  return /^\/\* prepared: ([a-z_]+) \*\//.exec(text)?.[1] ?? ''
}

type LimitedStatements = { readonly statementTimeoutMs: number }

/**
 * A connection that has been silent for too long is broken off. The driver's own time limit gives the caller up and keeps
 * the connection: what it still carries, an open transaction even, would meet the next request.
 */
function openSocket(silentMs: number): Socket {
  const socket = new Socket()
  return socket.setTimeout(silentMs, () => socket.destroy())
}

async function silence(afterMs: number): Promise<never> {
  await pause(afterMs, undefined, { ref: false })
  throw unavailable(null)
}

/** SQLSTATE of anything that Prisma or its driver threw, or its own code (`P…`), or a socket's (`ECONN…`). */
function databaseCode(cause: unknown): string | null {
  for (let error = cause, depth = 0; error instanceof Object && depth < 5; depth += 1) {
    const found = codeOf(error as Record<string, unknown>)
    if (found !== null) return found
    error = (error as { cause?: unknown }).cause
  }
  return null
}

function codeOf(error: Record<string, unknown>): string | null {
  const meta = error.meta as { driverAdapterError?: { cause?: Record<string, unknown> }; code?: unknown } | undefined
  for (const code of [meta?.driverAdapterError?.cause?.originalCode, error.originalCode, meta?.code, error.code]) {
    if (typeof code === 'string' && code !== '') return code
  }
  return null
}

const RETRYABLE = new Set(['40001', '40P01', 'P2034'])

function isRetryable(cause: unknown): boolean {
  return RETRYABLE.has(databaseCode(cause) ?? '')
}

/**
 * Trouble of the connection as a Fault, everything else as it is. Recognised by SQLSTATE (08 connection, 28 log-in,
 * 53 resources, 57 operator or timeout, 25 a replica), by Prisma's codes and kinds for the same, by the socket's code, or by being no error of
 * Prisma's at all: the driver tells of a connection that broke by a bare error without any code.
 */
function asFault(cause: unknown): unknown {
  return isUnreachable(cause) ? unavailable(cause) : cause
}

const UNREACHABLE =
  /^(08|25006|25P0|28|53|57014|57P|P1\d\d\d$|P2024$|P2028$|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_)/
const UNREACHABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'AuthenticationFailed',
])

function isUnreachable(cause: unknown): boolean {
  if (cause instanceof Fault || !(cause instanceof Error)) return false
  if (cause instanceof Prisma.PrismaClientKnownRequestError && UNREACHABLE_KINDS.has(kindOf(cause) ?? '')) return true
  const code = databaseCode(cause)
  if (code !== null) return UNREACHABLE.test(code)
  return !OTHER_PRISMA_ERRORS.some((kind) => cause instanceof kind)
}

function kindOf(error: Prisma.PrismaClientKnownRequestError): string | undefined {
  const meta = error.meta as { driverAdapterError?: { cause?: { kind?: string } } } | undefined
  return meta?.driverAdapterError?.cause?.kind
}

const OTHER_PRISMA_ERRORS = [
  Prisma.PrismaClientUnknownRequestError,
  Prisma.PrismaClientValidationError,
  Prisma.PrismaClientRustPanicError,
]

function unavailable(cause: unknown): Fault {
  return new Fault('database.unavailable', `Postgres does not answer (${databaseCode(cause) ?? 'no connection'})`, {
    cause,
  })
}
