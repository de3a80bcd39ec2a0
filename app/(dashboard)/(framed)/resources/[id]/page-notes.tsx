'use client'
/** What the page says otherwise than the text, line by line, with the words that stand there instead; pictures without a description. */
import { formatCount } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import type { RenderedArticle } from '#lib/content/render-article.ts'

export interface PageNotesProps {
  readonly article: RenderedArticle
  /** Lines of the shown text before the first of the rendered one. */
  readonly linesBefore: number
}

export function PageNotes({ article: { removed, undescribed }, linesBefore }: PageNotesProps) {
  const count = removed.length + undescribed.length
  if (count === 0) return null
  return (
    <details open className="mb-6 rounded-card bg-caution-soft px-4 py-3 text-table text-caution">
      <summary className="flex w-fit list-none items-center gap-2 font-medium [&::-webkit-details-marker]:hidden">
        <Icon name="caution" />
        {removed.length > 0 ? 'The page leaves this out or changes it' : describe(undescribed.length)}
      </summary>
      <ul aria-label="Left out" className="mt-2 ml-7 max-h-56 space-y-2 overflow-y-auto">
        {removed.map((removal, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two removals of a line may read the same
          <li key={index}>
            Line {removal.line + linesBefore}: {removal.what}
            <Change before={removal.before} after={removal.after} />
          </li>
        ))}
        {undescribed.map((line) => (
          <li key={line}>
            Line {line + linesBefore}: a picture without a description. Say what it shows, between [ and ].
          </li>
        ))}
      </ul>
    </details>
  )
}

function Change({ before, after }: { before: string; after: string }) {
  if (before === '') return null
  return (
    <span className="block break-words text-text">
      <del className="text-muted">{before}</del> {after === '' ? null : <ins className="no-underline">{after}</ins>}
    </span>
  )
}

function describe(count: number): string {
  return count === 1 ? 'A picture has no description' : `${formatCount(count)} pictures have no description`
}
