/** The checkout as a dialog over the article: every state is in the page from the start, the script only shows the right one. */

import { writtenIn } from '#lib/text-direction.ts'
import { FoldingRow, NoWalletRow, QrSymbol, QrTile, TimeBar, WaitingStatus } from './checkout-parts.tsx'
import { formatPrice, formatTerms } from './format.ts'
import { CreatorMark, Icon } from './icons.tsx'
import type { ReaderCreator, ReaderItem } from './props.ts'
import { Status } from './status.tsx'
import { StubPrice, Ticket } from './ticket.tsx'

interface CheckoutDialogProps {
  readonly article: ReaderItem
  readonly creator: ReaderCreator
  readonly hasDemoWallet: boolean
}

export function CheckoutDialog({ article, creator, hasDemoWallet }: CheckoutDialogProps) {
  return (
    <dialog className="checkout" id="checkout" data-view="making" aria-labelledby="checkout-title">
      <p className="sr-only" role="status" data-slot="say" />
      <QrSymbol size={1} path="" />
      <div className="checkout-bar">
        <CreatorMark />
        <span>{creator.name}</span>
        <CloseButton />
      </div>
      <Ticket kind="checkout" tone="amber" stub={<Stub article={article} />}>
        <div className="checkout-head">
          <div>
            <h2 id="checkout-title" tabIndex={-1}>
              Unlock <cite {...writtenIn(article.language)}>{article.title}</cite>
            </h2>
            <p>
              {creator.name}. {formatTerms(article.offer)}.
            </p>
          </div>
          <CloseButton className="wide-only" />
        </div>
        <Statuses />
        <Acts article={article} />
        <Rows hasDemoWallet={hasDemoWallet} />
        <button className="text-button close-text narrow-only" type="button" data-act="close">
          Close
        </button>
      </Ticket>
      <p className="checkout-note" data-when="waiting">
        Closing this does not cancel the invoice. If you pay it later, it still opens.
      </p>
    </dialog>
  )
}

function CloseButton({ className = '' }: { className?: string }) {
  return (
    <button className={`close ${className}`.trim()} type="button" data-act="close" aria-label="Close">
      <Icon name="close" />
    </button>
  )
}

function Stub({ article }: { article: ReaderItem }) {
  return (
    <>
      <div className="stub-price">
        <StubPrice amount={article.priceMsat} fiat={article.fiat} />
        <p className="stub-note" data-slot="note">
          pay once
        </p>
      </div>
      <div className="stub-what">
        <p className="stub-title" {...writtenIn(article.language)}>
          {article.title}
        </p>
        <p className="stub-by">{formatTerms(article.offer)}</p>
      </div>
      <div className="stub-qr" data-when="making waiting">
        <QrTile label="QR code of the invoice" />
      </div>
      <div className="stub-time" data-when="waiting">
        <p>
          <strong>
            <span className="wide-only">Scan with a Lightning wallet</span>
            <span className="narrow-only">Price held</span>
          </strong>{' '}
          <span data-slot="time" />
        </p>
        <TimeBar percent={100} />
      </div>
    </>
  )
}

function Statuses() {
  return (
    <div className="statuses">
      <Status when="making" tone="waiting" icon="clock" title="Making your invoice">
        This takes a moment. Nothing is charged yet.
      </Status>
      <WaitingStatus when="waiting" />
      <Status when="unclear" tone="waiting" icon="clock" title="Your wallet may say paid; we have not seen it yet">
        Do not pay again. This page opens by itself.
      </Status>
      <Status when="expired" tone="plain" icon="clock" title="This invoice ran out">
        No money moved. Get a new one at the same price.
      </Status>
      <Status when="wallet_down" tone="caution" icon="plug" title={<span data-slot="trouble" />}>
        Nothing was charged. We try again for you every 10 s.
      </Status>
      <Status
        when="refused"
        tone="caution"
        icon="info"
        title={<span data-slot="refusal">This cannot be bought now</span>}
      >
        Nothing was charged.
      </Status>
      <Status when="price_changed" tone="caution" icon="info" title="The price has changed">
        Nothing was charged. It was <span data-slot="old-price" /> when this page loaded and is{' '}
        <span data-slot="new-price" /> now.
      </Status>
      <Status when="opening" tone="paid" icon="checkCircle" title={<span data-slot="paid">Paid</span>}>
        <span data-slot="paid-text">Opening your article.</span>
      </Status>
      <Status when="lost" tone="caution" icon="info" title="This purchase is opened elsewhere">
        Your money is not lost:{' '}
        <a className="link" href="/_l402/restore">
          Restore
        </a>{' '}
        it with the receipt, or with the invoice and the payment proof from your wallet.
      </Status>
    </div>
  )
}

