/** The checkout as a page for readers without script: every state has its words and a form that leads on. */
import { writtenIn } from '#lib/text-direction.ts'
import { FoldingRow, NoWalletRow, QrSymbol, QrTile, TimeBar } from './checkout-parts.tsx'
import { renderDocument } from './document.tsx'
import { formatPrice, formatTerms, formatTimeLeft } from './format.ts'
import { Icon } from './icons.tsx'
import type { CheckoutPageProps, CheckoutPageState } from './props.ts'
import { drawInvoiceQr } from './qr.ts'
import { Status } from './status.tsx'
import { StubPrice, Ticket } from './ticket.tsx'

/** The whole document of `/_l402/pay/<challenge>`. It holds the invoice, but neither token nor claim secret. */
export function renderCheckoutPage(props: CheckoutPageProps): string {
  return renderDocument({
    assets: props.assets,
    creator: props.creator,
    title: `Unlock ${props.item.title} · ${props.creator.name}`,
    isIndexed: false,
    config: null,
    children: <CheckoutPage {...props} />,
  })
}

/** Whether the invoice can be paid now, so that the stub may be amber and the code may be shown. */
function isPayable(state: CheckoutPageState): boolean {
  return state === 'waiting' || state === 'not_yet' || state === 'wrong_proof'
}

function CheckoutPage(props: CheckoutPageProps) {
  const { item, challenge, state, creator } = props
  const isGrey = state === 'expired' || state === 'wallet_down'
  return (
    <div className="checkout-page" data-narrow={isPayable(state) ? undefined : ''}>
      <QrSymbol {...drawInvoiceQr(challenge.invoice)} />
      <Ticket kind="checkout" tone={isGrey ? 'grey' : 'amber'} stub={<Stub {...props} />}>
        <div className="checkout-head">
          <div>
            <h1>
              Unlock <cite {...writtenIn(item.language)}>{item.title}</cite>
            </h1>
            <p>
              {creator.name}. {formatTerms(item.offer)}.
            </p>
          </div>
        </div>
        <div className="statuses" role="status">
          <PageStatus state={state} noun={item.noun} />
        </div>
        <Acts {...props} />
        <div className="folds">
          {isPayable(state) ? (
            <FoldingRow className="narrow-only" icon="qr" name="Pay from another device">
              <QrTile label="QR code of the invoice" />
            </FoldingRow>
          ) : null}
          {state === 'settled' ? null : <ProofRow {...props} />}
          {isPayable(state) ? <NoWalletRow /> : null}
        </div>
      </Ticket>
      <p className="checkout-note">
        Closing this page does not cancel the invoice. If you pay it later, it still opens.
      </p>
      <p className="checkout-note">
        <a className="link" href={`/${item.slug}`}>
          Back to the {item.noun}
        </a>
      </p>
    </div>
  )
}

const STUB_NOTES: Partial<Record<CheckoutPageState, string>> = { expired: 'ran out', settled: 'paid' }

function Stub({ item, challenge, state, now }: CheckoutPageProps) {
  const leftMs = challenge.expiresAt.getTime() - now.getTime()
  const wholeMs = Math.max(1, challenge.expiresAt.getTime() - challenge.createdAt.getTime())
  return (
    <>
      <div className="stub-price">
        <StubPrice amount={challenge.amountMsat} fiat={challenge.fiat} />
        <p className="stub-note">{STUB_NOTES[state] ?? 'pay once'}</p>
      </div>
      <div className="stub-what">
        <p className="stub-title" {...writtenIn(item.language)}>
          {item.title}
        </p>
        <p className="stub-by">{formatTerms(item.offer)}</p>
      </div>
      {isPayable(state) ? (
        <>
          <div className="stub-qr">
            <QrTile label="QR code of the invoice" />
          </div>
          <div className="stub-time">
            <p>
              <strong>
                <span className="wide-only">Scan with a Lightning wallet</span>
                <span className="narrow-only">Price held</span>
              </strong>{' '}
              <span>{formatTimeLeft(leftMs)} left</span>
            </p>
            <TimeBar percent={Math.max(0, Math.min(100, Math.round((100 * leftMs) / wholeMs)))} />
          </div>
        </>
      ) : null}
    </>
  )
}

