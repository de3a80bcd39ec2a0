'use client'
/** The text with its cut, in a field that scrolls; a file can be dropped on it. */
import { type RefObject, useEffect, useRef, useState } from 'react'
import { nearestCut } from '#app/_ui/editor/cut.ts'
import { cutAtCaret } from '#app/_ui/editor/cut-at-caret.ts'
import { CutHandle } from '#app/_ui/editor/cut-line.tsx'
import { MarkdownPane } from '#app/_ui/editor/markdown-pane.tsx'
import type { ArticleState } from '#app/_ui/editor/use-article.ts'
import { useCutPlaces } from '#app/_ui/editor/use-cut-places.ts'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { formatCount } from '#app/_ui/format.ts'
import { readTextFile } from './actions.ts'
import { Block } from './block.tsx'
import { SAMPLE } from './sample.ts'

interface TextFieldProps {
  readonly article: ArticleState
  readonly fault: string | undefined
}

export function TextField({ article, fault }: TextFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const mirror = useRef<HTMLDivElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const places = useCutPlaces(mirror, article.lines)
  const place = article.blocks > 0 ? places[article.cut] : undefined
  const showCut = useShowCut(frame, place)
  const replace = (text: string) => {
    article.restore(text, null)
    showCut()
  }
  const file = useTextFile(replace)
  const refusal = article.preview?.kind === 'refused' ? article.preview.message : fault
  return (
    <Block number={2} title="Your text" acts={<TextActs onFiles={file.take} onSample={() => replace(SAMPLE)} />}>
      <div
        ref={frame}
        className="h-56 resize-y overflow-y-auto rounded-[4px] border border-control bg-surface focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus"
      >
        <div className="relative min-h-full px-3 py-2">
          <MarkdownPane
            text={article.text}
            fieldRef={field}
            mirrorRef={mirror}
            describedBy="first-text-fault first-text-note"
            isInvalid={fault !== undefined}
            onText={(text) => {
              file.forgetFault()
              article.setText(text)
            }}
            onKey={(event) => cutAtCaret(article, event)}
            onFiles={(files) => void file.take(files)}
            isSmall
          />
          {place !== undefined && <SmallCut article={article} places={places} place={place} mirror={mirror} />}
        </div>
      </div>
      <FieldFault id="first-text-fault" text={file.fault ?? refusal} />
      <TextNote article={article} />
    </Block>
  )
}

function TextNote({ article }: { article: ArticleState }) {
  const words = readyWords(article)?.words ?? 0
  return (
    <p id="first-text-note" className="mt-2 text-table text-muted">
      {words === 0
        ? 'Begin with a title, “# Tides”, or use the sample.'
        : `${formatCount(words)} words. The cut sits after paragraph ${article.cut}; drag it, or use Ctrl Shift P.`}
    </p>
  )
}

function readyWords({ preview }: ArticleState) {
  return preview?.kind === 'ready' ? preview.article : null
}

interface SmallCutProps {
  readonly article: ArticleState
  readonly places: readonly number[]
  /** Of the cut, in px from the first line. */
  readonly place: number
  readonly mirror: RefObject<HTMLDivElement | null>
}

function SmallCut({ article, places, place, mirror }: SmallCutProps) {
  const top = () => mirror.current?.getBoundingClientRect().top ?? 0
  return (
    <div className="pointer-events-none absolute inset-x-0 top-2">
      <span className="perforated-x absolute inset-x-0 -mt-0.5" style={{ top: place }} />
      <div className="absolute inset-x-0 flex -translate-y-1/2 justify-center" style={{ top: place }}>
        <CutHandle
          cut={article.cut}
          blocks={article.blocks}
          text={`${formatCount(readyWords(article)?.previewWords ?? 0)} words free`}
          onMove={article.moveCutBy}
          onDrag={(y) => article.setCut(nearestCut(places, y - top()))}
          isSmall
        />
      </div>
    </div>
  )
}

/** The text of a file that was dropped or chosen, or the sentence that says why there is none. */
function useTextFile(onText: (text: string) => void) {
  const [fault, setFault] = useState<string | null>(null)
  const take = async (files: readonly File[]) => {
    const [file] = files
    if (file === undefined) return
    if (file.size > MAX_FILE_BYTES) return setFault('This file is larger than 5 MB. An article is shorter: split it.')
    const form = new FormData()
    form.set('file', file)
    const read = await readTextFile(form).catch(() => SERVER_SILENT)
    setFault(read.kind === 'fault' ? read.text : null)
    if (read.kind === 'text') onText(read.text)
  }
  return { fault, take, forgetFault: () => setFault(null) }
}

/** More than any article has, in bytes; a larger file would not even be read (proxy.ts). */
const MAX_FILE_BYTES = 5_000_000
const SERVER_SILENT = { kind: 'fault', text: 'The server does not answer. Your text is kept; try again.' } as const

/** Brings the cut into sight once, when a whole text was put in and its place is known. */
function useShowCut(frame: RefObject<HTMLElement | null>, place: number | undefined): () => void {
  const isWanted = useRef(false)
  useEffect(() => {
    if (!isWanted.current || place === undefined || frame.current === null) return
    isWanted.current = false
    frame.current.scrollTop = place - frame.current.clientHeight / 2
  }, [frame, place])
  return () => {
    isWanted.current = true
  }
}

function TextActs({ onFiles, onSample }: { onFiles: (files: readonly File[]) => Promise<void>; onSample: () => void }) {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <p className="flex gap-4 text-table">
      <button type="button" onClick={() => picker.current?.click()} className="link">
        Drop a file
      </button>
      <button type="button" onClick={() => onSample()} className="link">
        Use the sample
      </button>
      <input
        ref={picker}
        type="file"
        accept=".md,.markdown,.txt,text/markdown,text/plain"
        hidden
        onChange={(event) => void onFiles([...(event.target.files ?? [])])}
      />
    </p>
  )
}
