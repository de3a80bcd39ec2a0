/** Runs one tier of vitest.config.ts and counts its tests by vitest's own report. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runShown } from './run-shown.ts'

const root = join(import.meta.dirname, '../..')

export const TIERS = ['unit', 'integration', 'http', 'e2e', 'faults'] as const
export type Tier = (typeof TIERS)[number]

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** What we read of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

/** `files` narrows the tier to paths that hold this text. A tier without a single test has failed: it has shown nothing. */
export async function runTier(tier: Tier, files: string | undefined): Promise<Counts> {
  const reportFile = join(root, 'reports', `${tier}.json`)
  mkdirSync(join(root, 'reports'), { recursive: true })
  rmSync(reportFile, { force: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const succeeded = await runShown([
    vitest,
    'run',
    '--project',
    tier,
    ...reporters,
    ...(files === undefined ? [] : [files]),
  ])
  return count(JSON.parse(readFileSync(reportFile, 'utf8')), succeeded)
}

/** The counts of a tier that did not come to its end. */
export function failedTier(reason: string): Counts {
  console.error(`This tier did not come to its end: ${reason}`)
  return { passed: 0, failed: 1, skipped: 0 }
}

/** A file that does not load has no tests to fail, and an error outside of any test fails none: both count as one. */
export function count(report: Report, succeeded: boolean): Counts {
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  const failed = report.numFailedTests + unloaded
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !succeeded ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}
