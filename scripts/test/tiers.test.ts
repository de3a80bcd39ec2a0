/** What `npm test` counts, so that nothing that went wrong disappears from the sum. */
import { expect, test } from 'vitest'
import { count } from './tiers.ts'

const report = { numPassedTests: 5, numPendingTests: 0, numTodoTests: 0, testResults: [] }
const file = (tests: readonly string[]) => ({
  name: `${process.cwd()}/lib/price.test.ts`,
  status: tests.includes('failed') ? 'failed' : 'passed',
  message: '',
  assertionResults: tests.map((status, index) => ({
    status,
    fullName: `a price holds ${index}`,
    failureMessages: ['Error: 2 is not 3\n    at price.ts:1'],
  })),
})

test('a tier that went well counts its tests', () => {
  expect(count({ ...report, testResults: [file(['passed'])] }, true)).toEqual({
    passed: 5,
    failed: 0,
    skipped: 0,
    failures: [],
  })
})

test('a test file that does not load counts as a failure, with its name and its reason', () => {
  const testResults = [{ ...file([]), status: 'failed', message: 'listen EADDRINUSE\nat net.ts' }]
  const counted = count({ ...report, testResults }, false)
  expect(counted).toMatchObject({ failed: 1, failures: ['lib/price.test.ts: listen EADDRINUSE'] })
})

test('a file whose tests did not run because what they stand on failed counts as a failure', () => {
  const testResults = [{ ...file(['skipped', 'skipped']), status: 'failed', message: 'no port' }]
  expect(count({ ...report, testResults }, false).failed).toBe(1)
})

test('an error outside of any test counts as a failure', () => {
  expect(count(report, false).failed).toBe(1)
})

test('each failed test counts once, and is named with what went wrong', () => {
  const counted = count({ ...report, testResults: [file(['failed', 'passed', 'failed'])] }, false)
  expect(counted.failed).toBe(2)
  expect(counted.failures[1]).toBe('lib/price.test.ts > a price holds 2: Error: 2 is not 3')
})

test('tests that did not run are told apart from those that passed', () => {
  expect(count({ ...report, numPendingTests: 2, numTodoTests: 1 }, true)).toMatchObject({ failed: 0, skipped: 3 })
})
