/** The ticket at the cut: what lies behind it, for how much, and the way to get it; the same for every kind with a page. */
import { writtenIn } from '#lib/text-direction.ts'
import { formatPrice, formatTerms } from './format.ts'
import { Portrait } from './portrait.tsx'
import type { ReaderCreator, ReaderItem } from './props.ts'
import { Status } from './status.tsx'
import { StubPrice, Ticket } from './ticket.tsx'

interface CutProps {
  readonly item: ReaderItem
  readonly creator: ReaderCreator
  /** What is bought: `Read the rest`. */
  readonly heading: string
  /** How much of it there is. */
  readonly line: string
  /** The challenge that a reader without script has asked for; null: none. */
  readonly waitingId: string | null
}

/** Where the free part ends: the ticket, or the invoice that waits. */
export function Cut({ item, creator, heading, line, waitingId }: CutProps) {
  return (
    <section className="cut" aria-labelledby="cut-title">
      <Ticket
        kind="article"
        tone={item.paused || item.isUnpriced ? 'grey' : 'amber'}
        stub={<CutStub item={item} creator={creator} />}
      >
        <h2 className="ticket-title" id="cut-title">
          {heading}
        </h2>
        <p className="ticket-line">{line}</p>
        {waitingId !== null ? (
          <WaitingOffer item={item} challengeId={waitingId} />
        ) : item.paused ? (
          <PausedNote />
        ) : item.isUnpriced ? (
          <UnpricedNote />
        ) : (
          <Offer item={item} />
        )}
      </Ticket>
      {item.paused ? null : (
        <p className="cut-note">
          Opens here the moment it is paid. No account, no <span className="unbroken">e-mail</span>. You keep a receipt
          that opens it on any device.
        </p>
      )}
    </section>
  )
}

function CutStub({ item, creator }: { item: ReaderItem; creator: ReaderCreator }) {
  return (
    <>
      <div className="stub-what">
        <p className="stub-title" {...writtenIn(item.language)}>
          {item.title}
        </p>
        <p className="stub-by">
          {creator.picture ? <Portrait picture={creator.picture} size={20} alt="" /> : null}
          {creator.name}
        </p>
      </div>
      <div className="stub-price">
        <StubPrice amount={item.priceMsat} fiat={item.isUnpriced ? null : item.fiat} />
        <p className="stub-note">{item.paused ? 'not on sale' : 'pay once'}</p>
      </div>
    </>
  )
}

/** Without script the form makes the invoice and leads to the checkout page; the script shows the dialog instead. */
function Offer({ item }: { item: ReaderItem }) {
  return (
    <>
      <div className="offer">
        <p className="offer-name">
          This {item.noun} <span>{formatPrice(item.priceMsat)}</span>
        </p>
        <p className="offer-terms">{formatTerms(item.offer)}</p>
      </div>
      <form className="unlock" id="unlock" method="post" action="/_l402/challenge">
        <input type="hidden" name="resource" value={item.slug} />
        <input type="hidden" name="offer" value={item.offer.id} />
        <button className="button" type="submit">
          Unlock for {formatPrice(item.priceMsat)}
        </button>
      </form>
      <p className="ticket-foot">
        <span>
          Already paid?{' '}
          <a className="link" href="/_l402/restore">
            Restore
          </a>
        </span>
        <span className="ticket-foot-note">Paid over Lightning</span>
      </p>
      <p className="cut-status" id="cut-status" role="status" />
    </>
  )
}

/** For a reader without script who has an invoice already: that one again, so that nobody pays twice. */
function WaitingOffer({ item, challengeId }: { item: ReaderItem; challengeId: string }) {
  return (
    <>
      <div className="ticket-notice">
        <Status tone="waiting" icon="clock" title="You asked for an invoice here">
          If you have paid it, check the payment: your {item.noun} opens.
        </Status>
      </div>
      <form className="unlock" method="post" action="/_l402/claim">
        <input type="hidden" name="challenge" value={challengeId} />
        <button className="button" type="submit">
          Check payment
        </button>
      </form>
      <p className="ticket-foot">
        <a className="link" href={`/_l402/pay/${challengeId}`}>
          Show the invoice again
        </a>
        <span className="ticket-foot-note">Paid over Lightning</span>
      </p>
    </>
  )
}

function PausedNote() {
  return (
    <div className="ticket-notice">
      <Status tone="caution" icon="info" title="Not on sale at the moment">
        Nothing was charged. Who bought it can still read it:{' '}
        <a className="link" href="/_l402/restore">
          Restore
        </a>
      </Status>
    </div>
  )
}

function UnpricedNote() {
  return (
    <div className="ticket-notice">
      <Status tone="caution" icon="info" title="The price is not known at the moment">
        It is in another currency, and no exchange rate of now is known. Nothing was charged; try again in a minute.
        Already paid?{' '}
        <a className="link" href="/_l402/restore">
          Restore
        </a>
      </Status>
    </div>
  )
}

interface PaidLineProps {
  /** What a receipt is saved for: `read`. */
  readonly verb: string
}

/** Behind the cut, once it is open: what was paid, and where it is kept. */
export function PaidLine({ verb }: PaidLineProps) {
  return (
    <div className="paid-line">
      <Status tone="paid" icon="checkCircle" title={<span id="paid-title">Paid</span>}>
        <span data-kept="yes">
          Kept in{' '}
          <a className="link" href="/_l402/purchases">
            Your purchases
          </a>
          ; save the receipt to {verb} elsewhere.
        </span>
        <span data-kept="no" hidden>
          This browser keeps nothing, so it will not open here again by itself.{' '}
          <button className="link" type="button" id="save-receipt">
            Save the receipt now
          </button>
        </span>
      </Status>
    </div>
  )
}
