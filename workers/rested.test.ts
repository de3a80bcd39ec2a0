import { afterEach, expect, test, vi } from 'vitest'
import { rested } from './rested.ts'

afterEach(() => void vi.useRealTimers())

/** Runs that take `tookMs` of a clock that only the test moves. */
function countedRuns(tookMs: number): { run: () => Promise<unknown>; runs(): number } {
  vi.useFakeTimers({ toFake: ['performance'] })
  let runs = 0
  const run = rested(async () => {
    runs += 1
    vi.advanceTimersByTime(tookMs)
  })
  return { run, runs: () => runs }
}

test('long work rests four times as long as it took, and goes on then', async () => {
  const { run, runs } = countedRuns(10_000)
  await run()
  await run()
  vi.advanceTimersByTime(39_000)
  await run()
  expect(runs()).toBe(1)
  vi.advanceTimersByTime(2_000)
  await run()
  expect(runs()).toBe(2)
})

test('short work never rests', async () => {
  const { run, runs } = countedRuns(1_000)
  for (let n = 0; n < 3; n += 1) await run()
  expect(runs()).toBe(3)
})
