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
  /** What failed at first by waiting in vain, before its files were run once more. */
  readonly late: readonly string[]
}

/** What we read of vitest's JSON report. */
export interface Report {
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

/**
 * `files` narrows the tier to paths that hold this text. A tier without a single test has failed: it has shown nothing.
 * Where nothing failed but waiting, its files are run once more by themselves (docs/decisions/035): a machine that was
 * busy elsewhere lets them pass then, and a fault does not.
 */
export async function runTier(tier: Tier, files: string | undefined): Promise<Counts> {
  const first = await runFiles(tier, files === undefined ? [] : [files])
  const late = filesThatWaited(first.report)
  if (late.length === 0) return count(first.report, first.succeeded)
  console.log(`\nOnly waits were in vain. By themselves once more: ${late.map(pathOf).join(', ')}`)
  const second = await runFiles(tier, ['--maxWorkers=1', ...late])
  return {
    ...count(replaceFiles(first.report, second.report), second.succeeded),
    late: first.report.testResults.flatMap(failuresOf),
  }
}

async function runFiles(tier: Tier, files: readonly string[]): Promise<{ report: Report; succeeded: boolean }> {
  const reportFile = join(root, 'reports', `${tier}.json`)
  mkdirSync(join(root, 'reports'), { recursive: true })
  rmSync(reportFile, { force: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const succeeded = await runShown([vitest, 'run', '--project', tier, ...reporters, ...files])
  return { report: JSON.parse(readFileSync(reportFile, 'utf8')), succeeded }
}

/** More than this at once is no accident of a busy machine. */
const MAX_LATE_FILES = 3

/** The files with failures, if every failure is a wait that ended in vain; none as soon as anything else went wrong. */
export function filesThatWaited({ testResults }: Report): readonly string[] {
  const failed = testResults.filter((file) => failuresOf(file).length > 0)
  const waited = failed.every((file) => reasonsOf(file).every((reason) => WAITED.test(reason)))
  return waited && failed.length <= MAX_LATE_FILES ? failed.map(({ name }) => name) : []
}

/** By tests/support/until.ts and by vitest. */
const WAITED = /waited \d+ ms in vain|(?:Test|Hook) timed out in \d+ms/

/** `later` in the place of what `report` says of the same files. */
export function replaceFiles(report: Report, later: Report): Report {
  const again = new Set(later.testResults.map(({ name }) => name))
  return { testResults: [...report.testResults.filter(({ name }) => !again.has(name)), ...later.testResults] }
}

/** The counts of a tier that did not come to its end. */
export function failedTier(reason: string): Counts {
  console.error(`This tier did not come to its end: ${reason}`)
  return { passed: 0, failed: 1, skipped: 0, failures: [reason], late: [] }
}

/** A file that does not load fails none of its tests, and an error outside of any test fails none: both count as one. */
export function count({ testResults }: Report, succeeded: boolean): Counts {
  const failures = testResults.flatMap(failuresOf)
  if (failures.length === 0 && !succeeded) failures.push('an error outside of any test')
  const statuses = testResults.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status))
  const passed = statuses.filter((status) => status === 'passed').length
  const failed = statuses.filter((status) => status === 'failed').length
  return { passed, failed: failures.length, skipped: statuses.length - passed - failed, failures, late: [] }
}

type FileResult = Report['testResults'][number]

const failedTests = ({ assertionResults }: FileResult) => assertionResults.filter(({ status }) => status === 'failed')

function failuresOf(file: FileResult): string[] {
  const failed = failedTests(file)
  if (failed.length > 0)
    return failed.map(
      (test) => `${pathOf(file.name)} > ${test.fullName}: ${firstLine(test.failureMessages?.[0] ?? '')}`,
    )
  return file.status === 'failed' ? [`${pathOf(file.name)}: ${firstLine(file.message)}`] : []
}

/** Every message of every failure: a test may have failed at more than its wait. */
function reasonsOf(file: FileResult): readonly string[] {
  const failed = failedTests(file)
  return failed.length > 0 ? failed.flatMap(({ failureMessages }) => failureMessages ?? ['']) : [file.message]
}

const pathOf = (file: string): string => relative(root, file)

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
