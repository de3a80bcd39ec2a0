/** Puts a purchase back: from a receipt, or from the invoice together with its payment proof. */
import { renderDocument } from './document.tsx'
import type { RestorePageProps } from './props.ts'
import { Status } from './status.tsx'

/** The whole document of `/_l402/restore`, also sent for `/_l402/receipt`, whose fragment only the script sees. */
export function renderRestorePage(props: RestorePageProps): string {
  return renderDocument({
    assets: props.assets,
    creator: props.creator,
    title: `Restore · ${props.creator.name}`,
    isIndexed: false,
    config: { page: 'restore' },
    children: <Restore {...props} />,
  })
}

function Restore({ fault, values }: RestorePageProps) {
  return (
    <>
      <header className="page-head">
        <h1>Restore</h1>
        <p>Nothing is charged here. What you paid for opens again in this browser.</p>
      </header>
      <div role="alert" id="fault">
        {fault ? (
          <Status tone="error" icon="info" title={fault.message}>
            <a className="link" href={`#${fault.field}`}>
              Go to the field
            </a>
          </Status>
        ) : null}
      </div>
      <ReceiptForm fault={fault} values={values} />
      <ProofForm fault={fault} values={values} />
      <Help />
    </>
  )
}

function ReceiptForm({ fault, values }: Pick<RestorePageProps, 'fault' | 'values'>) {
  const isWrong = fault?.field === 'credential'
  return (
    <form className="panel" method="post" action="/_l402/restore" data-form="receipt">
      <h2>With the receipt</h2>
      <label htmlFor="credential">Receipt, or its link</label>
      <textarea
        id="credential"
        className="code-field"
        name="credential"
        rows={4}
        defaultValue={values.credential}
        autoComplete="off"
        spellCheck={false}
        required
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? 'credential-fault' : 'credential-hint'}
      />
      {isWrong ? (
        <p className="field-fault" id="credential-fault">
          {fault.message}
        </p>
      ) : (
        <p className="field-hint" id="credential-hint">
          The text of a saved receipt. It begins with a long row of letters and has a colon in it.
        </p>
      )}
      <p className="file-row" id="receipt-file-row" hidden>
        <label className="text-button" htmlFor="receipt-file">
          Choose a saved receipt file
        </label>
        <input id="receipt-file" type="file" accept=".txt,.json,text/plain,application/json" />
      </p>
      <button className="button" type="submit">
        Restore
      </button>
    </form>
  )
}

function ProofForm({ fault, values }: Pick<RestorePageProps, 'fault' | 'values'>) {
  const isWrong = fault?.field === 'preimage'
  return (
    <form className="panel" method="post" action="/_l402/restore" data-form="proof">
      <h2>With invoice and payment proof</h2>
      <p className="panel-text">
        Your wallet’s history shows both under the payment. The proof is also called preimage.
      </p>
      <label htmlFor="invoice">Invoice</label>
      <textarea
        id="invoice"
        className="code-field"
        name="invoice"
        rows={3}
        defaultValue={values.invoice}
        autoComplete="off"
        spellCheck={false}
        required
      />
      <label htmlFor="preimage">Payment proof, 64 characters</label>
      <input
        id="preimage"
        className="code-field"
        name="preimage"
        defaultValue={values.preimage}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        required
        aria-invalid={isWrong || undefined}
        aria-describedby={isWrong ? 'preimage-fault' : undefined}
      />
      {isWrong ? (
        <p className="field-fault" id="preimage-fault">
          {fault.message}
        </p>
      ) : null}
      <button className="button" type="submit">
        Restore
      </button>
    </form>
  )
}

function Help() {
  return (
    <section className="help" id="help" aria-labelledby="help-title">
      <h2 id="help-title">Help</h2>
      <dl>
        <dt>How do I pay?</dt>
        <dd>
          Press Unlock, then scan the code with any Lightning wallet, or copy the invoice into one. The article opens by
          itself.
        </dd>
        <dt>I paid and closed the page.</dt>
        <dd>Come back in the same browser: it opens by itself, however late. Do not pay again.</dd>
        <dt>I want to read on another device.</dt>
        <dd>Save the receipt under Your purchases and enter it here, on the other device.</dd>
        <dt>Can I be charged twice?</dt>
        <dd>No. An invoice can be paid once, and what you bought is never asked for again.</dd>
      </dl>
    </section>
  )
}
