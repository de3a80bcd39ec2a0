'use client'
/** Three numbered blocks at left, the reader's page at right, one button. */
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Mark } from '#app/_ui/icon.tsx'
import { parsePrice } from '#lib/paywall/offers/price.ts'
import { slugOf, UNTITLED } from '#lib/paywall/resources/resource.ts'
import { Block } from './block.tsx'
import { HandleField } from './handle-field.tsx'
import { LivePanel } from './live-panel.tsx'
import { PortraitField } from './portrait-field.tsx'
import { ReaderPreview } from './reader-preview.tsx'
import { TextField } from './text-field.tsx'
import { useWelcome } from './use-welcome.ts'

export function WelcomeForm({ hostSuffix }: { hostSuffix: string }) {
  const welcome = useWelcome()
  const { handle, name, price, article, answer, faults, problem } = welcome
  if (answer?.kind === 'live')
    return <LivePanel url={answer.url} resourceId={answer.resourceId} portraitFault={welcome.portrait.fault} />
  const parsed = parsePrice(price)
  const priceFault = parsed.kind === 'invalid' ? parsed.message : faults.price
  const sats = parsed.kind === 'price' ? Number(parsed.amountMsat / 1000n) : null
  const slug = slugOf(article.title)
  // Other letters are transliterated by the server: their tables would be a tenth of this page's script.
  const address = `${handle || 'your-handle'}${hostSuffix}/${slug === UNTITLED && article.title !== '' ? '…' : slug}`
  const promise =
    Object.keys(faults).length === 0 ? `Live in a second, at ${address}` : 'Not live yet: see the marked fields.'
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,57%)_minmax(0,43%)]">
      <main className="mx-auto w-full max-w-[828px] px-5 pt-8 pb-16 md:pr-14 md:pl-16">
        <Heading />
        <form
          onSubmit={(event) => {
            event.preventDefault()
            welcome.publish()
          }}
          noValidate
        >
          <Block number={1} title="Your address and name">
            <HandleField handle={handle} hostSuffix={hostSuffix} refusal={faults.handle} onChange={welcome.setHandle} />
            <NameField name={name} fault={faults.name} onChange={welcome.setName} />
            <PortraitField file={welcome.portrait.file} onChoose={welcome.portrait.choose} />
          </Block>
          <TextField article={article} fault={faults.text} />
          <Block number={3} title="Your price">
            <PriceField price={price} fault={priceFault} onChange={welcome.setPrice} />
          </Block>
          <PublishRow isPublishing={welcome.isPublishing} note={problem ?? promise} />
        </form>
      </main>
      <ReaderPreview article={article} address={address} creator={name} sats={sats} />
    </div>
  )
}

interface FieldProps {
  readonly fault: string | undefined
  readonly onChange: (text: string) => void
}

function NameField({ name, fault, onChange }: FieldProps & { name: string }) {
  return (
    <>
      <label htmlFor="name" className="mt-3 block text-table text-muted">
        Name over your page
      </label>
      <input
        id="name"
        name="name"
        autoComplete="off"
        maxLength={60}
        value={name}
        placeholder="Your name, or that of your paper"
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={fault !== undefined}
        aria-describedby="name-fault"
        className="field mt-1 h-11 px-3 text-lead"
      />
      <FieldFault id="name-fault" text={fault} />
    </>
  )
}

function PublishRow({ isPublishing, note }: { isPublishing: boolean; note: string }) {
  return (
    <div className="mt-6 flex flex-wrap items-center gap-x-4 gap-y-3 border-t border-hairline pt-7">
      <button type="submit" disabled={isPublishing} className="button button-primary button-large">
        {isPublishing ? 'Publishing' : 'Publish'}
      </button>
      <p className="min-w-0 text-table break-words text-muted" role="status">
        {note}
      </p>
    </div>
  )
}

function Heading() {
  return (
    <>
      <header className="flex items-center justify-between">
        <p className="flex items-center gap-2.5 font-semibold">
          <Mark />
          Satstile
        </p>
        <p className="text-table text-muted">Kept as you type</p>
      </header>
      <h1 className="mt-10 text-h1 tracking-[-0.01em]">Sell your first page</h1>
      <p className="mt-2 text-lead text-muted">Three things, then it is live. You can change all of them later.</p>
    </>
  )
}

function PriceField({ price, fault, onChange }: FieldProps & { price: string }) {
  return (
    <>
      <div className="flex h-11 w-full max-w-[212px] items-center rounded-[4px] border border-control bg-surface focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus">
        <input
          name="price"
          aria-label="Price in sats"
          inputMode="numeric"
          autoComplete="off"
          value={price}
          onChange={(event) => onChange(event.target.value)}
          aria-invalid={fault !== undefined}
          aria-describedby="first-price-note first-price-fault"
          className="min-w-0 flex-1 bg-transparent px-3 text-lead font-semibold outline-none"
        />
        <span className="pr-3 text-muted">sats</span>
      </div>
      <FieldFault id="first-price-fault" text={fault} />
      <p id="first-price-note" className="mt-2 text-table text-muted">
        100 is usual. Up to 1,000, programs pay without asking anybody.
      </p>
    </>
  )
}
