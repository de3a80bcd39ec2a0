/** Runs test files of a copied tree by vitest and tells which tests failed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A test file that failed, and its first test that did. */
export interface Failure {
  readonly file: string
  readonly by: string
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

export interface TestRun {
  readonly tests: readonly string[]
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** Ends at the first test that fails. */
  readonly bail?: boolean
}

/** For each file; longer than any of them takes on a busy machine. */
const LIMIT_MS = 180_000
let running: ChildProcess | null = null

/** Empty: every test passed. A run that does not come to its end has failed too: something waits for ever. */
export async function runTests(folder: string, { tests, env = {}, bail = false }: TestRun): Promise<Failure[]> {
  const reportFile = join(folder, 'reports/mutant.json')
  rmSync(reportFile, { force: true })
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
  const options = ['--reporter=json', `--outputFile.json=${reportFile}`, ...(bail ? ['--bail=1'] : [])]
  const child = spawn(process.execPath, [vitest, 'run', ...options, ...tests], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  })
  running = child
  const timer = setTimeout(stopTests, LIMIT_MS * tests.length)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  running = null
  if (code === 0) return []
  if (!existsSync(reportFile)) return [{ file: tests[0] ?? '', by: 'it did not come to its end' }]
  return readFailures(folder, JSON.parse(readFileSync(reportFile, 'utf8')) as Report)
}

/** Ends the run that is under way, and everything that it began. */
export function stopTests(): void {
  if (running?.pid === undefined) return
  try {
    process.kill(-running.pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function readFailures(folder: string, { testResults }: Report): Failure[] {
  const failures = testResults.flatMap(({ name, status, message, assertionResults }): Failure[] => {
    const failed = assertionResults.find((result) => result.status === 'failed')
    if (failed === undefined && status !== 'failed') return []
    return [{ file: relative(folder, name), by: failed?.fullName ?? message.split('\n')[0] ?? '' }]
  })
  return failures.length > 0 ? failures : [{ file: '', by: 'an error outside of any test' }]
}
