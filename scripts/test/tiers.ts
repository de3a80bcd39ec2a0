/** Runs one tier of vitest.config.ts and counts its tests by vitest's own report. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { runShown } from './run-shown.ts'

const root = join(import.meta.dirname, '../..')

export const TIERS = ['unit', 'integration', 'http', 'e2e', 'faults'] as const
export type Tier = (typeof TIERS)[number]

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What failed, by file and test, so that the end of a long output says where to look. */
  readonly failures: readonly string[]
}

/** What we read of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
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
  return { passed: 0, failed: 1, skipped: 0, failures: [reason] }
}

/** A file that does not load fails none of its tests, and an error outside of any test fails none: both count as one. */
export function count(report: Report, succeeded: boolean): Counts {
  const failures = report.testResults.flatMap(failuresOf)
  if (failures.length === 0 && !succeeded) failures.push('an error outside of any test')
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  }
}

function failuresOf({ name, status, message, assertionResults }: Report['testResults'][number]): string[] {
  const file = relative(root, name)
  const failed = assertionResults.filter((test) => test.status === 'failed')
  if (failed.length > 0)
    return failed.map((test) => `${file} > ${test.fullName}: ${firstLine(test.failureMessages?.[0] ?? '')}`)
  return status === 'failed' ? [`${file}: ${firstLine(message)}`] : []
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
