/** What `npm test` counts, so that nothing that went wrong disappears from the sum. */
import { expect, test } from 'vitest'
import { count, filesThatWaited, replaceFiles } from './tiers.ts'

const report = { testResults: [] }
const file = (tests: readonly string[], reason = 'Error: 2 is not 3\n    at price.ts:1') => ({
  name: `${process.cwd()}/lib/price.test.ts`,
  status: tests.includes('failed') ? 'failed' : 'passed',
  message: '',
  assertionResults: tests.map((status, index) => ({
    status,
    fullName: `a price holds ${index}`,
    failureMessages: [reason],
  })),
})

test('a tier that went well counts its tests', () => {
  expect(count({ testResults: [file(['passed'])] }, true)).toEqual({
    passed: 1,
    failed: 0,
    skipped: 0,
    failures: [],
    late: [],
  })
})

test('a test file that does not load counts as a failure, with its name and its reason', () => {
  const testResults = [{ ...file([]), status: 'failed', message: 'listen EADDRINUSE\nat net.ts' }]
  const counted = count({ testResults }, false)
  expect(counted).toMatchObject({ failed: 1, failures: ['lib/price.test.ts: listen EADDRINUSE'] })
})

test('a file whose tests did not run because what they stand on failed counts as a failure', () => {
  const testResults = [{ ...file(['skipped', 'skipped']), status: 'failed', message: 'no port' }]
  expect(count({ testResults }, false).failed).toBe(1)
})

test('an error outside of any test counts as a failure', () => {
  expect(count(report, false).failed).toBe(1)
})

test('each failed test counts once, and is named with what went wrong', () => {
  const counted = count({ testResults: [file(['failed', 'passed', 'failed'])] }, false)
  expect(counted.failed).toBe(2)
  expect(counted.failures[1]).toBe('lib/price.test.ts > a price holds 2: Error: 2 is not 3')
})

test('tests that did not run are told apart from those that passed', () => {
  const testResults = [file(['pending', 'passed', 'todo', 'skipped'])]
  expect(count({ testResults }, true)).toMatchObject({ failed: 0, skipped: 3 })
})

const WAITED = 'RangeError: waited 10000 ms in vain until the door is empty\n    at until.ts:24'

test('a file whose only failures are waits in vain is worth another run, and its later result counts', () => {
  const first = { testResults: [file(['passed', 'failed'], WAITED), { ...file(['passed']), name: '/other.test.ts' }] }
  const [late] = filesThatWaited(first)
  expect(late).toBe(first.testResults[0]?.name)
  const merged = replaceFiles(first, { testResults: [file(['passed', 'passed'])] })
  expect(count(merged, true)).toMatchObject({ passed: 3, failed: 0 })
  expect(count(replaceFiles(first, first), false)).toMatchObject({ passed: 2, failed: 1 })
})

test('nothing is run once more where an assertion failed too, nor where half of the tier waited in vain', () => {
  const waiting = [1, 2, 3, 4].map((n) => ({
    ...file(['failed'], 'Error: Hook timed out in 120000ms.'),
    name: `/${n}`,
  }))
  expect(filesThatWaited({ testResults: waiting.slice(0, 3) })).toHaveLength(3)
  expect(filesThatWaited({ testResults: waiting })).toEqual([])
  expect(filesThatWaited({ testResults: [file(['failed'], WAITED), { ...file(['failed']), name: '/other' }] })).toEqual(
    [],
  )
  expect(filesThatWaited({ testResults: [{ ...file([]), status: 'failed', message: 'listen EADDRINUSE' }] })).toEqual(
    [],
  )
})
