'use client'
/** What a reader will see: title, free part, the card at the cut. */
import { Html } from '#app/_ui/editor/preview-pane.tsx'
import type { ArticleState } from '#app/_ui/editor/use-article.ts'
import { cardOfArticle, ReaderCard } from '#app/_ui/reader-card.tsx'
import { formatLength } from '#lib/reader/format.ts'

interface ReaderPreviewProps {
  readonly article: ArticleState
  readonly address: string
  readonly creator: string
  readonly sats: number | null
}

export function ReaderPreview({ article, address, creator, sats }: ReaderPreviewProps) {
  const ready = article.preview?.kind === 'ready' ? article.preview.article : null
  const title = article.title || 'Your title'
  const words = ready?.words ?? 0
  return (
    <aside
      aria-label="What a reader sees"
      className="hidden border-l border-hairline bg-sunken px-10 pt-8 pb-10 lg:block"
    >
      <div className="sticky top-8">
        <p className="flex justify-between gap-4 text-table text-muted">
          <span className="whitespace-nowrap">What a reader sees</span>
          <span className="truncate">{address}</span>
        </p>
        <section
          aria-label="Preview"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable without a mouse
          tabIndex={0}
          className="mt-4 max-h-[calc(100dvh-5.75rem)] overflow-y-auto rounded-card border border-hairline bg-canvas px-5 pt-6 pb-5"
        >
          <div className="px-5">
            <p className="font-serif text-h1 font-semibold tracking-[-0.018em]">{title}</p>
            <p className="mt-2 mb-5 text-table text-faint">{formatLength(words)}</p>
            <Html html={ready?.previewHtml ?? ''} />
          </div>
          <div className="mt-6">
            <ReaderCard
              title={title}
              creator={creator || 'You'}
              {...cardOfArticle(words - (ready?.previewWords ?? 0))}
              sats={sats}
            />
          </div>
        </section>
      </div>
    </aside>
  )
}
