import { expect, test } from 'vitest'
import { type AccessInput, formatTokenRate, OPEN_ACCESS, parseAccess, readTokenRate } from './access.ts'

const EMPTY: AccessInput = { requireSettled: false, browsersPay: false, rateRequests: '', rateSeconds: '', atOnce: '' }

test('nothing typed is no bound', () => {
  expect(parseAccess(EMPTY)).toEqual(OPEN_ACCESS)
})

test('whole numbers within their bounds are taken as they stand', () => {
  const typed = { ...EMPTY, rateRequests: ' 999999 ', rateSeconds: '86400', atOnce: '1', requireSettled: true }
  expect(parseAccess(typed)).toEqual({
    ...{ requireSettled: true, browsersPay: false },
    ...{ tokenRate: { requests: 999_999, seconds: 86_400 }, tokenAtOnce: 1 },
  })
})

test.each([
  ['rate', { rateRequests: 'ten' }],
  ['rate', { rateRequests: '10' }],
  ['rate', { rateSeconds: '10' }],
  ['rate', { rateRequests: '0', rateSeconds: '60' }],
  ['rate', { rateRequests: '1000000', rateSeconds: '60' }],
  ['rate', { rateRequests: '1', rateSeconds: '86401' }],
  ['rate', { rateRequests: '1e3', rateSeconds: '60' }],
  ['atOnce', { atOnce: '0' }],
  ['atOnce', { atOnce: '1001' }],
  ['atOnce', { atOnce: '-1' }],
  ['atOnce', { atOnce: '2.5' }],
])('%s is told for %o, and nothing is saved', (field, typed) => {
  expect(parseAccess({ ...EMPTY, ...typed })).toEqual({ faults: { [field]: expect.any(String) } })
})

test('a pace in its row is read as it was written', () => {
  const rate = { requests: 10, seconds: 60 }
  expect(readTokenRate(formatTokenRate(rate))).toEqual(rate)
  expect([readTokenRate(null), formatTokenRate(null)]).toEqual([null, null])
})
