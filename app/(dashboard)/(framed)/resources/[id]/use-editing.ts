'use client'
/** The article in hand: its text, its details, its pictures, and where all of it is kept. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { EditedResource } from '#app/_server/reads/resources.ts'
import { type Draft, isSameDraft } from '#app/_ui/editor/draft.ts'
import { dropLocal, findLocal, keepLocally } from '#app/_ui/editor/local-draft.ts'
import { joinTitle } from '#app/_ui/editor/title-line.ts'
import { type ArticleState, useArticle } from '#app/_ui/editor/use-article.ts'
import { type Autosave, findUnsaved, useAutosave } from '#app/_ui/editor/use-autosave.ts'
import type { FirstPreview } from '#app/_ui/editor/use-preview.ts'
import { saveDraft } from './actions.ts'
import type { ArticleDetails } from './details.tsx'

export interface ContentEditorProps {
  readonly resource: EditedResource
  readonly draft: Draft
  /** Hex digests of the pictures that this article has. */
  readonly pictures: readonly string[]
  /** `null`: the text is beyond the limits, and the editor says why. */
  readonly preview: FirstPreview | null
}

export interface Editing extends Pick<Autosave, 'state' | 'address' | 'flush'> {
  readonly article: ArticleState
  readonly details: ArticleDetails
  readonly setDetails: (details: ArticleDetails) => void
  readonly addPicture: (digest: string) => void
  /** What stands in the editor now. */
  readonly current: Draft
  readonly aside: Aside
  /** The two ends of a conflict; the version that is not taken is set aside. */
  readonly keepMine: (theirs: Draft) => void
  readonly takeTheirs: (theirs: Draft) => void
  /** On sale, and what stands here says something else than what readers see. */
  readonly hasChanges: boolean
  /** Goes back to what readers see; what stood here is set aside. */
  readonly discard: () => void
  /** Goes on with a version published before; what stood here is set aside. */
  readonly bringBack: (version: Omit<Draft, 'revision' | 'slug'>) => void
}

export function useEditing({ resource, draft, pictures: firstPictures, preview }: ContentEditorProps): Editing {
  const [pictures, setPictures] = useState<ReadonlySet<string>>(() => new Set(firstPictures))
  const [details, setDetails] = useState<ArticleDetails>({
    lead: draft.lead,
    slug: draft.slug,
    language: draft.language,
  })
  const picturePath = useCallback(
    (digest: string) => (pictures.has(digest) ? `/resources/${resource.id}/pictures/${digest}` : null),
    [pictures, resource.id],
  )
  const article = useArticle(
    { text: joinTitle(draft.title, draft.markdown), cut: draft.markdown === '' ? null : draft.cutBlock },
    picturePath,
    preview,
  )
  const save = useCallback((next: Draft) => saveDraft(resource.id, next), [resource.id])
  const { state, address, change, flush, resolve } = useAutosave(resource, draft, save)
  const { title, markdown, cut, restore } = article
  const { lead, slug, language } = details
  useEffect(() => {
    change({ revision: 0, title, markdown, cutBlock: cut, lead, slug, language })
  }, [change, title, markdown, cut, lead, slug, language])
  const take = useCallback(
    (next: Draft) => {
      restore(joinTitle(next.title, next.markdown), next.cutBlock)
      setDetails({ lead: next.lead, slug: next.slug, language: next.language })
    },
    [restore],
  )
  const aside = useAside(resource.id)
  useUnsaved(resource.id, draft, { take, keepAside: aside.keep })
  const published: Draft | null = resource.published && { ...resource.published, revision: draft.revision, slug: null }
  const bringBack: Editing['bringBack'] = (version) => {
    aside.keep(current)
    take({ ...version, revision: draft.revision, slug })
  }
  const current: Draft = { revision: draft.revision, title, markdown, cutBlock: cut, lead, slug, language }
  return {
    ...{ article, state, address, flush, details, setDetails, current, aside },
    hasChanges: published !== null && !isSameDraft({ ...current, slug: null }, published),
    discard: () => {
      if (published !== null) bringBack(published)
    },
    bringBack,
    addPicture: (digest) => setPictures((before) => new Set(before).add(digest)),
    keepMine: (theirs) => {
      aside.keep(theirs)
      resolve(current, theirs.revision)
    },
    takeTheirs: (theirs) => {
      aside.keep(current)
      take(theirs)
      resolve(theirs, theirs.revision)
    },
  }
}

interface UnsavedUses {
  readonly take: (draft: Draft) => void
  readonly keepAside: (draft: Draft) => void
}

/** Brings back what an earlier visit could not save; beside the text when the server's version has moved on since. */
function useUnsaved(resourceId: string, server: Draft, uses: UnsavedUses): void {
  const isDone = useRef(false)
  useEffect(() => {
    if (isDone.current) return
    isDone.current = true
    const unsaved = findUnsaved(resourceId, server)
    if (unsaved === null) return
    if (unsaved.revision === server.revision) return uses.take(unsaved)
    uses.keepAside(unsaved)
    dropLocal('unsaved', resourceId)
  }, [resourceId, server, uses])
}

interface Aside {
  readonly draft: Draft | null
  readonly keep: (draft: Draft) => void
  readonly drop: () => void
}

/** The version that was not taken, on this device until it is dropped. */
function useAside(resourceId: string): Aside {
  const [draft, setDraft] = useState<Draft | null>(null)
  useEffect(() => setDraft(findLocal('aside', resourceId)), [resourceId])
  return {
    draft,
    keep: (next: Draft) => {
      keepLocally('aside', resourceId, next)
      setDraft(next)
    },
    drop: () => {
      dropLocal('aside', resourceId)
      setDraft(null)
    },
  }
}
