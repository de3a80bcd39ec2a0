'use client'
/** What a newcomer has typed, kept on this device until it is published. */
import { useCallback, useEffect, useState, useTransition } from 'react'
import { type ArticleState, useArticle } from '#app/_ui/editor/use-article.ts'
import { refuseArticle } from '#lib/content/article-limits.ts'
import { publishFirst, type WelcomeAnswer, type WelcomeInput } from './actions.ts'
import { forget, type Kept, keep, useKept } from './use-kept.ts'

export interface Welcome {
  readonly handle: string
  readonly setHandle: (handle: string) => void
  readonly price: string
  readonly setPrice: (price: string) => void
  readonly article: ArticleState
  /** How the last press of *Publish* ended; `null`: not pressed yet. */
  readonly answer: Answer | null
  /** What that answer said of the fields that have not changed since. */
  readonly faults: Readonly<Record<string, string>>
  /** Why there was no answer. */
  readonly problem: string | null
  readonly isPublishing: boolean
  readonly publish: () => void
}

type Answer = Exclude<WelcomeAnswer, { kind: 'down' }>

const USUAL_PRICE = '100'
const noPictures = () => null

export function useWelcome(firstHandle: string): Welcome {
  const [handle, setHandle] = useState(firstHandle)
  const [price, setPrice] = useState(USUAL_PRICE)
  const article = useArticle({ text: '', cut: null }, noPictures)
  const { text, title, markdown, cut, chosenCut, restore } = article
  const { draft, setDraft, answer, asked, ...publishing } = usePublishing()
  const takeKept = useCallback(
    (kept: Kept) => {
      setHandle(kept.handle)
      setPrice(kept.price)
      setDraft(kept.draft)
      restore(kept.text, kept.cut)
    },
    [restore, setDraft],
  )
  const isRead = useKept(takeKept)
  const isLive = answer?.kind === 'live'
  useEffect(() => {
    if (isRead && !isLive) keep({ handle, text, cut: chosenCut, price, draft })
  }, [isRead, isLive, handle, text, chosenCut, price, draft])
  const input = { handle, title, markdown, cutBlock: cut, price, draft }
  return {
    ...{ handle, setHandle, price, setPrice, article, answer },
    faults: answer?.kind === 'refused' && asked !== null ? faultsThatHold(answer.fields, asked, input) : {},
    problem: publishing.problem,
    isPublishing: publishing.isPublishing,
    publish: () => publishing.publish(input),
  }
}

/** A press that failed half-way goes on with the draft that it made. */
function usePublishing() {
  const [draft, setDraft] = useState<WelcomeInput['draft']>(null)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [asked, setAsked] = useState<WelcomeInput | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isPublishing, startPublishing] = useTransition()
  const publish = (input: WelcomeInput) =>
    startPublishing(async () => {
      setProblem(null)
      try {
        const next = refuseHere(input) ?? (await publishFirst(input))
        if (next.kind === 'down') return setProblem(next.message)
        setAsked(input)
        setAnswer(next)
        if (next.kind === 'live') forget()
        else setDraft(next.draft)
      } catch {
        setProblem('The server does not answer. Everything you typed is kept; try again.')
      }
    })
  return { draft, setDraft, answer, asked, problem, isPublishing, publish }
}

/** A text that the server will not take is not sent: it may be too long even to be read there. */
function refuseHere({ markdown, draft }: WelcomeInput): Answer | null {
  const refusal = refuseArticle(markdown)
  return refusal === null ? null : { kind: 'refused', fields: { text: refusal.message }, freeHandles: [], draft }
}

/** A sentence about what was typed then says nothing of what is typed now. */
function faultsThatHold(
  fields: Readonly<Record<string, string>>,
  asked: WelcomeInput,
  now: WelcomeInput,
): Record<string, string> {
  const isSame: Readonly<Record<string, boolean>> = {
    handle: asked.handle === now.handle,
    price: asked.price === now.price,
    text: asked.title === now.title && asked.markdown === now.markdown && asked.cutBlock === now.cutBlock,
  }
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isSame[name] ?? true))
}
