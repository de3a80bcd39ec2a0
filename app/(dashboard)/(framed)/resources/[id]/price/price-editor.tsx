'use client'
/** Price tab: one number, and at every key what it means for the card, the 402 and the sales. */
import { useRouter } from 'next/navigation'
import { type ReactNode, useState, useTransition } from 'react'
import type { Pricing } from '#app/_server/reads/resources.ts'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { PROGRAM_LINE_SATS } from '#app/_ui/what-if.ts'
import { type PriceAnswer, savePrice } from '#app/(dashboard)/(framed)/resources/[id]/actions.ts'
import { parseFiat } from '#lib/paywall/offers/fiat-price.ts'
import { parsePrice } from '#lib/paywall/offers/price.ts'
import { fiatToSats } from '#lib/paywall/rates/rate.ts'
import { ProgramsSee } from './programs-see.tsx'
import { ReadersSee } from './readers-see.tsx'
import { WhatIf } from './what-if-panel.tsx'

export function PriceEditor({ pricing, children }: { pricing: Pricing; children: ReactNode }) {
  const { text, unit, first, sats, fault, isChanged, isSaving, done, change, changeUnit, discard, save } =
    usePrice(pricing)
  return (
    <form
      className="mx-auto max-w-[1280px] px-4 pb-10 md:px-8"
      onSubmit={(event) => {
        event.preventDefault()
        if (sats !== null && isChanged) save()
      }}
      noValidate
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-x-12 gap-y-10 pt-8 lg:grid-cols-2">
        <PriceColumn
          {...{ text, unit, first, sats, fault }}
          units={['sats', ...pricing.rates.map(({ currency }) => currency)]}
          openInvoices={pricing.openInvoices}
          onChange={change}
          onUnit={changeUnit}
          onDiscard={discard}
        >
          {children}
        </PriceColumn>
        <div className="min-w-0 space-y-8">
          <ReadersSee pricing={pricing} sats={sats} />
          <ProgramsSee pricing={pricing} sats={sats} />
          {pricing.presentSats !== null && sats !== null && unit === 'sats' && (
            <WhatIf
              present={Number(pricing.presentSats)}
              next={sats}
              salesNote={pricing.salesNote}
              onPick={(value) => change(String(value))}
            />
          )}
        </div>
      </div>
      <SaveRow
        done={done}
        saveWord={
          sats === null
            ? 'Save'
            : unit === 'sats'
              ? `Save ${sats.toLocaleString('en-US')} sats`
              : `Save ${text} ${unit}`
        }
        canDiscard={isChanged}
        canSave={isChanged && sats !== null && !isSaving}
        onDiscard={discard}
      />
    </form>
  )
}

/** What stands in the field, what it means, and what the server last said of it. */
function usePrice(pricing: Pricing) {
  const router = useRouter()
  const first = pricing.presentFiat?.text ?? pricing.presentSats ?? ''
  const firstUnit = pricing.presentFiat?.currency ?? 'sats'
  const [unit, setUnit] = useState(firstUnit)
  const [text, setText] = useState(first === '' ? pricing.suggestedSats : first)
  const [answer, setAnswer] = useState<PriceAnswer | null>(null)
  const [isSaving, startSaving] = useTransition()
  const parsed = readPrice(pricing, text, unit)
  const refusal = answer?.kind === 'fault' ? answer.text : null
  return {
    text,
    unit,
    first,
    sats: parsed.sats,
    fault: parsed.message ?? refusal,
    isChanged: text !== first || unit !== firstUnit,
    isSaving,
    done: answer?.kind === 'done' ? answer.text : null,
    change: (next: string) => {
      setText(next)
      setAnswer(null)
    },
    changeUnit: (next: string) => {
      setUnit(next)
      setAnswer(null)
    },
    discard: () => {
      setText(first)
      setUnit(firstUnit)
      setAnswer(null)
    },
    save: () =>
      startSaving(async () => {
        const saved = await savePrice(pricing.resourceId, text, unit).catch(() => SERVER_SILENT)
        setAnswer(saved)
        if (saved.kind === 'done') router.refresh()
      }),
  }
}

/** Whole sats of now, or the sentence that says what to change. */
function readPrice(
  { rates }: Pricing,
  text: string,
  unit: string,
): { readonly sats: number | null; readonly message: string | null } {
  const parsed = unit === 'sats' ? parsePrice(text) : parseFiat(text, unit)
  if (parsed.kind === 'invalid') return { sats: null, message: parsed.message }
  if (!('fiat' in parsed)) return { sats: Number(parsed.amountMsat / 1000n), message: null }
  const rate = rates.find(({ currency }) => currency === unit)
  if (rate === undefined) return { sats: null, message: `No exchange rate of ${unit} is known right now.` }
  return { sats: Number(fiatToSats(parsed.fiat, { microPerBtc: BigInt(rate.microPerBtc) })), message: null }
}

