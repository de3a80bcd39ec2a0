'use client'
/** The rules on the page: typed, ordered, and kept when they are saved; what is not saved can be put back. */
import { useEffect, useRef, useState, useTransition } from 'react'
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'
import { faultsOf, moved, newDraft, type RuleDraft, toDraft, toRuleInput } from './rule-draft.ts'

/** Field -> sentence: `rules.2.path`; `''` is about all of it. */
type Faults = Readonly<Record<string, string>>

export type RulesAnswer =
  | { readonly kind: 'saved'; readonly rules: readonly RuleInput[]; readonly text: string }
  | { readonly kind: 'refused'; readonly fields: Faults }

/** Sends all rules as JSON. */
export type SaveRules = (json: string) => Promise<RulesAnswer>

const SERVER_SILENT: RulesAnswer = {
  kind: 'refused',
  fields: { '': 'The server does not answer. Nothing was changed; try again.' },
}

const draftsOf = (rules: readonly RuleInput[]) => rules.map((rule, n) => toDraft(rule, `kept-${n}`))

export function useRules(kept: readonly RuleInput[], save: SaveRules) {
  const [first, setFirst] = useState(() => draftsOf(kept))
  const [drafts, setDrafts] = useState(first)
  const [openKey, setOpenKey] = useState<string | null>(null)
  const [answer, setAnswer] = useState<RulesAnswer | null>(null)
  const [said, setSaid] = useState('')
  const [isSaving, startSaving] = useTransition()
  const { focus, refOf } = useFocus(drafts)

  const take = (next: readonly RuleDraft[], words = '') => {
    setDrafts([...next])
    setAnswer(null)
    setSaid(words)
  }
  const begin = (next: RuleDraft[], came: RulesAnswer | null) => {
    setFirst(next)
    setDrafts(next)
    setOpenKey(null)
    setAnswer(came)
  }
  const refuse = (fields: Faults) => {
    setAnswer({ kind: 'refused', fields })
    const n = firstFaulty(fields)
    if (n !== null) setOpenKey(drafts[n]?.key ?? null)
  }
  const send = () => {
    const faults = faultsOf(drafts)
    if (Object.keys(faults).length > 0) return refuse(faults)
    startSaving(async () => {
      const came = await save(JSON.stringify(drafts.map(toRuleInput))).catch(() => SERVER_SILENT)
      if (came.kind === 'refused') refuse(came.fields)
      else begin(draftsOf(came.rules), came)
    })
  }
  return {
    ...{ drafts, openKey, isSaving, said, refOf },
    ...useActs({ drafts, take, open: setOpenKey, focus }),
    isChanged: drafts !== first,
    faults: answer?.kind === 'refused' ? answer.fields : {},
    done: answer?.kind === 'saved' ? answer.text : null,
    lost: countLost(first, drafts),
    open: setOpenKey,
    discard: () => begin(first, null),
    save: send,
  }
}

export type Rules = ReturnType<typeof useRules>

/** The place of the first rule that a fault is about; `null`: none is. */
function firstFaulty(fields: Faults): number | null {
  const [, n] = /^rules\.(\d+)\./.exec(Object.keys(fields)[0] ?? '') ?? []
  return n === undefined ? null : Number(n)
}

/** Rules with buyers that would be gone. */
function countLost(first: readonly RuleDraft[], drafts: readonly RuleDraft[]): number {
  const kept = new Set(drafts.flatMap(({ service, isFree }) => (service === null || isFree ? [] : [service])))
  return first.filter(({ service }) => service !== null && !kept.has(service)).length
}

interface ActDeps {
  readonly drafts: readonly RuleDraft[]
  readonly take: (next: readonly RuleDraft[], words?: string) => void
  readonly open: (key: string | null) => void
  readonly focus: (next: Focus) => void
}

/** What changes the list; nothing of it is sent. */
function useActs({ drafts, take, open, focus }: ActDeps) {
  const made = useRef(0)
  return {
    change: (key: string, change: Partial<RuleDraft>) =>
      take(drafts.map((draft) => (draft.key === key ? { ...draft, ...change } : draft))),
    /** An empty one to fill in, or these. */
    add: (more: readonly RuleDraft[] = []) => {
      made.current += 1
      const key = `new-${made.current}`
      take([...drafts, ...(more.length > 0 ? more : [newDraft(key, drafts.length === 0 ? '/**' : '/')])])
      open(more.length > 0 ? null : key)
    },
    replaceAll: (next: readonly RuleDraft[]) => take(next),
    remove: (n: number) => {
      const beside = drafts[n + 1] ?? drafts[n - 1]
      if (beside !== undefined) focus({ key: beside.key, part: 'edit' })
      const rest = drafts.filter((_, at) => at !== n)
      take(rest, `Rule ${n + 1} is taken away.`)
    },
    move: (from: number, to: number, part: Focus['part']) => {
      const draft = drafts[from]
      if (draft === undefined || to < 0 || to >= drafts.length) return
      focus({ key: draft.key, part })
      take(moved(drafts, from, to), `Rule ${from + 1} is rule ${to + 1} of ${drafts.length} now.`)
    },
  }
}

/** Where the focus goes once the rows stand in their new order. */
interface Focus {
  readonly key: string
  readonly part: 'up' | 'down' | 'edit'
}

/** A row that moves in the page loses the focus, so it is given back. */
function useFocus(drafts: readonly RuleDraft[]) {
  const wanted = useRef<Focus | null>(null)
  const parts = useRef(new Map<string, HTMLElement>())
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows have moved when the drafts are others
  useEffect(() => {
    const { key = '', part = 'edit' } = wanted.current ?? {}
    wanted.current = null
    const element = parts.current.get(`${key} ${part}`)
    if (element instanceof HTMLButtonElement && element.disabled) parts.current.get(`${key} edit`)?.focus()
    else element?.focus()
  }, [drafts])
  return {
    focus: (next: Focus) => {
      wanted.current = next
    },
    refOf: (key: string, part: Focus['part']) => (element: HTMLElement | null) => {
      if (element === null) parts.current.delete(`${key} ${part}`)
      else parts.current.set(`${key} ${part}`, element)
    },
  }
}
