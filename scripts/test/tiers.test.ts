/** What `npm test` counts, so that nothing that went wrong disappears from the sum. */
import { expect, test } from 'vitest'
import { count } from './tiers.ts'

const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }

test('a tier that went well counts its tests', () => {
  expect(count(report, true)).toEqual({ passed: 5, failed: 0, skipped: 0 })
})

test('a test file that does not load counts as a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }]
  expect(count({ ...report, testResults }, false)).toEqual({ passed: 5, failed: 1, skipped: 0 })
})

test('an error outside of any test counts as a failure', () => {
  expect(count(report, false).failed).toBe(1)
})

test('a failed test is not counted twice', () => {
  expect(count({ ...report, numFailedTests: 2 }, false).failed).toBe(2)
})

test('tests that did not run are told apart from those that passed', () => {
  expect(count({ ...report, numPendingTests: 2, numTodoTests: 1 }, true)).toEqual({ passed: 5, failed: 0, skipped: 3 })
})
