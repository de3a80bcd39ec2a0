/** A data folder without room costs new sales and log lines, nothing that was paid for, and no process for good. */
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buyArticle } from '#tests/support/bought-article.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { type RunFile, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'
import { until } from '#tests/support/until.ts'

/** About three times what a fresh copy takes. */
const SIZE = '256m'
const RECOVERY = { withinMs: 30_000, everyMs: 200 }

let disk = ''
const isMounted = tryMount()
/** What cannot be arranged here must not look as if it had been shown. */
if (!isMounted)
  console.error('NOT RUN: the test of a full disk mounts a small one, which takes root and the right to mount')

let copy: RunningCopy
beforeAll(async () => {
  if (isMounted) copy = await startCopy({ dataDir: join(disk, 'data'), env: { LOG_LEVEL: 'debug' } })
}, 180_000)
afterAll(async () => {
  if (!isMounted) return
  await copy.stop()
  execFileSync('umount', [disk])
  rmdirSync(disk)
})

function tryMount(): boolean {
  disk = mkdtempSync(join(tmpdir(), 'satstile-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'tmpfs', disk], { stdio: 'ignore' })
    return true
  } catch {
    rmdirSync(disk)
    return false
  }
}

/** Writes until nothing more fits, by halves down to a byte. */
function fill(): void {
  const file = openSync(join(disk, 'filler'), 'a')
  for (let size = 1 << 20; size >= 1; ) {
    try {
      if (writeSync(file, Buffer.alloc(size)) < size) size >>= 1
    } catch {
      size >>= 1
    }
  }
  closeSync(file)
}

const ask = async (url: string) => {
  const response = await localFetch(url)
  await response.arrayBuffer()
  return response.status
}

test.runIf(isMounted)(
  'on a full disk what was bought is read, everything else is 503, log lines are dropped and counted, and all of it comes back with the room',
  async () => {
    const { articles, pids } = (await copy.read()) as RunFile
    const bought = await buyArticle((await copy.read()) as RunFile)
    fill()
    const paid: number[] = []
    const unpaid: number[] = []
    const askBoth = async () => {
      fill()
      paid.push(await bought.read())
      unpaid.push(await ask(articles[1] ?? ''))
    }
    await until('sales have stopped', async () => {
      await askBoth()
      return unpaid.at(-1) === 503
    })
    // With no room for its log of changes the database cannot even recover.
    process.kill(pids.postgres, 'SIGKILL')
    for (let request = 0; request < 100; request += 1) await askBoth()
    expect(new Set(paid)).toEqual(new Set([200]))
    expect([...new Set(unpaid.slice(-100))]).toEqual([503])
    expect(() => process.kill(pids.supervisor, 0)).not.toThrow()
    rmSync(join(disk, 'filler'))
    const emptiedAt = performance.now()
    await until('it sells again', async () => (await ask(articles[1] ?? '')) === 402, RECOVERY)
    console.info(`sold again ${((performance.now() - emptiedAt) / 1000).toFixed(1)} s after there was room`)
    const again = await buyArticle((await copy.read()) as RunFile)
    expect([await again.read(), await bought.read()]).toEqual([200, 200])
    const logs = readdirSync(join(disk, 'data/logs')).map((name) => readFileSync(join(disk, 'data/logs', name), 'utf8'))
    expect(logs.join('\n')).toMatch(/\[\d+ lines were dropped: the disk had no room for them\]/)
    await until(
      'the run file tells of the new database',
      async () => ![pids.postgres, undefined].includes((await copy.read())?.pids.postgres),
      RECOVERY,
    )
  },
)

test.runIf(isMounted)('a start on a full disk ends with a sentence that says what to do', () => {
  fill()
  const { status, stderr } = spawnSync(process.execPath, [resolve('scripts/start.ts'), '--no-build'], {
    env: { ...process.env, DATA_DIR: join(disk, 'other') },
    encoding: 'utf8',
    timeout: 60_000,
  })
  rmSync(join(disk, 'filler'))
  expect(status).toBe(1)
  expect(stderr).toMatch(/The data folder .* cannot be written \(ENOSPC\)|The disk of the data folder has no room/)
  expect(stderr).not.toMatch(/^\s+at /m)
})
