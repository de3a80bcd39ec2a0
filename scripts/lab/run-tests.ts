/** Runs test files of a copied tree by vitest and tells the first test that failed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What noticed. */
export interface Seen {
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

/** Longer than any file of the list takes on a busy machine. */
const LIMIT_MS = 240_000
let running: ChildProcess | null = null

/** `null`: every test passed. A run that does not come to its end is seen too: something waits for ever. */
export async function runTests(
  folder: string,
  tests: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Seen | null> {
  const reportFile = join(folder, 'reports/mutant.json')
  rmSync(reportFile, { force: true })
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
  const options = ['--bail=1', '--reporter=json', `--outputFile.json=${reportFile}`]
  const child = spawn(process.execPath, [vitest, 'run', ...options, ...tests], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  })
  running = child
  const timer = setTimeout(stopTests, LIMIT_MS)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  running = null
  if (code === 0) return null
  return { by: existsSync(reportFile) ? firstFailure(JSON.parse(readFileSync(reportFile, 'utf8'))) : 'no end' }
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

function firstFailure({ testResults }: Report): string {
  for (const { name, status, message, assertionResults } of testResults) {
    const failed = assertionResults.find((result) => result.status === 'failed')
    if (failed !== undefined) return failed.fullName
    if (status === 'failed') return `${name}: ${message.split('\n')[0]}`
  }
  return 'an error outside of any test'
}
