/** A Python environment with a published client, made once; absent where Python or its package index is. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ENVIRONMENT = path.resolve('node_modules/.cache/satstile/python')
const INSTALL_WITHIN_MS = 90_000

/** Path of a Python that can import `l402_requests`, or the reason why there is none. */
export async function findPython(): Promise<{ python: string } | { notRun: string }> {
  const python = path.join(ENVIRONMENT, 'bin/python')
  try {
    if (!existsSync(python)) await run('python3', ['-m', 'venv', ENVIRONMENT], { timeout: INSTALL_WITHIN_MS })
    await run(python, ['-c', 'import l402_requests']).catch(() =>
      run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'l402-requests==0.9.0'], {
        timeout: INSTALL_WITHIN_MS,
      }),
    )
    return { python }
  } catch {
    return { notRun: 'l402-requests could not be installed: python3 or its package index does not answer' }
  }
}
