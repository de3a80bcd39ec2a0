import { expect, test } from 'vitest'
import { asTokenId } from '#lib/l402/identifier.ts'
import { createOutflow } from './outflow.ts'

const LIMITS = { all: 100, free: 60, client: 30, network: 50, token: 20 }
const from = (address: string, token: number | null = null, bytes = 10) => ({
  address,
  tokenId: token === null ? null : asTokenId(new Uint8Array(32).fill(token)),
  bytes,
})
const TAKEN = { kind: 'taken', release: expect.any(Function) }
const FULL = { kind: 'full', code: 'queue.full' }

test('one client has its part and no more, and what it gives back can be taken again, once', () => {
  const outflow = createOutflow(LIMITS)
  const taken = Array.from({ length: 4 }, () => outflow.take(from('192.0.2.1')))
  expect(taken).toEqual([TAKEN, TAKEN, TAKEN, FULL])
  expect(outflow.take(from('198.51.100.1'))).toEqual(TAKEN)
  const [first] = taken
  if (first?.kind === 'taken') {
    first.release()
    first.release()
  }
  expect(outflow.take(from('192.0.2.1'))).toEqual(TAKEN)
  expect(outflow.take(from('192.0.2.1'))).toEqual(FULL)
})

test('the clients of one network share a part', () => {
  const outflow = createOutflow(LIMITS)
  for (let n = 0; n < 5; n++) expect(outflow.take(from(`192.0.2.${n}`))).toEqual(TAKEN)
  expect(outflow.take(from('192.0.2.9'))).toEqual(FULL)
  expect(outflow.take(from('198.51.100.1'))).toEqual(TAKEN)
})

test('free answers leave room for paid ones, which are bounded too', () => {
  const outflow = createOutflow(LIMITS)
  for (let n = 0; n < 6; n++) expect(outflow.take(from(`10.${n}.0.1`))).toEqual(TAKEN)
  expect(outflow.take(from('10.9.0.1'))).toEqual(FULL)
  for (let n = 0; n < 4; n++) expect(outflow.take(from(`10.2${n}.0.1`, n))).toEqual(TAKEN)
  expect(outflow.take(from('10.99.0.1', 9))).toEqual(FULL)
})

test('an answer larger than the part of its client leaves while that client has no other', () => {
  const outflow = createOutflow(LIMITS)
  const large = outflow.take(from('192.0.2.1', 1, 45))
  expect(large).toEqual(TAKEN)
  expect(outflow.take(from('192.0.2.1', 2, 1))).toEqual(FULL)
  if (large.kind === 'taken') large.release()
  expect(outflow.take(from('192.0.2.1', 2, 1))).toEqual(TAKEN)
})

test('one token has its part wherever it is used, is told to slow down, and other tokens go on', () => {
  const outflow = createOutflow(LIMITS)
  for (let n = 0; n < 2; n++) expect(outflow.take(from(`10.${n}.0.1`, 7))).toEqual(TAKEN)
  expect(outflow.take(from('10.9.0.1', 7))).toEqual({ kind: 'full', code: 'limit.rate' })
  expect(outflow.take(from('10.9.0.1', 8))).toEqual(TAKEN)
})
