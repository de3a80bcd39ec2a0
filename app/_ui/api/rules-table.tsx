'use client'
/** The rules in the order in which they are tried; each can be opened, moved and taken away. */
import type { KeyboardEvent } from 'react'
import { Icon, type IconName } from '#app/_ui/icon.tsx'
import { type RuleDraft, shadowsOf, termsText } from './rule-draft.ts'
import { RuleForm } from './rule-form.tsx'
import type { Rules } from './use-rules.ts'

/** Order, methods, path, host, price, tier, capability, acts. */
const COLUMNS =
  'md:grid-cols-[2rem_7.5rem_minmax(10rem,2fr)_minmax(4rem,1fr)_minmax(7rem,1.2fr)_3rem_minmax(4.5rem,1fr)_9.5rem]'

export function RulesTable({ rules }: { rules: Rules }) {
  const shadows = shadowsOf(rules.drafts)
  return (
    <div className="mt-3">
      <div
        aria-hidden="true"
        className={`hidden h-9 items-center gap-x-3 px-2 text-label text-faint md:grid ${COLUMNS}`}
      >
        <span>#</span>
        <span>Methods</span>
        <span>Path</span>
        <span>Host</span>
        <span>Price</span>
        <span>Tier</span>
        <span>Capability</span>
      </div>
      <ol aria-label="Rules" className="border-t border-hairline">
        {rules.drafts.map((draft, n) => (
          <RuleRow key={draft.key} {...{ rules, draft, n }} shadowedBy={shadows.get(n) ?? null} />
        ))}
      </ol>
      <p aria-live="polite" className="sr-only">
        {rules.said}
      </p>
    </div>
  )
}

interface RuleRowProps {
  readonly rules: Rules
  readonly draft: RuleDraft
  readonly n: number
  readonly shadowedBy: number | null
}

function RuleRow({ rules, draft, n, shadowedBy }: RuleRowProps) {
  const isOpen = rules.openKey === draft.key
  const faults = faultsAt(rules.faults, n)
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
    if (!event.altKey || step === undefined) return
    event.preventDefault()
    rules.move(n, n + step, 'edit')
  }
  return (
    <li className="border-b border-hairline" onKeyDown={onKeyDown}>
      <div
        className={`grid grid-cols-[2rem_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-2 py-2 text-table md:min-h-10 md:py-1 ${COLUMNS}`}
      >
        <span className="text-muted max-md:row-span-3 max-md:self-start max-md:pt-0.5">{n + 1}</span>
        <Cells draft={draft} />
        <Acts {...{ rules, draft, n, isOpen }} />
      </div>
      {shadowedBy !== null && (
        <p className="mx-2 mb-2 flex gap-2 rounded-[4px] bg-caution-soft px-3 py-1.5 text-table text-caution">
          <Icon name="caution" />
          No request gets here: rule {shadowedBy + 1} takes all of them. Move this one before it.
        </p>
      )}
      {Object.keys(faults).length > 0 && !isOpen && (
        <p className="mx-2 mb-2 flex gap-2 text-table text-error">
          <Icon name="caution" />
          {Object.values(faults)[0]}
        </p>
      )}
      {isOpen && <RuleForm draft={draft} faults={faults} onChange={(change) => rules.change(draft.key, change)} />}
    </li>
  )
}

function Cells({ draft }: { draft: RuleDraft }) {
  const { methods, path, host, isFree, price, tier, capability } = draft
  const terms = termsText(draft)
  return (
    <>
      <span className="font-mono text-label max-md:order-1 max-md:col-start-2">{methods.toUpperCase() || 'all'}</span>
      <span className="min-w-0 font-mono [overflow-wrap:anywhere] max-md:order-2 max-md:col-start-2">
        {path || '/'}
      </span>
      <span className="min-w-0 text-muted [overflow-wrap:anywhere] max-md:hidden">{host || 'any'}</span>
      <span className="max-md:order-3 max-md:col-start-2">
        {isFree ? <span className="text-paid">free</span> : <strong className="font-semibold">{price} sats</strong>}
        {terms !== '' && <span className="text-muted">, {terms}</span>}
        <span className="text-muted md:hidden">
          {host !== '' && `, at ${host}`}
          {tier !== '' && `, tier ${tier}`}
          {capability !== '' && `, ${capability}`}
        </span>
      </span>
      <span className="text-muted max-md:hidden">{tier || '0'}</span>
      <span className="min-w-0 truncate text-muted max-md:hidden">{capability}</span>
    </>
  )
}

function Acts({ rules, draft, n, isOpen }: Omit<RuleRowProps, 'shadowedBy'> & { isOpen: boolean }) {
  const { key } = draft
  return (
    <span className="flex items-center justify-end gap-0.5 max-md:col-start-3 max-md:row-span-3 max-md:row-start-1">
      <Act
        icon="arrowUp"
        label={`Move rule ${n + 1} up`}
        refer={rules.refOf(key, 'up')}
        isOff={n === 0}
        onPress={() => rules.move(n, n - 1, 'up')}
      />
      <Act
        icon="arrowDown"
        label={`Move rule ${n + 1} down`}
        refer={rules.refOf(key, 'down')}
        isOff={n === rules.drafts.length - 1}
        onPress={() => rules.move(n, n + 1, 'down')}
      />
      <button
        type="button"
        ref={rules.refOf(key, 'edit')}
        aria-expanded={isOpen}
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
        onClick={() => rules.open(isOpen ? null : key)}
        className="link min-h-8 min-w-12 px-1.5 text-center text-table"
      >
        {isOpen ? 'Close' : 'Edit'}
        <span className="sr-only"> rule {n + 1}</span>
      </button>
      <Act icon="trash" label={`Take rule ${n + 1} away`} onPress={() => rules.remove(n)} />
    </span>
  )
}

interface ActProps {
  readonly icon: IconName
  readonly label: string
  readonly isOff?: boolean
  readonly refer?: (element: HTMLElement | null) => void
  readonly onPress: () => void
}

function Act({ icon, label, isOff = false, refer, onPress }: ActProps) {
  return (
    <button
      type="button"
      ref={refer}
      title={label}
      aria-label={label}
      disabled={isOff}
      onClick={onPress}
      className="flex size-8 items-center justify-center rounded-[4px] text-muted hover:bg-sunken hover:text-text disabled:opacity-35 disabled:hover:bg-transparent"
    >
      <Icon name={icon} className="size-4.5!" />
    </button>
  )
}

/** Field -> sentence of the rule at one place. */
function faultsAt(faults: Readonly<Record<string, string>>, n: number): Record<string, string> {
  const prefix = `rules.${n}.`
  return Object.fromEntries(
    Object.entries(faults).flatMap(([field, text]) =>
      field.startsWith(prefix) ? [[field.slice(prefix.length), text]] : [],
    ),
  )
}
