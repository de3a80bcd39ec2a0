'use client'
/** Content tab: writing, cutting, keeping, publishing. */
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { EditedResource } from '#app/_server/reads/resources.ts'
import { ArticleEditor } from '#app/_ui/editor/article-editor.tsx'
import { AsidePanel, ConflictPanel } from '#app/_ui/editor/conflict-panel.tsx'
import type { Draft } from '#app/_ui/editor/draft.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { Details } from './details.tsx'
import { EditorBar } from './editor-bar.tsx'
import { FetchPictures } from './fetch-pictures.tsx'
import { Outcome } from './outcome.tsx'
import { PageNotes } from './page-notes.tsx'
import { StatusBar } from './status-bar.tsx'
import { type ContentEditorProps, type Editing, useEditing } from './use-editing.ts'
import { useFetching } from './use-fetching.ts'
import { usePublishing } from './use-publishing.ts'
import { Versions } from './versions.tsx'

export function ContentEditor({ resource, draft, pictures, preview: firstPreview }: ContentEditorProps) {
  const fieldRef = useRef<HTMLTextAreaElement>(null)
  const [isPreviewShown, setPreviewShown] = usePreviewShown()
  const editing = useEditing({ resource, draft, pictures, preview: firstPreview })
  const togglePreview = () => setPreviewShown(!isPreviewShown)
  const { note, isPublishing, onPublish, onFiles } = usePublishing(editing, resource, fieldRef)
  useFirstFocus(fieldRef, draft)
  useShortcuts([
    ['s', () => void editing.flush()],
    ['Enter', () => void onPublish()],
    ['\\', togglePreview],
  ])
  const preview = { isPreviewShown, onPreview: togglePreview }
  const takeFiles = (files: File[]) => void onFiles(files)
  return (
    <>
      <div data-bar="top" className="sticky top-0 z-20 border-b border-hairline bg-canvas">
        <EditorBar fieldRef={fieldRef} state={editing.state} {...preview} onFiles={takeFiles}>
          <PublishButton
            isDraft={resource.state === 'draft'}
            hasChanges={editing.hasChanges}
            isDisabled={isPublishing}
            onPress={onPublish}
          />
        </EditorBar>
        {editing.hasChanges && <ChangesNote isPaused={resource.state === 'paused'} onDiscard={editing.discard} />}
        <Outcome note={note} fields={refusedFields(editing.state)} resourceId={resource.id} />
      </div>
      <OtherVersions editing={editing} />
      <Writing
        editing={editing}
        resource={resource}
        {...preview}
        fieldRef={fieldRef}
        isInvalid={note?.kind === 'refused' && ('title' in note.fields || 'markdown' in note.fields)}
        onFiles={takeFiles}
      />
    </>
  )
}

function refusedFields(state: Editing['state']): Readonly<Record<string, string>> | null {
  if (state.kind !== 'invalid') return null
  return state.isHere ? state.fields : { ...state.fields, copy: NO_ROOM }
}

const NO_ROOM = 'This browser has no room for it either. Copy your text elsewhere before you close this page.'

interface PublishButtonProps {
  readonly isDraft: boolean
  readonly hasChanges: boolean
  readonly isDisabled: boolean
  readonly onPress: () => Promise<void>
}

function PublishButton(props: PublishButtonProps) {
  const words = props.isDraft ? 'Publish' : props.hasChanges ? 'Publish changes' : 'Publish again'
  return (
    <button
      type="button"
      onClick={() => void props.onPress()}
      disabled={props.isDisabled}
      className={`button button-small ${props.isDraft || props.hasChanges ? 'button-primary' : 'button-plain'}`}
    >
      {/* A phone has room for one word beside the marks. */}
      <span className="max-sm:hidden">{words}</span>
      <span className="sm:hidden">{words.split(' ')[0]}</span>
    </button>
  )
}

function ChangesNote({ isPaused, onDiscard }: { isPaused: boolean; onDiscard: () => void }) {
  return (
    <p className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-hairline bg-sunken px-4 py-2 text-table md:px-8">
      <span className="flex items-center gap-2">
        <Icon name="eye" />
        {isPaused ? 'Paused' : 'Live'}, with changes readers do not see yet
      </span>
      <button type="button" onClick={onDiscard} className="link">
        Discard
      </button>
    </p>
  )
}