const SERVER_SILENT: PriceAnswer = {
  kind: 'fault',
  text: 'The server does not answer. Nothing changed; try again.',
}

interface SaveRowProps {
  /** What the server said when the price was taken; `null`: nothing was saved yet. */
  readonly done: string | null
  readonly saveWord: string
  readonly canDiscard: boolean
  readonly canSave: boolean
  readonly onDiscard: () => void
}

function SaveRow({ done, saveWord, canDiscard, canSave, onDiscard }: SaveRowProps) {
  return (
    <div className="mt-8 flex flex-wrap items-center justify-between gap-4 border-t border-hairline pt-4">
      <p role="status" className={`text-table ${done === null ? 'text-muted' : 'text-paid'}`}>
        {done ?? 'New challenges ask the new price within 2 s. Receipts already sold keep working.'}
      </p>
      <div className="flex gap-3 max-sm:w-full">
        <button type="button" disabled={!canDiscard} onClick={onDiscard} className="button button-plain max-sm:flex-1">
          Discard
        </button>
        <button type="submit" disabled={!canSave} className="button button-primary max-sm:flex-1">
          {saveWord}
        </button>
      </div>
    </div>
  )
}

interface PriceColumnProps {
  readonly text: string
  /** `sats`, or a currency. */
  readonly unit: string
  readonly units: readonly string[]
  /** The price that holds now, as digits; empty: none yet. */
  readonly first: string
  readonly sats: number | null
  readonly fault: string | null
  readonly openInvoices: number
  readonly onChange: (text: string) => void
  readonly onUnit: (unit: string) => void
  readonly onDiscard: () => void
  /** The history. */
  readonly children: ReactNode
}

function PriceColumn(props: PriceColumnProps) {
  const {
    text,
    unit,
    units,
    first,
    sats,
    fault,
    openInvoices: openCount,
    onChange,
    onUnit,
    onDiscard,
    children,
  } = props
  return (
    <div>
      <label htmlFor="price" className="flex h-8 items-center text-interface font-semibold">
        Price
      </label>
      <PriceField {...{ text, unit, units, onChange, onUnit }} isInvalid={fault !== null} />
      <FieldFault id="price-fault" text={fault} />
      <div className="mt-2 flex min-h-6 items-center justify-between text-table text-muted">
        <p>
          {sats === null
            ? ''
            : unit === 'sats'
              ? lineNote(sats)
              : `${sats.toLocaleString('en-US')} sats now. ${lineNote(sats)}`}
        </p>
        {text !== first && first !== '' && (
          <p className="whitespace-nowrap">
            was <strong className="font-semibold text-text">{first}</strong>{' '}
            <button type="button" onClick={onDiscard} className="link ml-2">
              Put back
            </button>
          </p>
        )}
      </div>
      <div className="mt-6 border-b border-hairline">{children}</div>
      {openCount > 0 && first !== '' && (
        <p className="mt-6 flex gap-3 rounded-card bg-waiting-soft p-4 text-table text-waiting">
          <Icon name="clock" />
          {openInvoices(openCount, first)}
        </p>
      )}
    </div>
  )
}

function PriceField({
  text,
  unit,
  units,
  isInvalid,
  onChange,
  onUnit,
}: Pick<PriceColumnProps, 'text' | 'unit' | 'units' | 'onChange' | 'onUnit'> & { readonly isInvalid: boolean }) {
  return (
    <div className="mt-2 flex h-14 items-stretch rounded-[4px] border border-control bg-surface focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus">
      <input
        id="price"
        name="price"
        inputMode={unit === 'sats' ? 'numeric' : 'decimal'}
        autoComplete="off"
        value={text}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={isInvalid}
        aria-describedby={isInvalid ? 'price-fault' : undefined}
        className="min-w-0 flex-1 bg-transparent px-4 text-h1 font-semibold outline-none"
      />
      <select
        aria-label="Currency"
        value={unit}
        onChange={(event) => onUnit(event.target.value)}
        className="w-24 border-l border-hairline bg-transparent px-3 font-medium outline-none"
      >
        {[...new Set([...units, unit])].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </div>
  )
}

function lineNote(sats: number): string {
  return sats > PROGRAM_LINE_SATS
    ? 'Most programs refuse more than 1,000 sats per request by default. People are not affected.'
    : 'Up to 1,000 sats: programs pay this by default.'
}

function openInvoices(count: number, sats: string): string {
  return count === 1
    ? `1 open invoice keeps ${sats} until it runs out.`
    : `${count} open invoices keep ${sats} until they run out.`
}
