import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSharedBuckets } from './shared-buckets.ts'

/** One creator's bucket, as production has it. */
const LIMIT = { ratePerSecond: 12.5, burst: 100 }
const BUSY = Array.from({ length: 30 }, (_, n) => `busy ${n}`)
const NEWCOMERS = Array.from({ length: 36 }, (_, n) => `new ${n}`)

function openBucket(limit = LIMIT) {
  const shared = createSharedBuckets(limit)
  const time = { ms: 0 }
  const take = (network: string): boolean => {
    if (shared.secondsUntilFree('k', time.ms, network) > 0) return false
    shared.take('k', time.ms, network)
    return true
  }
  return { shared, time, take }
}

/** All ask in turn, more than they can get, and once more at the end. */
function flood(bucket: ReturnType<typeof openBucket>, seconds: number, networks = BUSY): number {
  let taken = 0
  const endMs = bucket.time.ms + seconds * 1000
  for (; bucket.time.ms <= endMs; bucket.time.ms += 100)
    for (let turn = 0; turn < 10; turn++) taken += networks.filter(bucket.take).length
  bucket.time.ms -= 100
  return taken
}

describe('a bucket that runs short', () => {
  test.each([0, 1, 3, 10, 120, 1_200])(
    'after %d s of thirty busy networks it has one for each of 36 newcomers',
    (seconds) => {
      const bucket = openBucket()
      flood(bucket, seconds)
      expect(BUSY.some(bucket.take)).toBe(false)
      expect(NEWCOMERS.filter(bucket.take)).toEqual(NEWCOMERS)
    },
  )

  test('lets busy networks have all that comes back, and tells each of them how long it waits', () => {
    const bucket = openBucket()
    flood(bucket, 60)
    expect(Math.abs(flood(bucket, 40) - 40 * LIMIT.ratePerSecond)).toBeLessThan(5)
    const waitSeconds = bucket.shared.secondsUntilFree('k', bucket.time.ms, 'busy 7')
    expect(waitSeconds).toBeGreaterThan(0)
    bucket.time.ms += waitSeconds * 1000 - 1
    expect(bucket.take('busy 7')).toBe(false)
    bucket.time.ms += 2
    expect(bucket.take('busy 7')).toBe(true)
  })

  test('lets a reader who came a moment ago in before those who come all the time', () => {
    const bucket = openBucket()
    flood(bucket, 60)
    expect([1, 2, 3].map(() => bucket.take('reader'))).toEqual([true, true, true])
    expect(bucket.take('busy 0')).toBe(false)
  })

  test('forgets what a network drew, so that nobody comes last for ever', () => {
    const bucket = openBucket()
    flood(bucket, 60)
    bucket.time.ms += 600_000
    const others = BUSY.slice(1)
    flood(bucket, 60, others)
    expect(bucket.take('busy 0')).toBe(true)
    expect(others.some(bucket.take)).toBe(false)
  })

  test('counts what was drawn from another bucket against nobody', () => {
    const { shared, take, time } = openBucket()
    for (let n = 0; n < 50; n++) shared.take('other', 0, 'reader')
    flood({ shared, take, time }, 60)
    expect(take('reader')).toBe(true)
  })
})

test('one network alone has half of a full bucket at once, and crowds together all of it', () => {
  const alone = openBucket()
  const taken = Array.from({ length: 60 }, () => alone.take('one')).filter(Boolean).length
  expect([50, 51]).toContain(taken)
  const crowd = openBucket()
  expect(Array.from({ length: 120 }, (_, n) => crowd.take(`${n}`)).filter(Boolean)).toHaveLength(100)
})

test('the smallest buckets give all that they have', () => {
  const bucket = openBucket({ ratePerSecond: 1, burst: 2 })
  expect([1, 2, 3].map(() => bucket.take('one'))).toEqual([true, true, false])
})

describe('whatever came before', () => {
  const networks = ['a', 'b', 'c', 'd']
  const histories = fc.array(
    fc.record({
      network: fc.constantFrom(...networks),
      times: fc.integer({ min: 1, max: 40 }),
      waitMs: fc.nat(20_000),
    }),
    { maxLength: 40 },
  )
  const play = (history: readonly { network: string; times: number; waitMs: number }[]) => {
    const bucket = openBucket()
    let taken = 0
    for (const { network, times, waitMs } of history) {
      for (let n = 0; n < times; n++) taken += bucket.take(network) ? 1 : 0
      bucket.time.ms += waitMs
    }
    return { bucket, taken }
  }

  test('who was never there waits no longer than anybody else', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { bucket } = play(history)
        const wait = (network: string) => bucket.shared.secondsUntilFree('k', bucket.time.ms, network)
        for (const network of networks) expect(wait('new')).toBeLessThanOrEqual(wait(network))
      }),
    )
  })

  test('who drew more, later, waits no less', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 5 }), (history, less, more) => {
        const { bucket } = play(history)
        for (let n = 0; n < less; n++) bucket.shared.take('k', bucket.time.ms, 'less')
        for (let n = 0; n < less + more; n++) bucket.shared.take('k', bucket.time.ms, 'more')
        const wait = (network: string) => bucket.shared.secondsUntilFree('k', bucket.time.ms, network)
        expect(wait('less')).toBeLessThanOrEqual(wait('more'))
      }),
    )
  })

  test('no more is given than the bucket has', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { bucket, taken } = play(history)
        expect(taken).toBeLessThanOrEqual(LIMIT.burst + (bucket.time.ms / 1000) * LIMIT.ratePerSecond)
      }),
    )
  })
})
