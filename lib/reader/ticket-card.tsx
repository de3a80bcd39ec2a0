/** The ticket as it will stand at the cut, to look at: for previews beside an editor or a price. */
import type { Msat } from '#lib/money.ts'
import { formatLength, formatPrice } from './format.ts'
import { StubPrice, Ticket } from './ticket.tsx'

export interface TicketCardProps {
  readonly title: string
  readonly creatorName: string
  readonly priceMsat: Msat
  /** Words behind the cut. */
  readonly restWords: number
}

/** Nothing in it can be pressed: the button is drawn, not made. */
export function TicketCard({ title, creatorName, priceMsat, restWords }: TicketCardProps) {
  return (
    <Ticket
      kind="small"
      tone="amber"
      stub={
        <>
          <div className="stub-what">
            <p className="stub-title">{title}</p>
            <p className="stub-by">{creatorName}</p>
          </div>
          <div className="stub-price">
            <StubPrice amount={priceMsat} />
            <p className="stub-note">pay once</p>
          </div>
        </>
      }
    >
      <p className="ticket-title">Read the rest</p>
      <p className="ticket-line">{formatLength(restWords)}</p>
      <div className="offer">
        <p className="offer-name">
          This article <span>{formatPrice(priceMsat)}</span>
        </p>
        <p className="offer-terms">Yours for good</p>
      </div>
      <p className="ticket-act">Unlock for {formatPrice(priceMsat)}</p>
    </Ticket>
  )
}
