/** Takes the requests that sellers want to try, as soon as they ask, and writes what came of them. */
import { inParallel } from '#lib/in-parallel.ts'
import { describeCause } from '#lib/log.ts'
import type { TestResult } from '#lib/paywall/resources/api/test-request.ts'
import { deleteOldTests, endTest, type TakenTest, takeTests } from '#lib/paywall/resources/api/test-request-store.ts'
import { runTest, type TrialDeps } from './run-test.ts'

/** A hint may be lost. */
const EVERY_MS = 5_000
/** Whoever asked longer ago has gone. */
const FRESH_MS = 60_000
const KEPT_MS = 300_000
const AT_ONCE = 4

const BROKEN: TestResult = {
  verdict: 'failed',
  text: 'Something broke on our side while this was tried. Your server may not have been asked; try again.',
  messages: [],
}

/** Runs until `close`, which cuts short what is under way. */
export function followTests(parts: Omit<TrialDeps, 'ending'>): { close(): Promise<void> } {
  const ending = new AbortController()
  const deps = { ...parts, ending: ending.signal }
  const { client } = deps.db
  let running: Promise<void> | null = null
  let isAsked = false

  const look = async (): Promise<void> => {
    do {
      isAsked = false
      const now = deps.clock.now().getTime()
      const taken = await takeTests(client, { after: new Date(now - FRESH_MS), limit: AT_ONCE })
      if (taken.length === AT_ONCE) isAsked = true
      await inParallel(taken, AT_ONCE, (test) => tryOne(deps, test))
      await deleteOldTests(client, new Date(now - KEPT_MS))
    } while (isAsked && !ending.signal.aborted)
  }
  const start = () => {
    isAsked = true
    running ??= look()
      // With Postgres silent nobody can ask either; the next look comes by itself.
      .catch((cause: unknown) => deps.log.debug('tests of sellers are not read', { cause: describeCause(cause) }))
      .finally(() => {
        running = null
      })
  }
  const stop = deps.notices.subscribe('tried', start)
  const timer = setInterval(start, EVERY_MS)
  timer.unref()
  return {
    async close() {
      stop()
      clearInterval(timer)
      ending.abort()
      await running
    },
  }
}

async function tryOne(deps: TrialDeps, test: TakenTest): Promise<void> {
  const result = await runTest(deps, test).catch((cause: unknown) => {
    deps.log.error('a test of a seller broke', { resourceId: test.resourceId, cause: describeCause(cause) })
    return BROKEN
  })
  await endTest(deps.db.client, test, result)
}
