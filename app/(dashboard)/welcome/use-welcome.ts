'use client'
/** What a newcomer has typed, kept on this device until it is published. */
import { useCallback, useEffect, useState, useTransition } from 'react'
import { type ArticleState, useArticle } from '#app/_ui/editor/use-article.ts'
import { sendPortrait } from '#app/_ui/send-portrait.ts'
import { refuseArticle } from '#lib/content/article-limits.ts'
import { publishFirst, type WelcomeAnswer, type WelcomeInput } from './actions.ts'
import { forget, type Kept, keep, useKept } from './use-kept.ts'

interface Welcome {
  readonly handle: string
  readonly setHandle: (handle: string) => void
  /** The name over the page; made of the handle until somebody types another. */
  readonly name: string
  readonly setName: (name: string) => void
  readonly price: string
  readonly setPrice: (price: string) => void
  readonly article: ArticleState
  readonly portrait: Portrait
  /** How the last press of *Publish* ended; `null`: not pressed yet. */
  readonly answer: Answer | null
  /** What that answer said of the fields that have not changed since. */
  readonly faults: Readonly<Record<string, string>>
  /** Why there was no answer. */
  readonly problem: string | null
  readonly isPublishing: boolean
  readonly publish: () => void
}

/** Chosen, and sent when there is a creator whose picture it can be. */
interface Portrait {
  readonly file: File | null
  readonly choose: (file: File | null) => void
  /** Why it could not be taken, once the page is live. */
  readonly fault: string | null
}

type Answer = Exclude<WelcomeAnswer, { kind: 'down' }>

const USUAL_PRICE = '100'
const noPictures = () => null

export function useWelcome(): Welcome {
  const [handle, setHandle] = useState('')
  const [typedName, setName] = useState<string | null>(null)
  const [price, setPrice] = useState(USUAL_PRICE)
  const article = useArticle({ text: '', cut: null }, noPictures)
  const { text, title, markdown, cut, chosenCut, restore } = article
  const [portraitFile, choosePortrait] = useState<File | null>(null)
  const { draft, setDraft, answer, asked, portraitFault, ...publishing } = usePublishing(portraitFile)
  const takeKept = useCallback(
    (kept: Kept) => {
      setHandle(kept.handle)
      setName(kept.name)
      setPrice(kept.price)
      setDraft(kept.draft)
      restore(kept.text, kept.cut)
    },
    [restore, setDraft],
  )
  const isRead = useKept(takeKept)
  const isLive = answer?.kind === 'live'
  useEffect(() => {
    if (isRead && !isLive) keep({ handle, name: typedName, text, cut: chosenCut, price, draft })
  }, [isRead, isLive, handle, typedName, text, chosenCut, price, draft])
  const name = typedName ?? nameFrom(handle)
  const input = { handle, name, title, markdown, cutBlock: cut, price, draft }
  return {
    ...{ handle, setHandle, name, setName, price, setPrice, article, answer },
    portrait: { file: portraitFile, choose: choosePortrait, fault: portraitFault },
    faults: answer?.kind === 'refused' && asked !== null ? faultsThatHold(answer.fields, asked, input) : {},
    problem: publishing.problem,
    isPublishing: publishing.isPublishing,
    publish: () => publishing.publish({ ...input, ...browserHabits() }),
  }
}

/** A press that failed half-way goes on with the draft that it made. */
function usePublishing(portrait: File | null) {
  const [draft, setDraft] = useState<WelcomeInput['draft']>(null)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [asked, setAsked] = useState<WelcomeInput | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [portraitFault, setPortraitFault] = useState<string | null>(null)
  const [isPublishing, startPublishing] = useTransition()
  const publish = (input: WelcomeInput) =>
    startPublishing(async () => {
      setProblem(null)
      try {
        const next = refuseHere(input) ?? (await publishFirst(input))
        if (next.kind === 'down') return setProblem(next.message)
        // The page is live whatever becomes of the picture.
        if (next.kind === 'live' && portrait !== null) setPortraitFault(await sendPortrait(portrait))
        setAsked(input)
        setAnswer(next)
        if (next.kind === 'live') forget()
        else setDraft(next.draft)
      } catch {
        setProblem('The server does not answer. Everything you typed is kept; try again.')
      }
    })
  return { draft, setDraft, answer, asked, problem, portraitFault, isPublishing, publish }
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
  now: Omit<WelcomeInput, 'language' | 'timeZone'>,
): Record<string, string> {
  const isSame: Readonly<Record<string, boolean>> = {
    handle: asked.handle === now.handle,
    name: asked.name === now.name,
    price: asked.price === now.price,
    text: asked.title === now.title && asked.markdown === now.markdown && asked.cutBlock === now.cutBlock,
  }
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isSame[name] ?? true))
}

/** `harbor-notes` becomes `Harbor Notes`. */
function nameFrom(handle: string): string {
  return handle
    .split('-')
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}

/** What nobody has to be asked for; the settings have both. */
function browserHabits(): { language: string; timeZone: string } {
  return { language: navigator.language, timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone }
}
