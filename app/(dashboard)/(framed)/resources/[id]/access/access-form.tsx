'use client'
/** Bounds and conditions for who has paid; what was typed stays after a fault. */
import { type ReactNode, useState, useTransition } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { formatCount } from '#app/_ui/format.ts'
import type { AccessInput } from '#lib/paywall/resources/access.ts'
import { type AccessAnswer, saveAccess } from './actions.ts'

interface AccessFormProps {
  readonly resourceId: string
  readonly access: AccessInput
  /** People see something of it before they pay. */
  readonly hasPreview: boolean
  /** How many bought it. */
  readonly sales: number
}

export function AccessForm({ resourceId, access: stored, hasPreview, sales }: AccessFormProps) {
  const [access, setAccess] = useState(stored)
  const [answer, setAnswer] = useState<AccessAnswer | null>(null)
  const [isSaving, startSaving] = useTransition()
  const change = (part: Partial<AccessInput>) => {
    setAccess((before) => ({ ...before, ...part }))
    setAnswer(null)
  }
  const faults = answer?.kind === 'refused' ? answer.fields : {}
  const save = () => startSaving(async () => setAnswer(await saveAccess(resourceId, access).catch(() => UNANSWERED)))
  return (
    <form
      aria-labelledby="access-title"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <h2 id="access-title" className="text-lead">
        Who has paid
      </h2>
      <div className="mt-4 flex flex-col gap-6">
        <Switches access={access} hasPreview={hasPreview} onChange={change} />
        <Pace access={access} fault={faults.rate} onChange={change} />
        <AtOnce access={access} fault={faults.atOnce} onChange={change} />
      </div>
      <div className="mt-6 flex flex-wrap items-center gap-x-4 gap-y-2">
        <button type="submit" disabled={isSaving} className="button button-primary">
          {isSaving ? 'Saving' : 'Save'}
        </button>
        <p role="status" className={`text-table ${answer?.kind === 'done' ? 'text-paid' : 'text-muted'}`}>
          {answer?.text ?? heldBy(sales)}
        </p>
      </div>
    </form>
  )
}

const UNANSWERED: AccessAnswer = {
  kind: 'refused',
  fields: {},
  text: 'The server does not answer. What you chose is still here; try again.',
}

function heldBy(sales: number): string {
  if (sales === 0) return 'Nobody has bought it yet.'
  return `Holds for everybody, the ${formatCount(sales)} who bought it included.`
}

interface PartProps {
  readonly access: AccessInput
  readonly onChange: (part: Partial<AccessInput>) => void
}

function Switches({ access, hasPreview, onChange }: PartProps & { hasPreview: boolean }) {
  return (
    <div className="flex flex-col gap-4">
      <Switch
        id="access-settled"
        label="Require that the payment has arrived"
        note="A proof of payment alone opens nothing before your books have the sale. Without the database nobody gets in, so leave it off unless one copy is worth much."
        isOn={access.requireSettled}
        onChange={(requireSettled) => onChange({ requireSettled })}
      />
      {hasPreview && (
        <Switch
          id="access-browsers"
          label="Answer browsers with 402 too"
          note="Whoever opens the page gets the preview with an invoice at once. Each view then costs your node an invoice, and crawlers leave."
          isOn={access.browsersPay}
          onChange={(browsersPay) => onChange({ browsersPay })}
        />
      )}
    </div>
  )
}

interface SwitchProps {
  readonly id: string
  readonly label: string
  readonly note: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}

function Switch({ id, label, note, isOn, onChange }: SwitchProps) {
  return (
    <div className="flex gap-3">
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        aria-describedby={`${id}-note`}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-0.5 size-5 shrink-0 accent-accent"
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <p id={`${id}-note`} className="mt-0.5 text-table text-muted">
          {note}
        </p>
      </div>
    </div>
  )
}

function Pace({ access, fault, onChange }: PartProps & { fault: string | undefined }) {
  const about = { isInvalid: fault !== undefined, describedBy: 'access-rate-fault access-rate-note' }
  return (
    <fieldset>
      <legend className="text-table font-medium">Pace of one token</legend>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-2 text-table">
        <NumberField
          id="access-requests"
          label="Requests"
          value={access.rateRequests}
          {...about}
          onChange={(rateRequests) => onChange({ rateRequests })}
        />
        <span aria-hidden="true">requests in</span>
        <NumberField
          id="access-seconds"
          label="Seconds"
          value={access.rateSeconds}
          {...about}
          onChange={(rateSeconds) => onChange({ rateSeconds })}
        />
        <span aria-hidden="true">seconds</span>
      </div>
      <FieldFault id="access-rate-fault" text={fault} />
      <Note id="access-rate-note">
        What comes faster gets 429 and the time to wait; nothing is charged. Empty: as fast as anybody reads.
      </Note>
    </fieldset>
  )
}

function AtOnce({ access, fault, onChange }: PartProps & { fault: string | undefined }) {
  return (
    <div>
      <label htmlFor="access-at-once" className="block text-table font-medium">
        Answers of one token at once
      </label>
      <div className="mt-1.5">
        <NumberField
          id="access-at-once"
          label={null}
          value={access.atOnce}
          isInvalid={fault !== undefined}
          describedBy="access-at-once-fault access-at-once-note"
          onChange={(atOnce) => onChange({ atOnce })}
        />
      </div>
      <FieldFault id="access-at-once-fault" text={fault} />
      <Note id="access-at-once-note">
        One more gets 429 until another has ended. Counted by each gateway for itself. Empty: any number.
      </Note>
    </div>
  )
}

interface NumberFieldProps {
  readonly id: string
  /** `null`: it has a label elsewhere. */
  readonly label: string | null
  readonly value: string
  readonly isInvalid: boolean
  readonly describedBy: string
  readonly onChange: (text: string) => void
}

function NumberField({ id, label, value, isInvalid, describedBy, onChange }: NumberFieldProps) {
  return (
    <input
      id={id}
      {...(label !== null && { 'aria-label': label })}
      inputMode="numeric"
      autoComplete="off"
      value={value}
      aria-invalid={isInvalid}
      aria-describedby={describedBy}
      onChange={(event) => onChange(event.target.value)}
      className="field w-24 max-sm:w-20"
    />
  )
}

function Note({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={id} className="mt-1 text-table text-muted">
      {children}
    </p>
  )
}
