/** The thread that renders articles and reads files: one answer per message; whoever started it may end it at any time. */
import { parentPort } from 'node:worker_threads'
import type { RenderJob, RenderOutcome, Task } from './article-renderer.ts'
import { detectLanguage } from './detect-language.ts'
import { readArticleFile } from './read-article-file.ts'
import { refusalOf } from './refuse.ts'
import { renderArticle } from './render-article.ts'

parentPort?.on('message', (task: Task) => parentPort?.postMessage(answer(task)))
parentPort?.postMessage('ready')

function answer(task: Task) {
  try {
    return task.kind === 'render' ? render(task.job) : readArticleFile(task.bytes)
  } catch (cause) {
    const refusal = refusalOf(cause)
    if (refusal === null) throw cause
    return { kind: 'refused', ...refusal }
  }
}

function render({ markdown, cutBlock, pictures, asTree = false }: RenderJob): RenderOutcome {
  const picturePath = (digest: string) => pictures.get(digest) ?? null
  const article = renderArticle(markdown, { cutBlock, picturePath, asTree })
  return { kind: 'rendered', article, language: detectLanguage(article.previewHtml + article.bodyHtml) }
}
