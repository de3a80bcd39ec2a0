import { expect, test } from 'vitest'
import { createOutflow } from './outflow.ts'

const LIMITS = { all: 100, free: 60, client: 30, network: 50 }
const from = (address: string, isPaid = false, bytes = 10) => ({ address, isPaid, bytes })

test('one client has its part and no more, and what it gives back can be taken again, once', () => {
  const outflow = createOutflow(LIMITS)
  const taken = Array.from({ length: 4 }, () => outflow.take(from('192.0.2.1')))
  expect(taken.map((one) => one !== null)).toEqual([true, true, true, false])
  expect(outflow.take(from('198.51.100.1'))).not.toBeNull()
  taken[0]?.()
  taken[0]?.()
  expect(outflow.take(from('192.0.2.1'))).not.toBeNull()
  expect(outflow.take(from('192.0.2.1'))).toBeNull()
})

test('the clients of one network share a part', () => {
  const outflow = createOutflow(LIMITS)
  for (let n = 0; n < 5; n++) expect(outflow.take(from(`192.0.2.${n}`))).not.toBeNull()
  expect(outflow.take(from('192.0.2.9'))).toBeNull()
  expect(outflow.take(from('198.51.100.1'))).not.toBeNull()
})

test('free answers leave room for paid ones, which are bounded too', () => {
  const outflow = createOutflow(LIMITS)
  for (let n = 0; n < 6; n++) expect(outflow.take(from(`10.${n}.0.1`))).not.toBeNull()
  expect(outflow.take(from('10.9.0.1'))).toBeNull()
  for (let n = 0; n < 4; n++) expect(outflow.take(from(`10.2${n}.0.1`, true))).not.toBeNull()
  expect(outflow.take(from('10.99.0.1', true))).toBeNull()
})

test('an answer larger than the part of its client leaves while that client has no other', () => {
  const outflow = createOutflow(LIMITS)
  const release = outflow.take(from('192.0.2.1', true, 45))
  expect(release).not.toBeNull()
  expect(outflow.take(from('192.0.2.1', true, 1))).toBeNull()
  release?.()
  expect(outflow.take(from('192.0.2.1', true, 1))).not.toBeNull()
})
