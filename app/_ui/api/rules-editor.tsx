'use client'
/** The first page of an API: what its routes cost, in the order in which they are tried. */
import { type FormEvent, lazy, Suspense, useState } from 'react'
import { Icon } from '#app/_ui/icon.tsx'
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'
import { FIELD_WORDS } from './rule-draft.ts'
import { RulesTable } from './rules-table.tsx'
import { type Rules, type SaveRules, useRules } from './use-rules.ts'

/** Its code comes when it is asked for: it brings a reader of YAML. */
const ImportPanel = lazy(async () => ({ default: (await import('./import-panel.tsx')).ImportPanel }))

interface RulesEditorProps {
  readonly rules: readonly RuleInput[]
  /** Where programs find the API. */
  readonly address: string
  readonly isOnSale: boolean
  readonly onSave: SaveRules
}

export function RulesEditor({ rules: kept, address, isOnSale, onSave }: RulesEditorProps) {
  const rules = useRules(kept, onSave)
  const [isImporting, setImporting] = useState(false)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    rules.save()
  }
  return (
    <form className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8" onSubmit={onSubmit} noValidate>
      <Heading rules={rules} onImport={() => setImporting(true)} />
      <p className="max-w-3xl text-table text-muted [overflow-wrap:anywhere]">
        The first rule that fits a request decides. Paths stand below {address.replace(/^https?:\/\//, '')}; what no
        rule means is answered by 404.
      </p>
      {isImporting && (
        <Suspense fallback={null}>
          <ImportPanel
            count={rules.drafts.length}
            onUse={(drafts, how) => {
              if (how === 'instead') rules.replaceAll(drafts)
              else rules.add(drafts)
              setImporting(false)
            }}
            onClose={() => setImporting(false)}
          />
        </Suspense>
      )}
      <FaultList rules={rules} />
      {rules.drafts.length === 0 ? <NoRules rules={rules} /> : <RulesTable rules={rules} />}
      <SaveRow rules={rules} isOnSale={isOnSale} />
    </form>
  )
}

function Heading({ rules, onImport }: { rules: Rules; onImport: () => void }) {
  return (
    <div className="flex min-h-9 flex-wrap items-center justify-between gap-3">
      <h2 className="text-lead">Rules</h2>
      <div className="flex gap-3">
        <button type="button" onClick={onImport} className="button button-plain button-small">
          <Icon name="document" />
          Import OpenAPI
        </button>
        <button type="button" onClick={() => rules.add()} className="button button-plain button-small">
          <Icon name="plus" />
          Add a rule
        </button>
      </div>
    </div>
  )
}

function NoRules({ rules }: { rules: Rules }) {
  return (
    <div className="mt-4 border-y border-hairline py-6">
      <p>There are no rules yet, so nothing is on sale. One for everything is enough to begin with.</p>
      <button type="button" onClick={() => rules.add()} className="button button-primary mt-4">
        Everything for 10 sats
      </button>
    </div>
  )
}

function FaultList({ rules: { faults, drafts, open } }: { rules: Rules }) {
  const entries = Object.entries(faults)
  if (entries.length === 0) return null
  return (
    <div role="alert" className="mt-4 rounded-card bg-error-soft px-4 py-3 text-table text-error">
      <ul className="space-y-1">
        {entries.map(([field, text]) => {
          const [, n, name] = /^rules\.(\d+)\.(\w+)$/.exec(field) ?? []
          return (
            <li key={field} className="flex gap-2">
              <Icon name="caution" />
              <span>
                {n !== undefined && (
                  <button
                    type="button"
                    onClick={() => open(drafts[Number(n)]?.key ?? null)}
                    className="font-semibold underline underline-offset-4"
                  >
                    Rule {Number(n) + 1}, {FIELD_WORDS[name ?? ''] ?? name}
                  </button>
                )}
                {n !== undefined && ': '}
                {text}
              </span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function SaveRow({ rules, isOnSale }: { rules: Rules; isOnSale: boolean }) {
  const { isChanged, isSaving, done, lost, drafts } = rules
  return (
    <div className="mt-6 flex flex-wrap items-center justify-between gap-4 border-t border-hairline pt-4">
      <p role="status" className={`max-w-3xl text-table ${done === null ? 'text-muted' : 'text-paid'}`}>
        {done ?? saveHint(lost, isOnSale)}
      </p>
      <div className="flex gap-3 max-sm:w-full">
        <button
          type="button"
          disabled={!isChanged}
          onClick={rules.discard}
          className="button button-plain max-sm:flex-1"
        >
          Discard
        </button>
        <button
          type="submit"
          disabled={!isChanged || isSaving || drafts.length === 0}
          className="button button-primary max-sm:flex-1"
        >
          {isOnSale ? 'Save rules' : 'Save and put on sale'}
        </button>
      </div>
    </div>
  )
}

function saveHint(lost: number, isOnSale: boolean): string {
  if (lost > 0) {
    const rules = lost === 1 ? 'A rule with a price is' : `${lost} rules with a price are`
    return `${rules} gone: what was bought of it opens nothing any more. Discard brings it back.`
  }
  return isOnSale
    ? 'New challenges ask the new prices within 2 s. What was bought of a rule stays good while the rule is there.'
    : 'Nothing is on sale before you save.'
}
