'use client'
/** Brings pictures that lie elsewhere into the article: the server fetches them, and the text then names its own. */
import { useEffect, useRef, useState } from 'react'
import { joinTitle } from '#app/_ui/editor/title-line.ts'
import { askForPictures, collectPictures, type EndedPicture } from './picture-actions.ts'
import type { Editing } from './use-editing.ts'

export interface Fetching {
  /** How many are on their way. */
  readonly waiting: number
  /** A sentence for each that could not be had. */
  readonly problems: readonly string[]
  readonly fetchAll: (urls: readonly string[]) => void
}

const LOOK_EVERY_MS = 1_000
/** The server gives each ten seconds; who has many waits for several rounds. */
const GIVEN_UP_MS = 180_000
const LOST = 'The server does not answer. Your text is kept; press again in a moment.'
const TOO_LONG = 'This takes longer than it should. Press again to go on waiting.'

export function useFetching(editing: Editing, resourceId: string): Fetching {
  const [waiting, setWaiting] = useState(0)
  const [problems, setProblems] = useState<readonly string[]>([])
  const isGone = useRef(false)
  useEffect(() => {
    isGone.current = false
    return () => {
      isGone.current = true
    }
  }, [])
  // The text goes on being written meanwhile, so each look begins with what stands there then.
  const latest = useRef(editing)
  useEffect(() => {
    latest.current = editing
  })

  const take = async (ended: readonly EndedPicture[]) => {
    setProblems((before) => [...before, ...ended.flatMap(problemOf)])
    const digests = new Map(ended.flatMap(({ url, end }) => (end.kind === 'fetched' ? [[url, end.digest]] : [])))
    if (digests.size === 0) return
    const { placePictures } = await import('#lib/content/place-pictures.ts')
    const { article, addPicture } = latest.current
    for (const digest of digests.values()) addPicture(digest)
    article.restore(joinTitle(article.title, placePictures(article.markdown, digests)), article.chosenCut)
  }

  const run = async (urls: readonly string[]) => {
    setProblems([])
    setWaiting(urls.length)
    const fault = await askForPictures(resourceId, urls).catch(() => LOST)
    const end = fault ?? (await watch())
    if (end !== null) setProblems((before) => [...before, end])
    setWaiting(0)
  }

  /** Until none waits; answers a sentence when that was not to be seen. */
  const watch = async (): Promise<string | null> => {
    const until = Date.now() + GIVEN_UP_MS
    while (Date.now() < until && !isGone.current) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      const answer = await collectPictures(resourceId).catch(() => ({ kind: 'silent' as const }))
      if (answer.kind === 'silent') continue
      await take(answer.ended)
      setWaiting(answer.waiting)
      if (answer.waiting === 0) return null
    }
    return TOO_LONG
  }

  return { waiting, problems, fetchAll: (urls) => void run(urls) }
}

function problemOf({ url, end }: EndedPicture): string[] {
  return end.kind === 'failed' ? [`${url}: ${end.problem}`] : []
}
