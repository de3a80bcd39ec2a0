'use client'
/** The article as readers will see it, rendered in the browser by the same code that the server publishes with. */
import { useEffect, useState } from 'react'
import type { RenderedArticle } from '#lib/content/render-article.ts'

export type Preview =
  | { readonly kind: 'ready'; readonly source: string; readonly article: RenderedArticle }
  | { readonly kind: 'refused'; readonly message: string }

type Renderer = typeof import('#lib/content/render-article.ts')
let loading: Promise<Renderer> | null = null

/** The renderer is a third of the editor's weight, so it comes when somebody begins to write: until then the server's work is shown. */
function loadRenderer(): Promise<Renderer> {
  loading ??= import('#lib/content/render-article.ts').catch((cause: unknown) => {
    loading = null
    throw cause
  })
  return loading
}

/** Called when the text gets the focus, so that the first key finds the renderer here. */
export function prepareRenderer(): void {
  // Without a connection it is tried again with the next change.
  loadRenderer().catch(() => undefined)
}

/** Between two renderings of a long text; short ones follow every key. */
const LONG_TEXT = 40_000
const LONG_PAUSE_MS = 250

export interface PreviewInput {
  readonly markdown: string
  readonly cutBlock: number
  /** Must not change from render to render. */
  readonly picturePath: (digest: string) => string | null
}

/** What the server rendered before the page was sent. */
export interface FirstPreview {
  readonly markdown: string
  readonly cutBlock: number
  readonly article: RenderedArticle
}

const NOTHING: RenderedArticle = {
  ...{ previewHtml: '', bodyHtml: '', words: 0, previewWords: 0, blocks: 0 },
  ...{ blockLines: [], pictures: [], undescribed: [], removed: [], elsewhere: [] },
}

/** `null` until the renderer has come; `first` is shown for as long as nothing differs from it. */
export function usePreview(
  { markdown, cutBlock, picturePath }: PreviewInput,
  first: FirstPreview | null = null,
): Preview | null {
  const [preview, setPreview] = useState<Preview | null>(() =>
    first === null ? null : { kind: 'ready', source: first.markdown, article: first.article },
  )
  // Raised when the connection is back and the renderer could not come before.
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another reason to render
  useEffect(() => {
    const known = knownWithoutRenderer({ markdown, cutBlock, first })
    if (known !== null) return setPreview(known)
    let isStale = false
    const again = () => setAttempt((count) => count + 1)
    const timer = setTimeout(
      async () => {
        const renderer = await loadRenderer().catch(() => null)
        if (isStale) return
        if (renderer !== null) setPreview(renderSafely(renderer, markdown, { cutBlock, picturePath }))
        else addEventListener('online', again, { once: true })
      },
      markdown.length > LONG_TEXT ? LONG_PAUSE_MS : 0,
    )
    return () => {
      isStale = true
      clearTimeout(timer)
      removeEventListener('online', again)
    }
  }, [markdown, cutBlock, picturePath, first, attempt])
  return preview
}

function knownWithoutRenderer({
  markdown,
  cutBlock,
  first,
}: Pick<PreviewInput, 'markdown' | 'cutBlock'> & { first: FirstPreview | null }): Preview | null {
  if (markdown.trim() === '') return { kind: 'ready', source: markdown, article: NOTHING }
  // Once the renderer is here, its own work is newer than the server's: pictures may have come meanwhile.
  if (loading !== null || first === null || first.markdown !== markdown || first.cutBlock !== cutBlock) return null
  return { kind: 'ready', source: markdown, article: first.article }
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
