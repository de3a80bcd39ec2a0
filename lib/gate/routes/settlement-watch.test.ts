import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type ChallengeKey, createSettlementWatch, type WatchOptions } from './settlement-watch.ts'

const WIDE = { challenge: 100, client: 100, network: 100, creator: 100, all: 100 }

function notices() {
  let listener: (key: string) => void = () => undefined
  return {
    subscribe: (_topic: string, next: (key: string) => void) => {
      listener = next
      return () => undefined
    },
    settle: (key: string) => listener(key),
  }
}
const watchOf = (source: ReturnType<typeof notices>, more: Partial<WatchOptions> = {}) =>
  createSettlementWatch({ notices: source, list: async () => [], ...more })
const never = new AbortController().signal
const LONG_MS = 60_000

test('a settlement wakes the page that waits for it, and no other', async () => {
  const source = notices()
  const watch = watchOf(source)
  const [waiter, other] = [watch.open('cre', 'chl_1'), watch.open('cre', 'chl_2')]
  const woken: string[] = []
  const waiting = waiter.next(LONG_MS, never).then(() => woken.push('chl_1'))
  const stop = new AbortController()
  const otherWaiting = other.next(LONG_MS, stop.signal).then(() => woken.push('chl_2'))
  source.settle('cre/chl_1')
  await waiting
  expect(woken).toEqual(['chl_1'])
  stop.abort()
  await otherWaiting
})

test('a settlement that comes while the row is being read is not missed', async () => {
  const source = notices()
  const waiter = watchOf(source).open('cre', 'chl_1')
  source.settle('cre/chl_1')
  // By then the notice has been followed, and nobody waited yet.
  await setImmediate()
  await waiter.next(LONG_MS, never)
})

test('a client that has gone ends the wait', async () => {
  const waiter = watchOf(notices()).open('cre', 'chl_1')
  await waiter.next(LONG_MS, AbortSignal.abort())
})

test('waiting pages cannot grow without bound, and a closed one makes room', () => {
  const watch = watchOf(notices(), { limits: { ...WIDE, all: 1 } })
  const waiter = watch.open('cre', 'chl_1')
  expect(() => watch.open('cre', 'chl_2')).toThrowError(expect.objectContaining({ code: 'queue.full' }))
  waiter.close()
  waiter.close()
  watch.open('cre', 'chl_2')
  expect(() => watch.open('cre', 'chl_3')).toThrowError(expect.objectContaining({ code: 'queue.full' }))
})

type Asking = Parameters<ReturnType<typeof createSettlementWatch>['open']>

test.each([
  ['challenge', 'limit.rate', ['cre', 'chl_1', '192.0.2.1'], ['cre', 'chl_2', '192.0.2.1']],
  ['client', 'limit.rate', ['cre', 'chl_1', '192.0.2.1'], ['cre', 'chl_1', '192.0.2.2']],
  ['network', 'limit.rate', ['cre', 'chl_1', '192.0.2.1'], ['cre', 'chl_1', '198.51.100.1']],
  ['creator', 'queue.full', ['cre', 'chl_1', '192.0.2.1'], ['other', 'chl_1', '192.0.2.1']],
] satisfies [string, string, Asking, Asking][])(
  'a %s has its part of the pages that wait, and another goes on',
  (part, code, full, other) => {
    const watch = watchOf(notices(), { limits: { ...WIDE, [part]: 2 } })
    const [waiter] = [watch.open(...full), watch.open(...full)]
    expect(() => watch.open(...full)).toThrowError(expect.objectContaining({ code }))
    watch.open(...other).close()
    waiter.close()
    watch.open(...full)
  },
)

test('however many pages wait, and for however many challenges, one question asks for all of them', async () => {
  const asked: (readonly ChallengeKey[])[] = []
  const state = { chl_1: 'open', chl_2: 'open' } as Record<string, 'open' | 'settled'>
  const watch = watchOf(notices(), {
    pollMs: 5,
    limits: WIDE,
    list: async (keys) => {
      asked.push(keys)
      return keys.map((key) => ({ ...key, state: state[key.challengeId] ?? 'open', settledAt: null }))
    },
  })
  const waiters = Array.from({ length: 60 }, (_, n) => watch.open('cre', n % 2 === 0 ? 'chl_1' : 'chl_2'))
  await Promise.all(waiters.map((waiter) => waiter.next(LONG_MS, never)))
  expect(asked[0]?.map(({ challengeId }) => challengeId)).toEqual(['chl_1', 'chl_2'])
  state.chl_1 = 'settled'
  await Promise.all(waiters.filter((_, n) => n % 2 === 0).map((waiter) => waiter.next(LONG_MS, never)))
  expect(waiters.map((waiter) => waiter.latest()?.state).slice(0, 2)).toEqual(['settled', 'open'])
  expect(asked.every((keys) => keys.length <= 2)).toBe(true)
  watch.close()
})

test('while the rows cannot be read, who waits goes on waiting, and hears of it afterwards', async () => {
  let isAway = true
  const watch = watchOf(notices(), {
    pollMs: 5,
    list: async (keys) => {
      if (isAway) throw new RangeError('away')
      return keys.map((key) => ({ ...key, state: 'settled', settledAt: null }))
    },
  })
  const waiter = watch.open('cre', 'chl_1')
  await waiter.next(30, never)
  expect(waiter.latest()).toBeNull()
  isAway = false
  await waiter.next(LONG_MS, never)
  expect(waiter.latest()).toMatchObject({ state: 'settled' })
  watch.close()
})
