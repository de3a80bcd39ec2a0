/** The published Python client, driven over HTTP against a running copy; says so when there is no Python to run it. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunFile, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'
import { findPython } from './python-environment.ts'

const run = promisify(execFile)
const found = await findPython()
if ('notRun' in found) process.stderr.write(`not run: l402-requests: ${found.notRun}\n`)

describe.runIf('python' in found)('l402-requests', () => {
  let dataDir: string
  let copy: RunningCopy

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'satstile-python-'))
    copy = await startCopy({ dataDir })
  })

  afterAll(async () => {
    await copy?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('pays once, reads, and reads again from its cache without paying', async () => {
    const { articles, wallet } = (await copy.read()) as RunFile
    const python = 'python' in found ? found.python : ''
    const script = path.resolve('tests/interop/l402_requests_client.py')
    const { stdout } = await run(python, [script, articles[0] ?? '', wallet], { timeout: 30_000 })
    expect(JSON.parse(stdout)).toMatchObject({ statuses: [200, 200], paid: 1 })
    expect(JSON.parse(stdout).chars).toBeGreaterThan(1_000)
  })
})
