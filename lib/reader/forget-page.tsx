/** Asks before this browser forgets, with the receipts at hand; for readers without script. */
import { renderDocument } from './document.tsx'
import { formatCount } from './format.ts'
import { Icon } from './icons.tsx'
import type { ForgetPageProps } from './props.ts'

/** The whole document of `/_l402/forget`. */
export function renderForgetPage(props: ForgetPageProps): string {
  return renderDocument({
    assets: props.assets,
    creator: props.creator,
    title: `Forget this browser · ${props.creator.name}`,
    isIndexed: false,
    config: null,
    children: <Forget {...props} />,
  })
}

function Forget({ receipts }: ForgetPageProps) {
  return (
    <>
      <header className="page-head">
        <h1>Forget this browser?</h1>
        <p>
          What you paid stays paid, but only the receipts open it again. Save them first; without them, this cannot be
          undone. Invoices that wait are forgotten too.
        </p>
      </header>
      <div className="acts">
        {receipts === 0 ? null : (
          <a className="button" href="/_l402/receipts">
            <Icon name="download" />
            Save {receipts === 1 ? 'the receipt' : `all ${formatCount(receipts)} receipts`}
          </a>
        )}
        <form method="post" action="/_l402/forget">
          <input type="hidden" name="sure" value="yes" />
          <button className="button-quiet" type="submit">
            Forget everything
          </button>
        </form>
        <a className="link" href="/_l402/purchases">
          Keep it
        </a>
      </div>
    </>
  )
}
