'use client'
/** The text, its cut and its rendering, kept together: whoever changes one gets the other two right. */
import { useCallback, useMemo, useState } from 'react'
import { cutAtLine, followCut, lineOfCut, moveCut, usualCut } from './cut.ts'
import { splitTitle } from './title-line.ts'
import { type FirstPreview, type Preview, usePreview } from './use-preview.ts'

export interface ArticleState {
  readonly text: string
  readonly title: string
  readonly markdown: string
  readonly cut: number
  readonly preview: Preview | null
  readonly blocks: number
  /** Line of the shown text, from 1, on which each block begins. */
  readonly lines: readonly number[]
  readonly setText: (text: string) => void
  /** Where somebody put the cut; `null`: it still places itself. */
  readonly chosenCut: number | null
  /** Takes another text as it is; `cut: null` lets the cut place itself. */
  readonly restore: (text: string, cut: number | null) => void
  readonly moveCutBy: (steps: number) => void
  readonly setCut: (cut: number) => void
  readonly cutAtShownLine: (line: number) => void
}

const NO_LINES: readonly number[] = []

/** `cut: null` places the cut by itself, after paragraph three, until somebody moves it. */
export function useArticle(
  first: { text: string; cut: number | null },
  picturePath: (digest: string) => string | null,
  firstPreview: FirstPreview | null = null,
): ArticleState {
  const [text, setTextOnly] = useState(first.text)
  const [chosen, setChosen] = useState(first.cut)
  const { title, markdown, linesBefore } = useMemo(() => splitTitle(text), [text])
  const [known, setKnown] = useState<{ lines: readonly number[] }>({
    lines: firstPreview?.article.blockLines ?? NO_LINES,
  })
  const cut = chosen ?? usualCut(known.lines.length)
  const preview = usePreview({ markdown, cutBlock: cut, picturePath }, firstPreview)
  const blockLines = preview?.kind === 'ready' ? preview.article.blockLines : NO_LINES
  const shape = blockLines.join()
  if (preview?.kind === 'ready' && known.lines.join() !== shape) setKnown({ lines: blockLines })
  const lines = useMemo(
    () => (shape === '' ? NO_LINES : shape.split(',').map((line) => Number(line) + linesBefore)),
    [shape, linesBefore],
  )

  const setText = useCallback(
    (next: string) => {
      setTextOnly(next)
      if (chosen === null || lines.length === 0) return
      const line = followCut(text, next, lineOfCut(lines, chosen, text.split('\n').length))
      setPendingLine(line - splitTitle(next).linesBefore)
    },
    [chosen, lines, text],
  )
  // The cut follows its line once the blocks of the new text are known.
  const [pendingLine, setPendingLine] = useState<number | null>(null)
  if (pendingLine !== null && preview?.kind === 'ready') {
    const followed = blockLines.filter((line) => line < pendingLine).length
    if (isRendered(preview, markdown) && followed !== chosen) setChosen(followed)
    if (isRendered(preview, markdown)) setPendingLine(null)
  }

  const restore = useCallback((next: string, nextCut: number | null) => {
    setTextOnly(next)
    setChosen(nextCut)
    setPendingLine(null)
  }, [])

  return {
    text,
    title,
    markdown,
    cut: Math.min(cut, Math.max(lines.length, chosen ?? 0)),
    preview,
    blocks: lines.length,
    lines,
    setText,
    chosenCut: chosen,
    restore,
    moveCutBy: (steps) => setChosen(moveCut(cut, steps, lines.length)),
    setCut: (next) => setChosen(moveCut(next, 0, lines.length)),
    cutAtShownLine: (line) => setChosen(cutAtLine(lines, line)),
  }
}

/** Whether a preview was made from this very text. */
function isRendered(preview: Preview, markdown: string): boolean {
  return preview.kind === 'ready' && preview.source === markdown
}
