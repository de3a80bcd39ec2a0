/** The renderer that tests publish with: the real one, from its source. */
import { join } from 'node:path'
import { createArticleRenderer } from '#lib/content/article-renderer.ts'

export const RENDER_WORKER = join(import.meta.dirname, '../../lib/content/render-worker.ts')

/** One thread for the whole file; it does not keep the process alive. */
export const testRenderer = createArticleRenderer({ workerFile: RENDER_WORKER })
