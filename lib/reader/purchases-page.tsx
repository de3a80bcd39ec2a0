/** What this browser holds. The server knows only its cookies; the script lists the receipts kept beside them. */
import { msat } from '#lib/money.ts'
import { writtenIn } from '#lib/text-direction.ts'
import { renderDocument } from './document.tsx'
import { Icon } from './icons.tsx'
import type { AskedItem, PurchasesPageProps } from './props.ts'
import { StubPrice, Ticket } from './ticket.tsx'

/** The whole document of `/_l402/purchases`. */
export function renderPurchasesPage(props: PurchasesPageProps): string {
  return renderDocument({
    assets: props.assets,
    creator: props.creator,
    title: `Your purchases · ${props.creator.name}`,
    isIndexed: false,
    config: { page: 'purchases' },
    children: <Purchases {...props} />,
  })
}

function Purchases({ assets, held, gone = [], asked = [] }: PurchasesPageProps) {
  const count = held.length + gone.length + asked.length
  return (
    <>
      <header className="page-head">
        <h1>Your purchases</h1>
        <p>
          Held by this browser, on this device.
          <span id="spent" />
        </p>
      </header>
      <p className="sr-only" role="status" id="say" />
      <div className="tickets" id="purchases">
        {held.map((item) => (
          <div key={item.slug} data-slug={item.slug}>
            <HeldRow {...item} />
          </div>
        ))}
        {gone.map((item) => (
          <div key={item.id} data-gone={item.id}>
            <GoneRow {...item} />
          </div>
        ))}
        {asked.map((item) => (
          <div key={item.slug} data-slug={item.slug}>
            <AskedRow {...item} />
          </div>
        ))}
      </div>
      <p className="empty" id="nothing-held" hidden={count > 0}>
        Nothing bought in this browser.
      </p>
      <div className="below-tickets">
        <p>
          Bought on another device?{' '}
          <a className="link" href="/_l402/restore">
            Restore
          </a>
        </p>
        <form id="forget-all" method="post" action="/_l402/forget" hidden={count === 0}>
          <button className="text-button" type="submit">
            Forget this browser
          </button>
        </form>
      </div>
      <ForgetDialog />
      <ShareDialog script={assets.href('share-copy.js')} />
      <template id="paid-row">
        <PaidRow />
      </template>
      <template id="waiting-row">
        <WaitingRow />
      </template>
    </>
  )
}

function HeldRow({ slug, title, language }: PurchasesPageProps['held'][number]) {
  return (
    <Ticket kind="row" tone="torn">
      <div className="purchase-head">
        <h2 {...writtenIn(language)}>{title}</h2>
        <p className="purchase-state" data-tone="paid">
          <Icon name="check" />
          Open, for good
        </p>
      </div>
      <p className="purchase-acts">
        <a className="link" href={`/${slug}`}>
          Read
        </a>
      </p>
    </Ticket>
  )
}

function GoneRow({ title, language }: NonNullable<PurchasesPageProps['gone']>[number]) {
  return (
    <Ticket kind="row" tone="torn">
      <div className="purchase-head">
        <h2 {...writtenIn(language)}>{title}</h2>
        <p className="purchase-state" data-tone="gone">
          <Icon name="info" />
          Deleted by its creator
        </p>
      </div>
    </Ticket>
  )
}

/** For readers without script: paid and not opened yet, or not paid yet. */
function AskedRow({ slug, title, language, challengeId, amountMsat, state }: AskedItem) {
  const isPaid = state === 'settled'
  return (
    <Ticket
      kind="row"
      tone={isPaid ? 'torn' : state === 'open' ? 'amber' : 'grey'}
      stub={
        isPaid ? undefined : (
          <div className="stub-price">
            <StubPrice amount={amountMsat} />
            <p className="stub-note">not paid yet</p>
          </div>
        )
      }
    >
      <div className="purchase-head">
        <h2 lang={language}>{title}</h2>
        <p className="purchase-state" data-tone={isPaid ? 'paid' : 'waiting'}>
          <Icon name={isPaid ? 'check' : 'clock'} />
          {isPaid ? 'Paid' : state === 'open' ? 'Waiting' : 'Ran out'}
        </p>
      </div>
      <p className="purchase-acts">
        <a className="link" href={isPaid ? `/_l402/open/${slug}` : `/_l402/pay/${challengeId}`}>
          {isPaid ? 'Read' : state === 'open' ? 'Continue paying' : 'Show the invoice'}
        </a>
        {isPaid ? null : <span className="purchase-hint">If you paid already, check the payment there.</span>}
      </p>
    </Ticket>
  )
}

