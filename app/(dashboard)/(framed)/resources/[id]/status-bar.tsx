'use client'
/** Counts of the text under the editor; what the page will leave out, line by line. */
import { type ReactNode, useState } from 'react'
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
  const words = article?.words ?? 0
  const free = article?.previewWords ?? 0
  return (
    <div className="sticky bottom-16 z-20 border-t border-hairline bg-canvas md:bottom-0">
      {isOpen && <div className="border-b border-hairline px-4 py-4 md:px-8">{children}</div>}
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
          <button type="button" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen} className="link">
            Title and card
          </button>
        </div>
      </div>
    </div>
  )
}

/** Markup that the page will not carry: nothing vanishes without being named. */
export function RemovedList({ removed, linesBefore }: { removed: RenderedArticle['removed']; linesBefore: number }) {
  if (removed.length === 0) return null
  return (
    <section
      aria-label="Left out"
      className="border-t border-hairline bg-caution-soft px-4 py-3 text-table text-caution md:px-8"
    >
      <p className="flex items-center gap-2 font-medium">
        <Icon name="caution" />
        The page leaves this out
      </p>
      <ul className="mt-1 ml-7">
        {removed.map(({ line, what }) => (
          <li key={`${line} ${what}`}>
            Line {line + linesBefore}: {what}
          </li>
        ))}
      </ul>
    </section>
  )
}
