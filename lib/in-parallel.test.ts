import { describe, expect, it } from 'vitest'
import { inParallel } from './in-parallel.ts'

describe('work in parallel', () => {
  it('does every item once and never more than the bound at a time', async () => {
    const done: number[] = []
    let running = 0
    let most = 0
    await inParallel(
      Array.from({ length: 50 }, (_, n) => n),
      4,
      async (item) => {
        running += 1
        most = Math.max(most, running)
        await new Promise(setImmediate)
        running -= 1
        done.push(item)
      },
    )
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n))
    expect(most).toBe(4)
  })

  it('throws the first failure, begins nothing after it, and leaves nothing running', async () => {
    const begun: number[] = []
    let running = 0
    const work = inParallel([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item)
      running += 1
      await new Promise(setImmediate)
      running -= 1
      if (item === 1) throw new RangeError('item 1')
    })
    await expect(work).rejects.toThrow('item 1')
    expect(begun.length).toBeLessThan(5)
    expect(running).toBe(0)
  })
})