function PaidRow() {
  return (
    <Ticket kind="row" tone="torn">
      <div className="purchase-head">
        <h2 data-slot="title">Article</h2>
        <p className="purchase-state" data-tone="paid">
          <Icon name="check" />
          <span data-slot="state">Open, for good</span>
        </p>
      </div>
      <p className="purchase-line" data-slot="line" />
      <p className="purchase-acts">
        <a className="link" data-act="read" href="/">
          Read
        </a>
        <button className="text-button" type="button" data-act="download">
          <Icon name="download" />
          Receipt
        </button>
        <button className="text-button" type="button" data-act="copy">
          <Icon name="copy" />
          <span data-slot="copied">Copy receipt</span>
        </button>
        <button className="text-button" type="button" data-act="share">
          <Icon name="share" />
          Share a copy
        </button>
        <button className="text-button" type="button" data-act="forget">
          <Icon name="remove" />
          Forget
        </button>
      </p>
    </Ticket>
  )
}

function WaitingRow() {
  return (
    <Ticket
      kind="row"
      tone="amber"
      stub={
        <div className="stub-price">
          <StubPrice amount={msat(0n)} />
          <p className="stub-note">not paid yet</p>
        </div>
      }
    >
      <div className="purchase-head">
        <h2 data-slot="title">Article</h2>
        <p className="purchase-state" data-tone="waiting">
          <Icon name="clock" />
          <span data-slot="state">Waiting</span>
        </p>
      </div>
      <p className="purchase-line" data-slot="line" />
      <p className="purchase-acts">
        <a className="link" data-act="continue" href="/">
          Continue paying
        </a>
        <span className="purchase-hint">If you paid already, it opens by itself.</span>
      </p>
    </Ticket>
  )
}

/** Forgetting cannot be undone here, so the receipt is offered first (product.md §1, rule 7). */
function ForgetDialog() {
  return (
    <dialog className="ask" id="forget" aria-labelledby="forget-title">
      <h2 id="forget-title">
        Forget <span data-slot="what" />?
      </h2>
      <p>
        What you paid stays paid, but only the receipt opens it again. Save it first; without it, this cannot be undone.
      </p>
      <p className="field-fault" data-slot="forget-fault" role="alert" />
      <div className="ask-acts">
        <button className="button-quiet" type="button" data-act="save">
          <Icon name="download" />
          <span data-slot="save">Save the receipt</span>
        </button>
        <button className="button-quiet" type="button" data-act="forget">
          Forget
        </button>
        <button className="text-button" type="button" data-act="keep">
          Keep it
        </button>
      </div>
    </dialog>
  )
}

/** What is given on opens this alone, for so long; the receipt itself stays here. */
function ShareDialog({ script }: { script: string }) {
  return (
    <dialog className="ask share" id="share" aria-labelledby="share-title" data-script={script}>
      <h2 id="share-title">
        Share <span data-part="title" />
      </h2>
      <p>
        Whoever opens the link can read it until it ends. It is made here, nobody is told, and your receipt stays yours.
      </p>
      <label className="share-days">
        Ends after
        <select data-part="days" defaultValue="7">
          <option value="1">1 day</option>
          <option value="7">7 days</option>
          <option value="30">30 days</option>
          <option value="365">a year</option>
        </select>
      </label>
      <div className="share-code">
        <svg data-part="code" viewBox="0 0 1 1" role="img" aria-label="QR code of the link" shapeRendering="crispEdges">
          <path d="" />
        </svg>
      </div>
      <input data-part="link" type="text" readOnly aria-label="Link to share" />
      <p className="share-said" data-part="said" role="status" />
      <div className="ask-acts">
        <button className="button-quiet" type="button" data-part="copy">
          <Icon name="copy" />
          Copy the link
        </button>
        <button className="text-button" type="button" data-part="close">
          Close
        </button>
      </div>
    </dialog>
  )
}
