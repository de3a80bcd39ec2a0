/** The ticket: one component at every size, its seam at the right of the body where there is room and on top where there is not. */
import type { ReactNode } from 'react'
import { formatSats, type Msat } from '#lib/money.ts'
import { sizeOf } from './price-size.ts'

export interface TicketProps {
  /** `grey`: the price cannot be paid now. `torn`: paid, so there is no stub any more. */
  readonly tone: 'amber' | 'grey' | 'torn'
  /** `article` at the cut, `checkout` with a wide stub for the code, `row` in a list, `small` in previews. */
  readonly kind: 'article' | 'checkout' | 'row' | 'small'
  readonly stub?: ReactNode
  readonly children: ReactNode
}

export function Ticket({ tone, kind, stub, children }: TicketProps) {
  return (
    <div className="ticket-frame">
      <div className="ticket" data-tone={tone} data-kind={kind}>
        <div className="ticket-body">{children}</div>
        {stub === undefined ? null : <div className="ticket-stub">{stub}</div>}
        <span className="ticket-seam" aria-hidden="true" />
      </div>
    </div>
  )
}

/** The price as it stands on a stub; smaller from 1,000 sats on, and again from 100,000 on, so that it fits. */
export function StubPrice({ amount, fiat = null }: { amount: Msat; fiat?: string | null | undefined }) {
  const digits = formatSats(amount)
  return (
    <>
      <p className="price" data-digits={sizeOf(digits)}>
        <span className="price-amount" data-slot="amount">
          {digits}
        </span>{' '}
        <span className="price-unit">sats</span>
      </p>
      {fiat === null ? null : (
        <p className="stub-note" data-slot="fiat">
          {fiat}
        </p>
      )}
    </>
  )
}
