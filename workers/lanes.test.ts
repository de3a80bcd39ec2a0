import { describe, expect, it } from 'vitest'
import { createLanes } from './lanes.ts'

describe('lanes', () => {
  it('let a further task begin only when one is free', async () => {
    const lanes = createLanes(2, () => undefined)
    const ends: (() => void)[] = []
    const task = () => new Promise<void>((resolve) => void ends.push(resolve))
    for (let n = 0; n < 2; n += 1) lanes.start(task)
    let free = false
    const waiting = lanes.free().then(() => {
      free = true
    })
    await new Promise(setImmediate)
    expect(free).toBe(false)
    ends[0]?.()
    await waiting
    expect(free).toBe(true)
    ends[1]?.()
    await lanes.finish()
  })

  it('tell of the first failure at once and throw it at the end', async () => {
    let told = 0
    const lanes = createLanes(2, () => {
      told += 1
    })
    lanes.start(() => Promise.reject(new RangeError('first')))
    lanes.start(() => Promise.reject(new RangeError('second')))
    await expect(lanes.finish()).rejects.toThrow('first')
    expect(told).toBe(1)
  })
})
