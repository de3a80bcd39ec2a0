'use client'
/** What a newcomer has typed, kept on this device until it is published. */
import { useCallback, useEffect, useState, useTransition } from 'react'
import { type ArticleState, useArticle } from '#app/_ui/editor/use-article.ts'
import { publishFirst, type WelcomeAnswer, type WelcomeInput } from './actions.ts'
import { forget, type Kept, keep, useKept } from './use-kept.ts'

export interface Welcome {
  readonly handle: string
  readonly setHandle: (handle: string) => void
  readonly price: string
  readonly setPrice: (price: string) => void
  readonly article: ArticleState
  /** How the last press of *Publish* ended; `null`: not pressed yet. */
  readonly answer: WelcomeAnswer | null
  /** Why there was no answer. */
  readonly problem: string | null
  readonly isPublishing: boolean
  readonly publish: () => void
}

const USUAL_PRICE = '100'
const noImages = () => null

export function useWelcome(firstHandle: string): Welcome {
  const [handle, setHandle] = useState(firstHandle)
  const [price, setPrice] = useState(USUAL_PRICE)
  const article = useArticle({ text: '', cut: null }, noImages)
  const { text, title, markdown, cut, chosenCut, restore } = article
  const { draft, setDraft, answer, ...publishing } = usePublishing()
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
  return {
    ...{ handle, setHandle, price, setPrice, article, answer },
    problem: publishing.problem,
    isPublishing: publishing.isPublishing,
    publish: () => publishing.publish({ handle, title, markdown, cutBlock: cut, price, draft }),
  }
}

/** A press that failed half-way goes on with the draft that it made. */
function usePublishing() {
  const [draft, setDraft] = useState<WelcomeInput['draft']>(null)
  const [answer, setAnswer] = useState<WelcomeAnswer | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isPublishing, startPublishing] = useTransition()
  const publish = (input: WelcomeInput) =>
    startPublishing(async () => {
      setProblem(null)
      try {
        const next = await publishFirst(input)
        setAnswer(next)
        if (next.kind === 'live') forget()
        else setDraft(next.draft)
      } catch {
        setProblem('The server does not answer. Everything you typed is kept; try again.')
      }
    })
  return { draft, setDraft, answer, problem, isPublishing, publish }
}
