import { expect, test } from 'vitest'
import { inBatches } from './in-batches.ts'

const never = new AbortController().signal

test('the last batch is the first that is not full, and all are counted', async () => {
  const counts = [10, 10, 3, 10]
  expect(await inBatches(async () => counts.shift() ?? 0, { limit: 10, signal: never })).toBe(23)
  expect(counts).toEqual([10])
})

test('nothing more is begun once it is called off', async () => {
  const stop = new AbortController()
  let calls = 0
  const work = async (limit: number) => {
    calls += 1
    if (calls === 2) stop.abort()
    return limit
  }
  expect(await inBatches(work, { limit: 5, signal: stop.signal })).toBe(10)
})
