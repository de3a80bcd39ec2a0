'use client'
/** Drafts save themselves a moment after the last key; what cannot be sent is kept on this device and sent later. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { type Draft, isSameDraft, refuseHere, type SaveAnswer } from './draft.ts'
import { dropLocal, findLocal, keepLocally } from './local-draft.ts'

export type SaveState =
  | { readonly kind: 'kept'; readonly at: Date | null }
  | { readonly kind: 'saving' }
  | { readonly kind: 'here'; readonly at: Date; readonly why: string }
  | { readonly kind: 'unkept' }
  /** `isHere`: what was refused is kept on this device at least. */
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>>; readonly isHere: boolean }
  | { readonly kind: 'conflict'; readonly theirs: Draft }

const QUIET_MS = 800
const RETRY_MS = 5000

export interface Autosave {
  readonly state: SaveState
  /** Last part of the article's address, as the server last said. */
  readonly address: string
  /** Tells of the newest text. */
  readonly change: (draft: Draft) => void
  /** Sends what is not sent yet; answers the revision that the server then has, or `null` when it has not. */
  readonly flush: () => Promise<number | null>
  /** Goes on with `draft`, saved over `revision`: how a conflict ends. */
  readonly resolve: (draft: Draft, revision: number) => void
}

/** What the server is known to have; `null`: only its revision. */
interface Saved {
  readonly draft: Draft | null
  readonly revision: number
}

export function useAutosave(
  { id: resourceId, slug }: { id: string; slug: string },
  first: Draft,
  save: (draft: Draft) => Promise<SaveAnswer>,
): Autosave {
  const [address, setAddress] = useState(slug)
  const [state, setState] = useState<SaveState>({ kind: 'kept', at: null })
  const latest = useRef(first)
  const saved = useRef<Saved>({ draft: first, revision: first.revision })
  const running = useRef<Promise<number | null> | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)

  const isKeptHere = useRef(false)

  const send = useCallback(async (): Promise<number | null> => {
    const draft = { ...latest.current, revision: saved.current.revision }
    if (saved.current.draft !== null && isSameDraft(draft, saved.current.draft)) {
      // Typed back to what the server has: a copy that was kept here meanwhile would come back as if it were newer.
      if (isKeptHere.current) dropLocal('unsaved', resourceId)
      isKeptHere.current = false
      setState(settle)
      return saved.current.revision
    }
    setState({ kind: 'saving' })
    const answer = await offer(save, draft)
    if (answer.kind === 'saved') {
      saved.current = { draft, revision: answer.revision }
      if (isSameDraft(latest.current, draft)) dropLocal('unsaved', resourceId)
      setAddress(answer.slug)
      setState({ kind: 'kept', at: new Date() })
      return answer.revision
    }
    isKeptHere.current = keepLocally('unsaved', resourceId, { ...latest.current, revision: draft.revision })
    setState(stateAfter(answer, isKeptHere.current))
    return null
  }, [resourceId, save])

  const flush = useCallback(async (): Promise<number | null> => {
    clearTimeout(timer.current)
    // One save at a time: the second carries the revision that the first was given.
    await running.current
    running.current = send()
    const revision = await running.current
    running.current = null
    return revision
  }, [send])

  const change = useCallback(
    (draft: Draft) => {
      latest.current = draft
      clearTimeout(timer.current)
      timer.current = setTimeout(() => void flush(), QUIET_MS)
    },
    [flush],
  )

  const resolve = useCallback(
    (draft: Draft, revision: number) => {
      latest.current = draft
      saved.current = { draft: null, revision }
      void flush()
    },
    [flush],
  )

  useRetry(state, flush)
  useLeaving(latest, saved, resourceId)
  return { state, address, change, flush, resolve }
}

/** What the server will refuse is not sent: it may be larger than what the server reads at all. */
async function offer(save: (draft: Draft) => Promise<SaveAnswer>, draft: Draft): Promise<SaveAnswer> {
  const fields = refuseHere(draft)
  if (fields !== null) return { kind: 'invalid', fields }
  try {
    return await save(draft)
  } catch {
    return { kind: 'down', message: navigator.onLine ? 'the server does not answer' : 'no connection' }
  }
}

function stateAfter(answer: Exclude<SaveAnswer, { kind: 'saved' }>, isHere: boolean): SaveState {
  if (answer.kind === 'conflict') return answer
  if (answer.kind === 'invalid') return { ...answer, isHere }
  return isHere ? { kind: 'here', at: new Date(), why: answer.message } : { kind: 'unkept' }
}

/** Nothing is left to send; a conflict stays until somebody chooses. */
function settle(before: SaveState): SaveState {
  return before.kind === 'kept' || before.kind === 'conflict' ? before : { kind: 'kept', at: null }
}

/** Tries again when the connection is back, and every few seconds in any case. */
function useRetry(state: SaveState, flush: () => Promise<unknown>): void {
  useEffect(() => {
    if (state.kind !== 'here' && state.kind !== 'unkept') return
    const again = () => void flush()
    const timer = setTimeout(again, RETRY_MS)
    addEventListener('online', again)
    return () => {
      clearTimeout(timer)
      removeEventListener('online', again)
    }
  }, [state, flush])
}

/** A page that is left in the quiet moment after a key keeps its text on this device. */
function useLeaving(latest: { current: Draft }, saved: { current: Saved }, resourceId: string): void {
  useEffect(() => {
    const keep = () => {
      const { draft } = saved.current
      if (draft === null || !isSameDraft(latest.current, draft))
        keepLocally('unsaved', resourceId, { ...latest.current, revision: saved.current.revision })
    }
    addEventListener('pagehide', keep)
    return () => {
      keep()
      removeEventListener('pagehide', keep)
    }
  }, [latest, saved, resourceId])
}

/** The text that an earlier visit could not save, when it differs from what the server has. */
export function findUnsaved(resourceId: string, server: Draft): Draft | null {
  const local = findLocal('unsaved', resourceId)
  if (local === null) return null
  if (!isSameDraft(local, server)) return local
  dropLocal('unsaved', resourceId)
  return null
}
