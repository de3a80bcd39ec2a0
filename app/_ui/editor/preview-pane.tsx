'use client'
/** What a reader will see: title, free part, and behind the cut the paid part. */
import type { RefObject } from 'react'
import { Icon } from '#app/_ui/icon.tsx'
import type { ArticleState } from './use-article.ts'

export function PreviewPane({
  article,
  freeEndRef,
  gap,
}: {
  article: ArticleState
  freeEndRef: RefObject<HTMLDivElement | null>
  /** In px; `null` until it is measured: the page that the server sends may hold no styles of its own. */
  gap: number | null
}) {
  const { preview, title } = article
  if (preview === null) return <Skeleton />
  if (preview.kind === 'refused') {
    return (
      <p role="alert" className="flex gap-2 text-interface text-error">
        <Icon name="caution" />
        {preview.message}
      </p>
    )
  }
  const { previewHtml, bodyHtml, blocks } = preview.article
  if (blocks === 0 && title === '')
    return <p className="font-serif text-lead text-faint">What you write appears here as readers will see it.</p>
  return (
    <>
      <div ref={freeEndRef}>
        <p dir="auto" className="mb-4 font-serif text-h1 font-semibold tracking-[-0.018em] [text-wrap:balance]">
          {title || <span className="text-faint">Title</span>}
        </p>
        <Html html={previewHtml} />
      </div>
      <div {...(gap === null ? { className: 'mt-14' } : { style: { marginTop: gap } })}>
        <Html html={bodyHtml} />
      </div>
    </>
  )
}

/** The renderer lets nothing but text, links and our own pictures through (lib/content), so its HTML goes in as it is. */
export function Html({ html, className = '' }: { html: string; className?: string }) {
  // biome-ignore lint/security/noDangerouslySetInnerHtml: made and sanitised by render-article from a syntax tree
  return <div dir="auto" className={`article-text ${className}`} dangerouslySetInnerHTML={{ __html: html }} />
}

function Skeleton() {
  return (
    <div aria-hidden="true" className="space-y-4">
      <div className="h-10 w-1/2 rounded-[4px] bg-sunken" />
      {[0, 1, 2].map((paragraph) => (
        <div key={paragraph} className="h-28 rounded-[4px] bg-sunken" />
      ))}
    </div>
  )
}
