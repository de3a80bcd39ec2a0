'use client'
/** What a press of Publish does: at which price, and the button; both say it before it is done. */
import { type RefObject, useId } from 'react'
import type { EditedResource } from '#app/_server/reads/resources.ts'
import type { PriceInput } from './use-price.ts'

interface PublishStepProps {
  readonly state: EditedResource['state']
  readonly hasChanges: boolean
  readonly price: PriceInput
  readonly priceRef: RefObject<HTMLInputElement | null>
  readonly isDisabled: boolean
  readonly onPress: () => Promise<void>
}

export function PublishStep({ state, hasChanges, price, priceRef, isDisabled, onPress }: PublishStepProps) {
  const isDraft = state === 'draft'
  const words = isDraft ? 'Publish' : hasChanges ? 'Publish changes' : 'Publish again'
  return (
    <form
      className="flex items-center gap-2"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void onPress()
      }}
    >
      {(isDraft || hasChanges) && <PriceField price={price} fieldRef={priceRef} />}
      <button
        type="submit"
        disabled={isDisabled}
        className={`button button-small ${isDraft || hasChanges ? 'button-primary' : 'button-plain'}`}
      >
        {/* A phone has room for one word beside the marks. */}
        <span className="max-sm:hidden">{words}</span>
        <span className="sm:hidden">{words.split(' ')[0]}</span>
      </button>
    </form>
  )
}

/** Empty until the creator names one: a price that nobody chose is not published. */
function PriceField({ price, fieldRef }: { price: PriceInput; fieldRef: PublishStepProps['priceRef'] }) {
  const id = useId()
  return (
    <div
      className={`flex h-8 items-center rounded-[4px] border bg-surface focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus ${price.fault === null ? 'border-control' : 'border-error'}`}
    >
      <label htmlFor={id} className="pl-2.5 text-table text-muted">
        Price<span className="sr-only"> in sats</span>
      </label>
      <input
        ref={fieldRef}
        id={id}
        name="price"
        inputMode="numeric"
        autoComplete="off"
        value={price.text}
        placeholder="100"
        onChange={(event) => price.change(event.target.value)}
        aria-invalid={price.fault !== null}
        aria-describedby={price.fault === null ? undefined : 'price-fault'}
        className="w-16 min-w-0 bg-transparent text-right text-table font-semibold outline-none placeholder:font-normal placeholder:text-faint"
      />
      <span className="pr-2.5 pl-1 text-table text-muted">sats</span>
    </div>
  )
}