function PageStatus({ state, noun }: { state: CheckoutPageState; noun: string }) {
  switch (state) {
    case 'waiting':
    case 'wrong_proof':
      return (
        <Status tone="waiting" icon="clock" title="Waiting for your wallet">
          When you have paid, press Check payment.
        </Status>
      )
    case 'not_yet':
      return (
        <Status tone="waiting" icon="clock" title="Not seen yet">
          No payment has arrived so far. Pay the invoice, then check again.
        </Status>
      )
    case 'unclear':
      return (
        <Status tone="waiting" icon="clock" title="Your wallet may say paid; we have not seen it yet">
          Do not pay again. Press Check payment in a moment.
        </Status>
      )
    case 'expired':
      return (
        <Status tone="plain" icon="clock" title="This invoice ran out">
          No money moved. Get a new one at the same price.
        </Status>
      )
    case 'wallet_down':
      return (
        <Status tone="caution" icon="plug" title="The author’s wallet does not answer">
          Nothing was charged. Try again in a moment.
        </Status>
      )
    case 'settled':
      return (
        <Status tone="paid" icon="checkCircle" title="Paid">
          It counts. Open your {noun}.
        </Status>
      )
  }
}

function Acts({ item, challenge, state, demoWallet }: CheckoutPageProps) {
  const hasNewInvoice = state === 'expired' || state === 'wallet_down'
  return (
    <div className="acts">
      {isPayable(state) ? (
        <a className="button" href={`lightning:${challenge.invoice}`}>
          <Icon name="wallet" />
          Open in wallet
        </a>
      ) : null}
      {hasNewInvoice ? (
        <form method="post" action="/_l402/challenge">
          <input type="hidden" name="resource" value={item.slug} />
          <input type="hidden" name="offer" value={item.offer.id} />
          <button className="button" type="submit">
            {state === 'expired' ? `New invoice, ${formatPrice(challenge.amountMsat)}` : 'Try again now'}
          </button>
        </form>
      ) : null}
      <ClaimForms id={challenge.id} state={state} noun={item.noun} />
      {isPayable(state) ? <InvoiceField invoice={challenge.invoice} demoWallet={demoWallet} /> : null}
    </div>
  )
}

/** Asks whether it is paid; whoever says that it is gets told to wait, and not to pay again. */
function ClaimForms({ id, state, noun }: { id: string; state: CheckoutPageState; noun: string }) {
  if (state === 'wallet_down') return null
  const isMain = state === 'settled' || state === 'unclear'
  return (
    <>
      <form method="post" action="/_l402/claim">
        <input type="hidden" name="challenge" value={id} />
        {state === 'expired' || state === 'unclear' ? <SaidPaid /> : null}
        <button className={isMain ? 'button' : 'button-quiet'} type="submit">
          {CLAIM_WORDS[state]?.(noun) ?? 'Check payment'}
        </button>
      </form>
      {state === 'not_yet' ? (
        <form method="post" action="/_l402/claim">
          <input type="hidden" name="challenge" value={id} />
          <SaidPaid />
          <button className="text-button" type="submit">
            My wallet says it is paid
          </button>
        </form>
      ) : null}
    </>
  )
}

const CLAIM_WORDS: Partial<Record<CheckoutPageState, (noun: string) => string>> = {
  settled: (noun) => `Open the ${noun}`,
  expired: () => 'I paid it: check again',
}

const SaidPaid = () => <input type="hidden" name="said" value="paid" />

function InvoiceField({ invoice, demoWallet }: { invoice: string; demoWallet: string | null }) {
  return (
    <div className="field">
      <label htmlFor="invoice">Invoice, to copy into a wallet</label>
      <textarea id="invoice" className="code-field" readOnly rows={3} defaultValue={invoice} />
      {demoWallet === null ? null : (
        <a className="link" href={demoWallet}>
          Open the demo wallet
        </a>
      )}
    </div>
  )
}

/** Invoice and proof together restore a purchase (protocol.md §10.4); the page fills in the invoice. */
function ProofRow({ challenge, state }: CheckoutPageProps) {
  const isWrong = state === 'wrong_proof'
  return (
    <details className="fold" open={isWrong}>
      <summary>
        <Icon name="key" />
        <span>I have a payment proof</span>
        <Icon name="chevron" />
      </summary>
      <form className="fold-body proof" method="post" action="/_l402/restore">
        <input type="hidden" name="invoice" value={challenge.invoice} />
        <input type="hidden" name="challenge" value={challenge.id} />
        <label htmlFor="proof">Payment proof, 64 characters from your wallet’s history</label>
        <input
          id="proof"
          name="preimage"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          required
          aria-invalid={isWrong || undefined}
          aria-describedby={isWrong ? 'proof-fault' : undefined}
        />
        {isWrong ? (
          <p className="field-fault" id="proof-fault">
            Nothing was charged. This proof belongs to another invoice.
          </p>
        ) : null}
        <button className="button-quiet" type="submit">
          Check the proof
        </button>
      </form>
    </details>
  )
}
