/** Before the first sale: what will stand here, and one row to see it by. */
import Link from 'next/link'
import type { StatementLine } from '#lib/paywall/ledger/statement.ts'
import { StatementLines } from './statement-lines.tsx'

const EXAMPLE: StatementLine = {
  line: 1n,
  at: new Date('2026-11-20T14:01:00Z'),
  entryId: '',
  n: 0,
  kind: 'sale',
  from: 'node',
  to: 'settling',
  amountMsat: 210_000n,
  changeMsat: 210_000n,
  balanceMsat: 210_000n,
  title: 'Your first article',
  channel: 'browser',
}

export function FirstLine() {
  return (
    <div className="mt-3">
      <p>First sale lands here: what came in, what was kept, and the balance after it.</p>
      <Link href="/resources/new" className="button button-primary button-small mt-4">
        New resource
      </Link>
      <div className="mt-5">
        <StatementLines lines={[EXAMPLE]} timeZone="UTC" areExample />
      </div>
    </div>
  )
}