function Acts({ article }: { article: ReaderItem }) {
  return (
    <div className="acts">
      <button className="button" type="button" data-act="webln" data-when="waiting" hidden>
        <Icon name="wallet" />
        Pay with the wallet in this browser
      </button>
      <a className="button" data-act="wallet" data-when="waiting" href="/">
        <Icon name="wallet" />
        Open in wallet
      </a>
      <button className="button-quiet copy" type="button" data-act="copy" data-when="waiting">
        <Icon name="copy" />
        <span data-slot="copied">Copy invoice</span>
        <span className="copy-text" data-slot="invoice" />
      </button>
      <p className="act-message" role="status" data-slot="message" data-when="waiting" />
      <button className="button" type="button" data-act="renew" data-when="expired">
        <span>
          New invoice, <span data-slot="price">{formatPrice(article.priceMsat)}</span>
        </span>
      </button>
      <button className="button" type="button" data-act="accept" data-when="price_changed">
        <span>
          Unlock for <span data-slot="new-price">{formatPrice(article.priceMsat)}</span>
        </span>
      </button>
      <button className="button-quiet" type="button" data-act="retry" data-when="wallet_down refused">
        Try again now
      </button>
      <ol className="trail" data-when="unclear">
        <li data-done="">
          <Icon name="check" />
          Invoice made <time data-slot="made-at" />
        </li>
        <li data-done="">
          <Icon name="check" />
          Your wallet said paid <time data-slot="said-at" />
        </li>
        <li>
          <span className="dot" />
          Asking the author’s node <span>every 2 s</span>
        </li>
      </ol>
      <p className="reference" data-when="unclear">
        <span>
          Reference <strong data-slot="reference" />
        </span>
        <button className="link" type="button" data-act="copy-reference">
          <Icon name="copy" />
          Copy
        </button>
      </p>
    </div>
  )
}

function Rows({ hasDemoWallet }: { hasDemoWallet: boolean }) {
  return (
    <div className="folds">
      <FoldingRow className="narrow-only" icon="qr" name="Pay from another device" when="waiting">
        <QrTile label="QR code of the invoice" />
      </FoldingRow>
      <FoldingRow icon="ticket" name="The invoice as text" when="waiting">
        <div className="field">
          <label htmlFor="invoice-text">Invoice</label>
          <textarea id="invoice-text" className="code-field" readOnly rows={4} spellCheck={false} />
        </div>
      </FoldingRow>
      {hasDemoWallet ? (
        <button className="fold-button" type="button" data-act="demo" data-when="waiting">
          <Icon name="flask" />
          <span>Pay with demo wallet</span>
          <Icon name="chevron" />
        </button>
      ) : null}
      <FoldingRow
        icon="key"
        name="I have a payment proof"
        hint="64 characters from your wallet’s history"
        when="waiting unclear expired lost"
      >
        <ProofForm />
      </FoldingRow>
      <NoWalletRow when="waiting expired" />
    </div>
  )
}

function ProofForm() {
  return (
    <form className="proof" data-form="proof">
      <label htmlFor="proof">Payment proof</label>
      <input
        id="proof"
        name="preimage"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-describedby="proof-fault"
        required
      />
      <p className="field-fault" id="proof-fault" data-slot="proof-fault" role="alert" />
      <button className="button-quiet" type="submit">
        Check the proof
      </button>
    </form>
  )
}
