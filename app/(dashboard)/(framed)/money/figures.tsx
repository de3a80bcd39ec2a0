/** What a creator has, by what can be done with it, and what each figure is. */
import type { ReactNode } from 'react'
import type { Money } from '#app/_server/reads/money.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { Sats } from '#app/_ui/sats.tsx'

export function Figures({ money: { balances, feesMsat, holdSeconds, underWay } }: { money: Money }) {
  const { unknown, unknownMsat } = underWay
  return (
    <dl className="mt-5 grid grid-cols-3 border-y border-hairline lg:grid-cols-[1.5fr_1fr_1fr_1fr]">
      <div className="col-span-3 border-b border-hairline py-4 lg:col-span-1 lg:border-r lg:border-b-0 lg:py-5">
        <dt className="text-table font-medium text-muted">Available</dt>
        <dd className="flex h-12 items-end text-[2.75rem] leading-[3rem] font-semibold tracking-[-0.02em]">
          <Sats amount={balances.availableMsat} unit={false} />
          <span className="ml-2 text-lead leading-9 font-medium tracking-normal text-muted">sats</span>
        </dd>
      </div>
      <Figure label="Settling" amount={balances.settlingMsat} note={`within ${describeHold(holdSeconds)}`} />
      <Figure
        label="Reserved"
        amount={balances.reservedMsat - unknownMsat}
        note={underWay.underWay === 0 ? 'for nothing now' : `${payouts(underWay.underWay)} under way`}
      />
      {unknown === 0 ? (
        <Figure label="Fees" amount={feesMsat} note="kept so far" isLast />
      ) : (
        <Figure label="Not yet known" amount={unknownMsat} note={payouts(unknown)} isLast isUnknown />
      )}
    </dl>
  )
}

function payouts(count: number): string {
  return count === 1 ? '1 payout' : `${count} payouts`
}

interface FigureProps {
  readonly label: string
  readonly amount: bigint
  readonly note: string
  readonly isLast?: boolean
  readonly isUnknown?: boolean
}

function Figure({ label, amount, note, isLast = false, isUnknown = false }: FigureProps) {
  return (
    <div
      className={`min-w-0 border-hairline py-4 pr-2 not-last:border-r lg:py-5 lg:pl-6 max-lg:nth-[n+3]:pl-3 ${isLast ? '' : 'border-r'}`}
    >
      <dt className={`flex gap-1.5 text-table font-medium ${isUnknown ? 'text-waiting' : 'text-muted'}`}>
        {isUnknown && <Icon name="clock" />}
        {label}
      </dt>
      <dd>
        <p className="mt-0.5 text-lead font-semibold tracking-[-0.01em] lg:flex lg:h-12 lg:items-end lg:text-h2 lg:leading-[2.1875rem]">
          <Sats amount={amount} unit={false} />
        </p>
        <p className="text-table text-muted">{note}</p>
      </dd>
    </div>
  )
}

/** `10 min`; a hold is a whole number of seconds. */
function describeHold(seconds: number): string {
  if (seconds % 3_600 === 0 && seconds > 0) return `${seconds / 3_600} h`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`
}

/** Why figures stand still or move: what each of them is. */
export function Explained({ money: { holdSeconds } }: { money: Money }) {
  return (
    <section aria-labelledby="explained-title">
      <h2 id="explained-title" className="text-lead">
        What these figures are
      </h2>
      <dl className="mt-3 border-t border-hairline text-table">
        <Meaning word="Available">Yours now. It rises when a sale has settled, not when it is paid.</Meaning>
        <Meaning word="Settling">
          Paid in the last {describeHold(holdSeconds)}. A node may still lose such a payment, so it waits; then it moves
          to Available, and the balance of the statement stays the same.
        </Meaning>
        <Meaning word="Reserved">
          Set aside for payouts: the amount, and the most that the way may cost. What is left of that comes back.
        </Meaning>
        <Meaning word="Not yet known">
          Of payouts whose end the node has not told yet. It stays set aside, and is never sent a second time.
        </Meaning>
        <Meaning word="Fees">What the platform kept of your sales, rounded down each time.</Meaning>
        <Meaning word="Balance">In the statement: Available and Settling together, after each line.</Meaning>
      </dl>
    </section>
  )
}

function Meaning({ word, children }: { word: string; children: ReactNode }) {
  return (
    <div className="border-b border-hairline py-3">
      <dt className="font-medium">{word}</dt>
      <dd className="mt-0.5 text-muted">{children}</dd>
    </div>
  )
}
