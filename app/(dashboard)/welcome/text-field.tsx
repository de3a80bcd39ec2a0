'use client'
/** The text with its cut, in a field that scrolls; a file can be dropped on it. */
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { nearestCut } from '#app/_ui/editor/cut.ts'
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
  const places = useCutPlaces(mirror, article.lines)
  const ready = article.preview?.kind === 'ready' ? article.preview.article : null
  const place = places[article.cut]
  const frame = useRef<HTMLDivElement>(null)
  const showCut = useShowCut(frame, article.blocks > 0 ? place : undefined)
  const [fileFault, setFileFault] = useState<string | null>(null)
  const replace = (text: string) => {
    article.restore(text, null)
    showCut()
  }
  const take = async (files: readonly File[]) => {
    const [file] = files
    if (file === undefined) return
    if (file.size > MAX_FILE_BYTES)
      return setFileFault('This file is larger than 5 MB. An article is shorter: split it.')
    const form = new FormData()
    form.set('file', file)
    const read = await readTextFile(form).catch(() => SERVER_SILENT)
    setFileFault(read.kind === 'fault' ? read.text : null)
    if (read.kind === 'text') replace(read.text)
  }
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.key.toLowerCase() !== 'p') return
    event.preventDefault()
    article.cutAtShownLine(event.currentTarget.value.slice(0, event.currentTarget.selectionStart).split('\n').length)
  }
  return (
    <Block number={2} title="Your text" acts={<TextActs onFiles={take} onSample={() => replace(SAMPLE)} />}>
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
              setFileFault(null)
              article.setText(text)
            }}
            onKey={onKey}
            onFiles={(files) => void take(files)}
            isSmall
          />
          {place !== undefined && article.blocks > 0 && (
            <div className="pointer-events-none absolute inset-x-0 top-2">
              <span className="perforated-x absolute inset-x-0 -mt-0.5" style={{ top: place }} />
              <div className="absolute inset-x-0 flex -translate-y-1/2 justify-center" style={{ top: place }}>
                <CutHandle
                  cut={article.cut}
                  blocks={article.blocks}
                  text={`${formatCount(ready?.previewWords ?? 0)} words free`}
                  onMove={article.moveCutBy}
                  onDrag={(y) =>
                    article.setCut(nearestCut(places, y - (mirror.current?.getBoundingClientRect().top ?? 0)))
                  }
                  isSmall
                />
              </div>
            </div>
          )}
        </div>
      </div>
      <FieldFault
        id="first-text-fault"
        text={fileFault ?? (article.preview?.kind === 'refused' ? article.preview.message : fault)}
      />
      <p id="first-text-note" className="mt-2 text-table text-muted">
        {ready === null || ready.words === 0
          ? 'Begin with a title, “# Tides”, or use the sample.'
          : `${formatCount(ready.words)} words. The cut sits after paragraph ${article.cut}; drag it, or use Ctrl Shift P.`}
      </p>
    </Block>
  )
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
