import { expect, test } from 'vitest'
import { createSettlementWatch } from './settlement-watch.ts'

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
const never = new AbortController().signal
const LONG_MS = 60_000

test('a settlement wakes the page that waits for it, and no other', async () => {
  const source = notices()
  const watch = createSettlementWatch(source)
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
  const waiter = createSettlementWatch(source).open('cre', 'chl_1')
  source.settle('cre/chl_1')
  await waiter.next(LONG_MS, never)
})

test('a client that has gone ends the wait', async () => {
  const waiter = createSettlementWatch(notices()).open('cre', 'chl_1')
  await waiter.next(LONG_MS, AbortSignal.abort())
})

test('waiting pages cannot grow without bound, and a closed one makes room', () => {
  const watch = createSettlementWatch(notices(), 1)
  const waiter = watch.open('cre', 'chl_1')
  expect(() => watch.open('cre', 'chl_2')).toThrowError(expect.objectContaining({ code: 'queue.full' }))
  waiter.close()
  waiter.close()
  watch.open('cre', 'chl_2')
  expect(() => watch.open('cre', 'chl_3')).toThrowError(expect.objectContaining({ code: 'queue.full' }))
})
