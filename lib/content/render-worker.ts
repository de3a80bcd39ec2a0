/** The thread that renders: one article per message, one answer per article; whoever started it may end it at any time. */
import { parentPort } from 'node:worker_threads'
import type { RenderJob, RenderOutcome } from './article-renderer.ts'
import { refusalOf } from './refuse.ts'
import { renderArticle } from './render-article.ts'

parentPort?.on('message', (job: RenderJob) => parentPort?.postMessage(render(job)))
parentPort?.postMessage('ready')

function render({ markdown, cutBlock, pictures }: RenderJob): RenderOutcome {
  try {
    const article = renderArticle(markdown, { cutBlock, picturePath: (digest) => pictures.get(digest) ?? null })
    return { kind: 'rendered', article }
  } catch (cause) {
    const refusal = refusalOf(cause)
    if (refusal === null) throw cause
    return { kind: 'refused', ...refusal }
  }
}
