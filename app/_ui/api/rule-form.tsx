'use client'
/** The fields of one rule: which requests it means, what they cost, what they need. */
import { useId } from 'react'
import { TextField } from '#app/_ui/text-field.tsx'
import { keptTexts, type RuleDraft, suggestName, TIME_UNITS, type TimeUnit } from './rule-draft.ts'

export interface RuleFormProps {
  readonly draft: RuleDraft
  /** Field -> sentence. */
  readonly faults: Readonly<Record<string, string>>
  readonly onChange: (change: Partial<RuleDraft>) => void
}

export function RuleForm(props: RuleFormProps) {
  return (
    <div className="space-y-5 border-t border-hairline bg-surface px-4 py-4">
      <Meaning {...props} />
      <Cost {...props} />
      <Needs {...props} />
    </div>
  )
}

function Meaning({ draft, faults, onChange }: RuleFormProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
      <TextField
        label="Path"
        value={draft.path}
        fault={faults.path}
        hint="* is one part, ** at the end is all that follows."
        onChange={(path) => onChange({ path })}
        isCode
      />
      <TextField
        label="Methods"
        value={draft.methods}
        placeholder="all"
        fault={faults.methods}
        hint="GET, POST; empty: all. GET is also HEAD."
        onChange={(methods) => onChange({ methods })}
        isCode
      />
      <TextField
        label="Host"
        value={draft.host}
        placeholder="any"
        fault={faults.host}
        onChange={(host) => onChange({ host })}
        isCode
      />
      <TextField
        label="Name"
        value={draft.name}
        placeholder={suggestName(draft.path)}
        fault={faults.name}
        hint="A short word; it stands in tokens."
        onChange={(name) => onChange({ name })}
      />
    </div>
  )
}

function Cost({ draft, faults, onChange }: RuleFormProps) {
  return (
    <fieldset className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
      <legend className="sr-only">Price</legend>
      <div className="flex min-h-9 items-center gap-5 text-table sm:col-span-2 lg:col-span-4">
        {[false, true].map((isFree) => (
          <label key={String(isFree)} className="flex min-h-6 items-center gap-2">
            <input
              type="radio"
              name={`cost-${draft.key}`}
              checked={draft.isFree === isFree}
              onChange={() => onChange({ isFree })}
              className="size-4 accent-accent"
            />
            {isFree ? 'Free' : 'Has a price'}
          </label>
        ))}
      </div>
      {!draft.isFree && (
        <>
          <TextField
            label="Price in sats"
            value={draft.price}
            inputMode="numeric"
            fault={faults.price}
            onChange={(price) => onChange({ price })}
          />
          <TextField
            label="Uses"
            value={draft.uses}
            placeholder="any number"
            inputMode="numeric"
            fault={faults.uses}
            hint="1: paid for each call."
            onChange={(uses) => onChange({ uses })}
          />
          <Lasts {...{ draft, faults, onChange }} />
          <TextField
            label="Pace"
            value={draft.rate}
            placeholder="10/60"
            fault={faults.rate}
            hint="Requests / seconds; empty: any."
            onChange={(rate) => onChange({ rate })}
          />
          <TextField
            label="Free a month"
            value={draft.freeMonthly}
            placeholder="none"
            inputMode="numeric"
            fault={faults.freeMonthly}
            hint="Requests of each network that cost nothing."
            onChange={(freeMonthly) => onChange({ freeMonthly })}
          />
          {keptTexts(draft.kept).length > 0 && (
            <p className="text-table text-muted sm:col-span-2 lg:col-span-3 lg:self-center">
              Kept as it is: {keptTexts(draft.kept).join(', ')}.
            </p>
          )}
        </>
      )}
    </fieldset>
  )
}

function Lasts({ draft, faults, onChange }: RuleFormProps) {
  const id = useId()
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0 flex-1">
        <TextField
          label="Lasts"
          value={draft.lasts}
          placeholder="for ever"
          inputMode="numeric"
          fault={faults.lastsSeconds}
          onChange={(lasts) => onChange({ lasts })}
        />
      </div>
      <div className="w-28 shrink-0">
        <label htmlFor={id} className="block text-table font-medium">
          Unit
        </label>
        <select
          id={id}
          value={draft.unit}
          onChange={(event) => onChange({ unit: event.target.value as TimeUnit })}
          className="field mt-1 text-table"
        >
          {Object.keys(TIME_UNITS).map((unit) => (
            <option key={unit}>{unit}</option>
          ))}
        </select>
      </div>
    </div>
  )
}

function Needs({ draft, faults, onChange }: RuleFormProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
      <TextField
        label="Tier"
        value={draft.tier}
        placeholder="0"
        inputMode="numeric"
        fault={faults.tier}
        hint="0 to 255; a token of a lower one does not open it."
        onChange={(tier) => onChange({ tier })}
      />
      <TextField
        label="Capability"
        value={draft.capability}
        placeholder="none"
        fault={faults.capability}
        hint="A word that your server is told."
        onChange={(capability) => onChange({ capability })}
      />
    </div>
  )
}
