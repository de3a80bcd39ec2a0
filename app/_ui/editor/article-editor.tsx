'use client'
/** Markdown at left, the reader's page at right, one line across both where the free part ends. */
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { nearestCut } from './cut.ts'
import { cutAtCaret } from './cut-at-caret.ts'
import { CutHandle } from './cut-line.tsx'
import { MarkdownPane } from './markdown-pane.tsx'
import { PreviewPane } from './preview-pane.tsx'
import type { ArticleState } from './use-article.ts'
import { useCaretInSight } from './use-caret-in-sight.ts'
import { useCutPlaces } from './use-cut-places.ts'

export interface ArticleEditorProps {
  readonly article: ArticleState
  /** What stands on the handle. */
  readonly cutText: string
  readonly shortCutText: string
  readonly fieldRef: { current: HTMLTextAreaElement | null }
  readonly isPreviewShown: boolean
  readonly describedBy?: string
  readonly isInvalid?: boolean
  /** What is to be known of the page, beside the text; under it when the preview is folded. */
  readonly aside?: ReactNode
  readonly onFiles: (files: File[]) => void
}

/** Room in the preview between the line and the paid part, and the least between the free part and the line. */
const GAP_BELOW = 34
const GAP_ABOVE = 22

export function ArticleEditor({
  article,
  cutText,
  shortCutText,
  fieldRef,
  isPreviewShown,
  describedBy,
  isInvalid,
  aside,
  onFiles,
}: ArticleEditorProps) {
  const mirror = useRef<HTMLDivElement>(null)
  const freeEnd = useRef<HTMLDivElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const places = useCutPlaces(mirror, article.lines)
  useCaretInSight(fieldRef, mirror, article.text)
  const line = useCutLine({ frame, mirror, freeEnd, place: places[article.cut] })

  const onDrag = (clientY: number) => {
    const top = mirror.current?.getBoundingClientRect().top ?? 0
    article.setCut(nearestCut(places, clientY - top))
  }
  return (
    <div
      ref={frame}
      className={`relative grid min-h-[calc(100dvh-22rem)] grid-cols-[minmax(0,1fr)] md:min-h-[calc(100dvh-17.5rem)] ${isPreviewShown ? 'md:grid-cols-2' : ''}`}
    >
      <div
        className={`min-w-0 px-4 pt-6 pb-24 md:px-8 ${isPreviewShown ? 'max-md:hidden md:pr-[20%]' : 'md:mx-auto md:w-full md:max-w-[760px]'}`}
      >
        <MarkdownPane
          text={article.text}
          fieldRef={fieldRef}
          mirrorRef={mirror}
          {...(describedBy === undefined ? {} : { describedBy })}
          isInvalid={isInvalid ?? false}
          onText={article.setText}
          onKey={(event) => cutAtCaret(article, event)}
          onFiles={onFiles}
        />
        {!isPreviewShown && <div className="mt-8">{aside}</div>}
      </div>
      {isPreviewShown && (
        <div className="min-w-0 border-hairline px-4 pt-6 pb-24 md:border-l md:pr-8 md:pl-12">
          {aside}
          <PreviewPane article={article} freeEndRef={freeEnd} gap={line === null ? null : line.gap} />
        </div>
      )}
      {line !== null && article.blocks > 0 && (
        <div className={`pointer-events-none ${isPreviewShown ? 'max-md:hidden' : ''}`}>
          <CutLine line={line}>
            <CutHandle
              cut={article.cut}
              blocks={article.blocks}
              text={cutText}
              shortText={shortCutText}
              onMove={article.moveCutBy}
              onDrag={onDrag}
            />
          </CutLine>
        </div>
      )}
    </div>
  )
}

interface CutPosition {
  /** In the written text. */
  readonly left: number
  /** In the preview; the same as `left` unless the preview's free part is the longer one. */
  readonly right: number
  /** Space between free and paid in the preview. */
  readonly gap: number
}

interface Places {
  readonly frame: { current: HTMLElement | null }
  readonly mirror: { current: HTMLElement | null }
  readonly freeEnd: { current: HTMLElement | null }
  readonly place: number | undefined
}

/** Measures where the line runs, again whenever either side changes its height; `null` until the first measure. */
function useCutLine({ frame, mirror, freeEnd, place }: Places): CutPosition | null {
  const [line, setLine] = useState<CutPosition | null>(null)
  useLayoutEffect(() => {
    const measure = () => {
      if (frame.current === null || mirror.current === null || place === undefined) return setLine(null)
      const top = frame.current.getBoundingClientRect().top
      const left = mirror.current.getBoundingClientRect().top - top + place
      const isVisible = freeEnd.current !== null && freeEnd.current.offsetParent !== null
      const end = isVisible ? (freeEnd.current?.getBoundingClientRect().bottom ?? 0) - top : left - GAP_ABOVE
      const right = Math.max(left, end + GAP_ABOVE)
      const next = { left, right, gap: Math.round(right - end + GAP_BELOW) }
      setLine((before) =>
        before !== null && before.left === next.left && before.right === next.right && before.gap === next.gap
          ? before
          : next,
      )
    }
    measure()
    const observer = new ResizeObserver(measure)
    for (const element of [frame.current, mirror.current, freeEnd.current])
      if (element !== null) observer.observe(element)
    return () => observer.disconnect()
  })
  return line
}

function CutLine({ line, children }: { line: CutPosition; children: ReactNode }) {
  const isStepped = line.right - line.left > 1
  return (
    <>
      <Dots top={line.left} className={isStepped ? 'left-0 md:right-1/2 max-md:right-0' : 'inset-x-0'} />
      {isStepped && (
        <>
          <Dots top={line.right} className="right-0 left-1/2 max-md:hidden" />
          <div
            className="perforated-y absolute left-1/2 -ml-0.5 max-md:hidden"
            style={{ top: line.left, height: line.right - line.left }}
          />
        </>
      )}
      <Notch top={line.left} side="left" />
      <Notch top={isStepped ? line.right : line.left} side="right" />
      <div
        className={`absolute flex -translate-y-1/2 justify-center ${isStepped ? 'right-0 left-0 md:right-1/2' : 'inset-x-0'}`}
        style={{ top: line.left }}
      >
        {children}
      </div>
    </>
  )
}

function Dots({ top, className }: { top: number; className: string }) {
  return <div className={`perforated-x absolute -mt-0.5 ${className}`} style={{ top }} />
}

function Notch({ top, side }: { top: number; side: 'left' | 'right' }) {
  const half = side === 'left' ? 'left-0 rounded-r-full border-l-0' : 'right-0 rounded-l-full border-r-0'
  return <span className={`absolute -mt-2 h-4 w-2 border border-control bg-sunken ${half}`} style={{ top }} />
}
