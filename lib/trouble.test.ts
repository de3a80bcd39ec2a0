/** A trouble that comes at every try fills no log. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMemoryLog } from '#tests/support/log.ts'
import { createTrouble } from './trouble.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const SENTENCES = { begun: 'it broke', over: 'it works', lasting: 'it is still broken' }
const cause = new RangeError('away')

test('is told when it begins, once more when it lasts, and when it is over', async () => {
  const { log, lines } = createMemoryLog()
  const trouble = createTrouble(log, SENTENCES)
  for (let second = 0; second < 60; second += 1) {
    trouble.report(cause)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  trouble.end()
  trouble.end()
  expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'warn it broke',
    'error it is still broken',
    'info it works',
  ])
})

test('that comes back is told again', () => {
  const { log, lines } = createMemoryLog()
  const trouble = createTrouble(log, SENTENCES)
  for (let round = 0; round < 2; round += 1) {
    trouble.report(cause)
    trouble.end()
  }
  expect(lines).toHaveLength(4)
})

test('waits longer after each failure in a row, and not at all when told to end', async () => {
  const trouble = createTrouble(createMemoryLog().log, SENTENCES)
  vi.useRealTimers()
  const timed = async (signal?: AbortSignal) => {
    const startedAt = performance.now()
    await trouble.wait(cause, signal)
    return performance.now() - startedAt
  }
  const [first, second] = [await timed(), await timed()]
  expect(second).toBeGreaterThan(first + 100)
  expect(await timed(AbortSignal.abort())).toBeLessThan(second)
})
