/** What a line of a statement is called and how it is written to a file: exact to the millisatoshi, one name per thing. */
import type { Account, EntryKind } from './posting.ts'

/** One posting as its creator reads it. */
export interface StatementLine {
  /** Counts from 1, in the order in which the postings committed. */
  readonly line: bigint
  readonly at: Date
  readonly entryId: string
  /** Place of the posting in its entry. */
  readonly n: number
  readonly kind: EntryKind
  readonly from: Account
  readonly to: Account
  /** What moved. */
  readonly amountMsat: bigint
  /** What that changed of settling and available together; 0 for a move between them. */
  readonly changeMsat: bigint
  /** Settling and available together, after it. */
  readonly balanceMsat: bigint
  /** Of the resource that was sold; empty: none, or it is gone. */
  readonly title: string
  /** How it was bought; `null`: this is no sale. */
  readonly channel: string | null
}

export type LineName =
  | 'sale'
  | 'fee'
  | 'released'
  | 'payout'
  | 'fee-cap'
  | 'sent'
  | 'routing'
  | 'fee-returned'
  | 'returned'

/** The name of a line, which follows from what moved. */
export function nameOf({ kind, to, n }: Pick<StatementLine, 'kind' | 'to' | 'n'>): LineName {
  switch (kind) {
    case 'sale':
      return to === 'fee' ? 'fee' : 'sale'
    case 'release':
      return 'released'
    case 'payout':
      return n === 0 ? 'payout' : 'fee-cap'
    case 'payout-sent':
      if (to === 'available') return 'fee-returned'
      return to === 'routing' ? 'routing' : 'sent'
    case 'payout-returned':
      return n === 0 ? 'returned' : 'fee-returned'
  }
}

const COLUMNS = [
  'line',
  'time',
  'entry',
  'what',
  'from',
  'to',
  'moved_msat',
  'change_msat',
  'balance_msat',
  'resource',
  'channel',
] as const
type Column = (typeof COLUMNS)[number]

/** A line as a file has it: amounts are whole millisatoshi in decimal digits, since a number of JSON is not exact. */
export type StatementRow = Readonly<Record<Column, string>>

export function toRow(line: StatementLine): StatementRow {
  return {
    line: String(line.line),
    time: line.at.toISOString(),
    entry: line.entryId,
    what: nameOf(line),
    from: line.from,
    to: line.to,
    moved_msat: String(line.amountMsat),
    change_msat: String(line.changeMsat),
    balance_msat: String(line.balanceMsat),
    resource: line.title,
    channel: line.channel ?? '',
  }
}

/** The names of the columns. Source of the form: RFC 4180. */
export const CSV_HEAD = `${COLUMNS.join(',')}\r\n`

export function toCsv(line: StatementLine): string {
  const row = toRow(line)
  const cells = COLUMNS.map((column) => (isFree(column) ? quoteCell(row[column]) : row[column]))
  return `${cells.join(',')}\r\n`
}

/** Only these hold what somebody wrote. */
function isFree(column: Column): boolean {
  return column === 'resource'
}

/** A title that begins as a formula does is marked as text: spreadsheets run what they take for one. */
export function quoteCell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${plain.replaceAll('"', '""')}"`
}
