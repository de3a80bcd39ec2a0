/** What tests publish and attach pictures with: the real renderer and encoder, from their sources. */
import { join } from 'node:path'
import { createArticleRenderer } from '#lib/content/article-renderer.ts'
import { createPictureEncoder } from '#lib/content/picture-encoder.ts'

const RENDER_WORKER = join(import.meta.dirname, '../../lib/content/render-worker.ts')

/** One thread for the whole file; it does not keep the process alive. */
export const testRenderer = createArticleRenderer({ workerFile: RENDER_WORKER })

export const testPictures = createPictureEncoder({
  workerFile: join(import.meta.dirname, '../../lib/content/picture-worker.ts'),
})
