import { describe, expect, it } from 'vitest'
import { createBatches } from './batches.ts'

const turn = () => new Promise(setImmediate)

/** Batches whose work ends when the test says so. */
function held(limit: number) {
  const seen: (readonly number[])[] = []
  const ends: (() => void)[] = []
  const batches = createBatches<number>({
    limit,
    work: (batch) => {
      seen.push(batch)
      return new Promise((resolve) => void ends.push(resolve))
    },
    onFailure: () => undefined,
  })
  const endOne = async () => {
    ends.shift()?.()
    await turn()
  }
  return { batches, seen, endOne }
}

describe('batches', () => {
  it('gather what comes while one is worked on, in order, each item once', async () => {
    const { batches, seen, endOne } = held(10)
    await batches.add(1)
    await turn()
    for (const item of [2, 3, 4]) await batches.add(item)
    expect(seen).toEqual([[1]])
    await endOne()
    expect(seen).toEqual([[1], [2, 3, 4]])
    await endOne()
    await batches.finish()
  })

  it('take no more than the limit until there is room', async () => {
    const { batches, endOne } = held(2)
    await batches.add(1)
    await turn()
    await batches.add(2)
    let isTaken = false
    const waiting = batches.add(3).then(() => {
      isTaken = true
    })
    await turn()
    expect(isTaken).toBe(false)
    await endOne()
    await endOne()
    await waiting
    await batches.finish()
  })

  it('tell of a failure once, begin nothing after it, and throw it at the end', async () => {
    let told = 0
    const seen: number[] = []
    const batches = createBatches<number>({
      limit: 1,
      work: async (batch) => {
        seen.push(...batch)
        throw new RangeError(`batch ${batch[0]}`)
      },
      onFailure: () => {
        told += 1
      },
    })
    await batches.add(1)
    await batches.add(2)
    await expect(batches.finish()).rejects.toThrow('batch 1')
    expect(told).toBe(1)
    expect(seen).toEqual([1])
  })
})
