/** The way out for money: what stands in the way of it, or the form. */
import Link from 'next/link'
import type { Money } from '#app/_server/reads/money.ts'
import { formatClock } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { PayOutForm } from './pay-out-form.tsx'

export function PayOut({ money }: { money: Money }) {
  return (
    <section aria-labelledby="pay-out-title">
      <h2 id="pay-out-title" className="text-lead">
        Pay out
      </h2>
      <Way money={money} />
    </section>
  )
}

function Way({ money: { stoppedSince, hasFactor, balances, timeZone } }: { money: Money }) {
  if (stoppedSince !== null) {
    return (
      <p role="status" className="mt-3 flex gap-3 rounded-card bg-caution-soft p-4 text-table text-caution">
        <Icon name="caution" />
        Payouts have been stopped since {formatClock(stoppedSince, timeZone)}: the node and the books do not agree. Your
        money is where this page says; it can be paid out when somebody has looked into it.
      </p>
    )
  }
  if (!hasFactor) {
    return (
      <>
        <p className="mt-3">
          Money leaves by a code of your authenticator alone, so that whoever gets into this dashboard cannot take it.
        </p>
        <Link href="/money/authenticator" className="button button-primary mt-4">
          <Icon name="lock" />
          Set up an authenticator
        </Link>
      </>
    )
  }
  return (
    <>
      <PayOutForm availableMsat={String(balances.availableMsat)} timeZone={timeZone} />
      <p className="mt-3 text-table text-muted">
        A wallet or an address that is new here waits for a day and is told to you by mail.{' '}
        <Link href="/money/authenticator" className="link">
          Change the authenticator
        </Link>
      </p>
    </>
  )
}
