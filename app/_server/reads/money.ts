/** A creator's money: what the balances are made of, and the lines behind them, a page or a whole file at a time. */
import 'server-only'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import type { Balances } from '#lib/paywall/ledger/ledger-store.ts'
import * as ledger from '#lib/paywall/ledger/ledger-store.ts'
import { CSV_HEAD, type StatementLine, toCsv, toRow } from '#lib/paywall/ledger/statement.ts'
import { countLines, listStatement, listStatementPart, readFees } from '#lib/paywall/ledger/statement-store.ts'
import * as payouts from '#lib/paywall/payouts/payout-list-store.ts'
import { findStop } from '#lib/paywall/payouts/payout-store.ts'

export interface Money {
  readonly balances: Balances
  readonly feesMsat: bigint
  /** How long a sale settles. */
  readonly holdSeconds: number
  readonly newest: readonly StatementLine[]
  readonly payouts: readonly payouts.ListedPayout[]
  readonly underWay: payouts.PayoutSums
  /** There is an authenticator, without which nothing is paid out. */
  readonly hasFactor: boolean
  /** Since when nothing is paid out, for nobody; `null`: it is. */
  readonly stoppedSince: Date | null
  readonly timeZone: string
}

const NEWEST = 8
const NEWEST_PAYOUTS = 5

/** The figures and the newest lines, read in one transaction so that they fit together. */
export async function readMoney({ creatorId, timeZone }: Membership): Promise<Money> {
  const { db, config } = webDeps()
  const page = { creatorId, before: null, limit: NEWEST, withMoves: false }
  const read = await db.asCreator(creatorId, async (tx) => ({
    balances: await ledger.readBalances(tx, creatorId),
    feesMsat: await readFees(tx, creatorId),
    newest: await listStatement(tx, page),
    payouts: await payouts.listPayoutsOf(tx, creatorId, NEWEST_PAYOUTS),
    underWay: await payouts.sumPayouts(tx, creatorId),
    hasFactor: (await payouts.readFactorState(tx, creatorId)).holds,
    stoppedSince: (await findStop(tx))?.since ?? null,
  }))
  return { ...read, timeZone, holdSeconds: config.PAYOUT_HOLD_SECONDS }
}

/** How far the authenticator of a creator is. */
export async function readFactor({ creatorId }: Membership): ReturnType<typeof payouts.readFactorState> {
  return await webDeps().db.asCreator(creatorId, (tx) => payouts.readFactorState(tx, creatorId))
}

export interface StatementQuery {
  /** Only lines with a smaller number. */
  readonly before: bigint | null
  /** Also what moved within the balance. */
  readonly withMoves: boolean
}

/** What stands in a URL; what is not understood is the newest page. */
export function parseStatementQuery(query: Record<string, string | string[] | undefined>): StatementQuery {
  const isNumber = typeof query.before === 'string' && /^[1-9]\d{0,17}$/.test(query.before)
  return { before: isNumber ? BigInt(String(query.before)) : null, withMoves: query.moves === '1' }
}

const PAGE_LINES = 50

export interface StatementPage {
  readonly lines: readonly StatementLine[]
  /** The number that the following page comes before; `null`: this is the last one. */
  readonly next: bigint | null
  readonly timeZone: string
}

export async function readStatement(member: Membership, query: StatementQuery): Promise<StatementPage> {
  const { creatorId, timeZone } = member
  const page = { ...query, creatorId, limit: PAGE_LINES + 1 }
  const found = await webDeps().db.asCreator(creatorId, (tx) => listStatement(tx, page))
  const lines = found.slice(0, PAGE_LINES)
  return { lines, timeZone, next: found.length > PAGE_LINES ? (lines.at(-1)?.line ?? null) : null }
}

const PART_LINES = 1_000

/**
 * The whole statement, the oldest line first, in parts that are read as they are taken: a file of a million lines needs no
 * more memory than one of a thousand. It ends with the line that was the last when it began.
 */
export function streamStatement(creatorId: string, format: 'csv' | 'json'): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const pieces = format === 'csv' ? csvPieces(creatorId) : jsonPieces(creatorId)
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await pieces.return(undefined)
    },
  })
}

async function* csvPieces(creatorId: string): AsyncGenerator<string, void> {
  yield CSV_HEAD
  for await (const lines of parts(creatorId)) yield lines.map(toCsv).join('')
}

async function* jsonPieces(creatorId: string): AsyncGenerator<string, void> {
  let separator = '[\n'
  for await (const lines of parts(creatorId)) {
    yield separator + lines.map((line) => JSON.stringify(toRow(line))).join(',\n')
    separator = ',\n'
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n'
}

async function* parts(creatorId: string): AsyncGenerator<readonly StatementLine[], void> {
  const { db } = webDeps()
  const last = await db.asCreator(creatorId, (tx) => countLines(tx, creatorId))
  for (let after = 0n; after < last; ) {
    const part = { creatorId, after, last, limit: PART_LINES }
    const lines = await db.asCreator(creatorId, (tx) => listStatementPart(tx, part))
    if (lines.length === 0) return
    yield lines
    after = lines.at(-1)?.line ?? last
  }
}
