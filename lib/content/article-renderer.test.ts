/** A server renders whatever it is given, and no text keeps it from the next one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type ArticleRenderer, createArticleRenderer } from './article-renderer.ts'

const workerFile = join(import.meta.dirname, 'render-worker.ts')
const open: ArticleRenderer[] = []
const create = (options: { limitMs?: number } = {}) => {
  const renderer = createArticleRenderer({ workerFile, ...options })
  open.push(renderer)
  return renderer
}
afterEach(async () => {
  for (const renderer of open.splice(0)) await renderer.close()
})
const job = (markdown: string) => ({
  markdown,
  cutBlock: 1,
  pictures: new Map([['ab'.repeat(32), { path: '/tides/p.png', smaller: [] }]]),
})

test('an article is rendered as on the spot, with its pictures', async () => {
  const outcome = await create().render(job(`Free.\n\nPaid ![p](image:${'ab'.repeat(32)}).`))
  expect(outcome).toMatchObject({
    kind: 'rendered',
    article: { previewHtml: '<p>Free.</p>', bodyHtml: expect.stringContaining('src="/tides/p.png"'), words: 2 },
  })
})

test('a text beyond the limits is refused with its line', async () => {
  expect(await create().render(job(`a\n\n${'> '.repeat(40)}`))).toEqual({
    kind: 'refused',
    line: 3,
    message: 'Quotes and lists can be 16 levels deep.',
  })
})

test('a text that takes too long is refused, and the next one is rendered', async () => {
  const renderer = create({ limitMs: 20 })
  expect(await renderer.render(job('- a\n'.repeat(4_900)))).toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('takes too long'),
  })
  expect(await create().render(job('next'))).toMatchObject({ kind: 'rendered' })
  expect(await renderer.render(job('next'))).toMatchObject({ kind: 'rendered' })
})

test('one text asked for by twenty at once is rendered once, others are kept apart', async () => {
  const renderer = create()
  const same = Array.from({ length: 20 }, () => renderer.render(job('one')))
  expect(new Set(same).size).toBe(1)
  expect(renderer.render(job('two'))).not.toBe(same[0])
  expect(await Promise.all(same)).toHaveLength(20)
})

test('a queue too long is refused instead of growing', async () => {
  const renderer = create()
  const all = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => renderer.render(job(`text ${n}`))))
  const refused = all.filter((outcome) => outcome.status === 'rejected')
  expect(refused.map(({ reason }) => reason.code)).toEqual(Array(136).fill('queue.full'))
})

test('the thread has no variable of the process that started it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'satstile-thread-'))
  const telling = join(folder, 'telling.mjs')
  const code = `import { parentPort } from 'node:worker_threads'
    parentPort.on('message', () => parentPort.postMessage(Object.keys(process.env)))
    parentPort.postMessage('ready')`
  writeFileSync(telling, code)
  const renderer = createArticleRenderer({ workerFile: telling })
  open.push(renderer)
  expect(await renderer.render(job('a'))).toEqual([])
  rmSync(folder, { recursive: true })
})
