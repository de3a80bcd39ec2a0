/** Renders articles for a server in a thread that is ended when a text takes too long or too much, so that no text stops a process. */
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { sha256 } from '#lib/crypto.ts'
import { Fault } from '#lib/errors.ts'
import { encodeHex, encodeUtf8 } from '#lib/l402/bytes.ts'
import type { ArticleRefusal } from './article-limits.ts'
import type { PicturePlace } from './clean-article.ts'
import type { ReadArticleFile } from './read-article-file.ts'
import type { RenderedArticle } from './render-article.ts'

export interface RenderJob {
  readonly markdown: string
  /** As in `RenderOptions`. */
  readonly cutBlock: number
  /** Where each picture of the article is served, by its digest in hex. */
  readonly pictures: ReadonlyMap<string, PicturePlace>
  /** As in `RenderOptions`. */
  readonly asTree?: boolean
}

export type RenderOutcome =
  /** `language`: an ISO 639-1 code guessed from the words; null: too few of them. */
  | { readonly kind: 'rendered'; readonly article: RenderedArticle; readonly language: string | null }
  | ({ readonly kind: 'refused' } & ArticleRefusal)

/** What the thread is sent. */
export type Task =
  | { readonly kind: 'render'; readonly job: RenderJob }
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
type Answer = RenderOutcome | ReadArticleFile

export interface ArticleRenderer {
  /**
   * One article at a time; the same one asked for again while it waits or runs is rendered once. A text beyond a limit is
   * an outcome. Throws `Fault('queue.full')` when too many others wait.
   */
  render(job: RenderJob): Promise<RenderOutcome>
  /** Reads a file that somebody brings (`readArticleFile`), under the same limits. */
  read(bytes: Uint8Array): Promise<ReadArticleFile>
  close(): Promise<void>
}

export interface RendererOptions {
  /** `render-worker.ts`, or what the build made of it. */
  readonly workerFile: string
  /** Processor time that a text may take; on a busy machine the clock may show ten times as much. */
  readonly limitMs?: number
}

const LIMIT_MS = 1_000
const CHECK_MS = 50
const MAX_WAITING = 64
const MEMORY = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }
const TOO_SLOW = 'This text takes too long to become a page. Divide its longest paragraphs, lists and tables.'
const TOO_LARGE = 'This text takes too much room to become a page. Split it in two.'

/** Starts its thread with the first article, and again after it had to be ended. */
export function createArticleRenderer({ workerFile, limitMs = LIMIT_MS }: RendererOptions): ArticleRenderer {
  const waiting = new Map<string, Promise<Answer>>()
  let last: Promise<unknown> = Promise.resolve()
  let thread: Promise<Worker> | null = null

  const run = async (task: Task): Promise<Answer> => {
    thread ??= startThread(workerFile)
    const worker = await thread
    const outcome = await answerOf(worker, task, limitMs)
    if (outcome !== null) return outcome
    thread = null
    await worker.terminate()
    return { kind: 'refused', line: 1, message: TOO_SLOW }
  }
  const runOrForget = async (task: Task): Promise<Answer> => {
    try {
      return await run(task)
    } catch (cause) {
      // The thread is gone, whatever it was.
      thread = null
      if (isOutOfMemory(cause)) return { kind: 'refused', line: 1, message: TOO_LARGE }
      throw new Fault('internal.bug', 'the thread that renders articles failed', { cause })
    }
  }
  const ask = (key: string, task: Task): Promise<Answer> => {
    const known = waiting.get(key)
    if (known !== undefined) return known
    if (waiting.size >= MAX_WAITING)
      return Promise.reject(new Fault('queue.full', 'too many articles wait to be rendered'))
    const answer = last.then(() => runOrForget(task)).finally(() => waiting.delete(key))
    last = answer.catch(() => undefined)
    waiting.set(key, answer)
    return answer
  }
  return {
    // The answer is of the kind that the task asks for; the thread is ours.
    render: (job) => ask(keyOf(job), { kind: 'render', job }) as Promise<RenderOutcome>,
    read: (bytes) => ask(encodeHex(sha256(bytes)), { kind: 'read', bytes }) as Promise<ReadArticleFile>,
    async close() {
      await last
      const worker = await thread?.catch(() => null)
      thread = null
      await worker?.terminate()
    },
  }
}

/** A thread without this process's secrets, hooks and output, that does not keep the process alive. */
async function startThread(workerFile: string): Promise<Worker> {
  const worker = new Worker(workerFile, { execArgv: [], env: {}, resourceLimits: MEMORY })
  await settled(worker)
  worker.unref()
  return worker
}

/** Null: it took longer than it may, and is still at it. */
async function answerOf(worker: Worker, task: Task, limitMs: number): Promise<Answer | null> {
  const over = new AbortController()
  worker.ref()
  const answer = settled(worker).finally(() => over.abort()) as Promise<Answer>
  worker.postMessage(task)
  // A thread that ended cannot be asked for its time; its answer says why it ended.
  const slow = whenTooSlow(worker, { limitMs, signal: over.signal }).catch(() => answer)
  const outcome = await Promise.race([answer, slow])
  worker.unref()
  if (outcome === null) answer.catch(() => undefined)
  return outcome
}

async function whenTooSlow(
  worker: Worker,
  { limitMs, signal }: { limitMs: number; signal: AbortSignal },
): Promise<null> {
  const startedAt = performance.now()
  const before = await worker.cpuUsage()
  for (;;) {
    await pause(CHECK_MS, undefined, { signal, ref: true })
    const used = await worker.cpuUsage(before)
    const usedMs = (used.user + used.system) / 1_000
    if (usedMs > limitMs || performance.now() - startedAt > 10 * limitMs) return null
  }
}

/** The next message; rejects when the thread fails or ends instead. */
function settled(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      settle()
    }
    const onMessage = (message: unknown) => done(() => resolve(message))
    const onError = (cause: unknown) => done(() => reject(cause))
    const onExit = () => done(() => reject(new Fault('internal.bug', 'the thread ended')))
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
  })
}

function isOutOfMemory(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

function keyOf({ markdown, cutBlock, pictures, asTree = false }: RenderJob): string {
  return encodeHex(sha256(encodeUtf8(JSON.stringify([cutBlock, asTree, [...pictures], markdown]))))
}
