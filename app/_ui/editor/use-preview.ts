'use client'
/** The article as readers will see it, rendered in the browser by the same code that the server publishes with. */
import { useEffect, useState } from 'react'
import type { RenderedArticle } from '#lib/content/render-article.ts'

export type Preview =
  | { readonly kind: 'ready'; readonly source: string; readonly article: RenderedArticle }
  | { readonly kind: 'refused'; readonly message: string }

type Renderer = typeof import('#lib/content/render-article.ts')
let loading: Promise<Renderer> | null = null

/** The renderer is a third of the editor's weight, so it comes after the first paint. */
function loadRenderer(): Promise<Renderer> {
  loading ??= import('#lib/content/render-article.ts')
  return loading
}

/** Between two renderings of a long text; short ones follow every key. */
const LONG_TEXT = 40_000
const LONG_PAUSE_MS = 250

/** `null` until the renderer has come. `picturePath` must not change from render to render. */
export function usePreview(
  markdown: string,
  cutBlock: number,
  picturePath: (digest: string) => string | null,
): Preview | null {
  const [preview, setPreview] = useState<Preview | null>(null)
  useEffect(() => {
    let isStale = false
    const timer = setTimeout(
      async () => {
        const renderer = await loadRenderer()
        if (!isStale) setPreview(renderSafely(renderer, markdown, { cutBlock, picturePath }))
      },
      markdown.length > LONG_TEXT ? LONG_PAUSE_MS : 0,
    )
    return () => {
      isStale = true
      clearTimeout(timer)
    }
  }, [markdown, cutBlock, picturePath])
  return preview
}

function renderSafely(
  { renderArticle }: Renderer,
  markdown: string,
  options: Parameters<Renderer['renderArticle']>[1],
): Preview {
  try {
    return { kind: 'ready', source: markdown, article: renderArticle(markdown, options) }
  } catch (cause) {
    const message =
      cause instanceof Object && 'publicMessage' in cause ? String(cause.publicMessage) : 'This text cannot be shown.'
    return { kind: 'refused', message }
  }
}
