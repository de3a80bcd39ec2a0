'use client'
/** Counts of the text under the editor, and the way to title and card. */
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react'
import { formatCount } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import type { RenderedArticle } from '#lib/content/render-article.ts'
import { formatMinutes } from '#lib/reader/format.ts'

export interface StatusBarProps {
  readonly article: RenderedArticle | null
  readonly pictureCount: number
  readonly isPreviewShown: boolean
  readonly onPreview: () => void
  /** Title and card. */
  readonly children: ReactNode
}

export function StatusBar({ article, pictureCount, isPreviewShown, onPreview, children }: StatusBarProps) {
  const [isOpen, setOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isOpen) return
    setOpen(false)
    opener.current?.focus()
  }
  const words = article?.words ?? 0
  const free = article?.previewWords ?? 0
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what stands in here, wherever the focus is
    <div
      data-bar="bottom"
      onKeyDown={onKeyDown}
      className="sticky bottom-16 z-20 border-t border-hairline bg-canvas md:bottom-0"
    >
      {isOpen && (
        <div className="max-h-[60dvh] overflow-y-auto border-b border-hairline px-4 py-4 md:px-8">{children}</div>
      )}
      <div className="flex min-h-11 items-center justify-between gap-4 px-4 py-2 text-table text-muted md:px-8">
        <p id="article-counts" className="flex flex-wrap gap-x-6">
          <span className="font-medium text-text">{formatCount(words)} words</span>
          <span>{formatMinutes(words)}</span>
          <span className="max-md:hidden">
            {formatCount(free)} free, {words === 0 ? 0 : Math.round((free / words) * 100)} %
          </span>
          {pictureCount > 0 && (
            <span className="max-md:hidden">
              {pictureCount} {pictureCount === 1 ? 'picture' : 'pictures'}
            </span>
          )}
        </p>
        <div className="flex items-center gap-4">
          <button
            type="button"
            onClick={onPreview}
            aria-pressed={isPreviewShown}
            className="flex items-center gap-1.5 md:hidden"
          >
            <Icon name="eye" />
            {isPreviewShown ? 'Write' : 'Preview'}
          </button>
          <button ref={opener} type="button" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen} className="link">
            Title and card
          </button>
        </div>
      </div>
    </div>
  )
}