/** A new article begins with its text. */
function useFirstFocus(fieldRef: RefObject<HTMLTextAreaElement | null>, draft: Draft): void {
  const isEmpty = useRef(draft.title === '' && draft.markdown === '')
  useEffect(() => {
    if (isEmpty.current) fieldRef.current?.focus()
  }, [fieldRef])
}

/** What somebody else saved meanwhile, and what was set aside for it. */
function OtherVersions({ editing }: { editing: Editing }) {
  const { state, aside, current } = editing
  return (
    <>
      {state.kind === 'conflict' && (
        <ConflictPanel
          mine={current}
          theirs={state.theirs}
          onKeepMine={() => editing.keepMine(state.theirs)}
          onTakeTheirs={() => editing.takeTheirs(state.theirs)}
        />
      )}
      {aside.draft !== null && <AsidePanel draft={aside.draft} onDrop={aside.drop} />}
    </>
  )
}

interface WritingProps {
  readonly editing: Editing
  readonly resource: EditedResource
  readonly fieldRef: RefObject<HTMLTextAreaElement | null>
  readonly isPreviewShown: boolean
  readonly onPreview: () => void
  readonly isInvalid: boolean
  readonly onFiles: (files: File[]) => void
}

/** The two panes, what the page leaves out, and the bar that counts. */
function Writing({ editing, resource, fieldRef, isPreviewShown, onPreview, isInvalid, onFiles }: WritingProps) {
  const { article } = editing
  const fetching = useFetching(editing, resource.id)
  const ready = article.preview?.kind === 'ready' ? article.preview.article : null
  const linesBefore = article.text.split('\n').length - article.markdown.split('\n').length
  return (
    <>
      <ArticleEditor
        article={article}
        cutText={cutText(ready, resource.priceSats)}
        shortCutText={shortCutText(ready, resource.priceSats)}
        fieldRef={fieldRef}
        isPreviewShown={isPreviewShown}
        describedBy="article-counts"
        isInvalid={isInvalid}
        onFiles={onFiles}
        aside={
          ready && (
            <>
              <PageNotes article={ready} linesBefore={linesBefore} />
              <FetchPictures urls={ready.elsewhere} fetching={fetching} />
            </>
          )
        }
      />
      <StatusBar
        article={ready}
        pictureCount={ready?.pictures.length ?? 0}
        isPreviewShown={isPreviewShown}
        onPreview={onPreview}
      >
        <Details
          details={editing.details}
          host={resource.host}
          address={editing.address}
          isPublished={resource.state !== 'draft'}
          onChange={editing.setDetails}
        />
        <Versions resource={resource} onTake={editing.bringBack} />
      </StatusBar>
    </>
  )
}

/** `180 words free, then 1,960 for 210 sats` */
function cutText(article: { words: number; previewWords: number } | null, priceSats: string | null): string {
  if (article === null) return 'Free part'
  const free = `${article.previewWords.toLocaleString('en-US')} words free`
  const paid = (article.words - article.previewWords).toLocaleString('en-US')
  return priceSats === null ? `${free}, then ${paid} paid` : `${free}, then ${paid} for ${priceSats} sats`
}

/** `180 words free, then 210 sats` */
function shortCutText(article: { previewWords: number } | null, priceSats: string | null): string {
  if (article === null) return 'Free part'
  const free = `${article.previewWords.toLocaleString('en-US')} words free`
  return priceSats === null ? free : `${free}, then ${priceSats} sats`
}

/** Beside the text where there is room; on a phone one of the two. */
function usePreviewShown(): [boolean, (isShown: boolean) => void] {
  const [isShown, setShown] = useState(true)
  useEffect(() => setShown(matchMedia('(min-width: 768px)').matches), [])
  return [isShown, setShown]
}

/** Keys with Ctrl or Cmd, wherever the focus is on this page. */
function useShortcuts(acts: readonly (readonly [key: string, act: () => void])[]): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const act = event.ctrlKey || event.metaKey ? acts.find(([key]) => key === event.key)?.[1] : undefined
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  })
}
