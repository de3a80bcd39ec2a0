/** Ten seconds without a sign of life are a hang, one sign within them is none. */
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchForHang } from './hang-watch.ts'

let heartbeat: PassThrough
beforeEach(() => {
  vi.useFakeTimers()
  heartbeat = new PassThrough()
})
afterEach(() => void vi.useRealTimers())

async function live(seconds: number, beat: (second: number) => void = () => undefined): Promise<void> {
  for (let second = 1; second <= seconds; second += 1) {
    beat(second)
    await vi.advanceTimersByTimeAsync(1_000)
  }
}

test('a process without a heartbeat for more than ten seconds hangs, and that is told once', async () => {
  const onHang = vi.fn()
  watchForHang({ heartbeat, onHang })
  await live(10)
  expect(onHang).not.toHaveBeenCalled()
  await live(20)
  expect(onHang).toHaveBeenCalledTimes(1)
})

test('a process that is slow, with a heartbeat every nine seconds, is left alone', async () => {
  const onHang = vi.fn()
  watchForHang({ heartbeat, onHang })
  await live(60, (second) => {
    if (second % 9 === 0) heartbeat.write('.')
  })
  expect(onHang).not.toHaveBeenCalled()
})

test('what a living process runs and does not answer hangs, even when the question has no end', async () => {
  const onHang = vi.fn()
  const isAnswering = vi.fn(() => new Promise<boolean>(() => undefined))
  watchForHang({ heartbeat, isAnswering, onHang })
  await live(11, () => heartbeat.write('.'))
  expect(onHang).toHaveBeenCalledTimes(1)
  expect(isAnswering).toHaveBeenCalledTimes(1)
})

test('whoever answers now and then is left alone, and so is what is no longer watched', async () => {
  const onHang = vi.fn()
  let asked = 0
  const stop = watchForHang({ heartbeat, isAnswering: async () => ++asked % 5 === 0, onHang })
  await live(30, () => heartbeat.write('.'))
  stop()
  await live(30)
  expect(onHang).not.toHaveBeenCalled()
})
