/** A process that stands still is noticed and replaced, and while the database says nothing no request waits for it. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BoughtArticle, buyArticle } from '#tests/support/bought-article.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { type ProcessName, pause, type RunFile, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'
import { until } from '#tests/support/until.ts'

/** Ten seconds of silence, the grace of a guardian, and a start on a busy machine. */
const REPLACED = { withinMs: 30_000 }
/** What a request may take that finds Postgres silent: a connection's time and a statement's. */
const DEADLINE_MS = 7_000

let dataDir = ''
let copy: RunningCopy
let bought: BoughtArticle
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'satstile-hangs-'))
  copy = await startCopy({ dataDir })
  bought = await buyArticle(await run())
}, 180_000)
afterAll(async () => {
  await copy.stop()
  rmSync(dataDir, { recursive: true, force: true })
})
beforeEach(async () => {
  await until(
    'everything sells',
    async () => (await localFetch((await run()).articles[1] ?? '')).status === 402,
    REPLACED,
  )
})

async function run(): Promise<RunFile> {
  return until('the run file is there', () => copy.read())
}

/** The process and what it has started, where the system tells; elsewhere the process alone. */
function familyOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  return [pid, ...text.split(' ').filter(Boolean).map(Number)]
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended.
    }
  }
}

async function replaced(name: ProcessName, before: number): Promise<number> {
  const startedAt = performance.now()
  await until(
    `${name} is replaced`,
    async () => ![before, undefined].includes((await copy.read())?.pids[name]),
    REPLACED,
  )
  return performance.now() - startedAt
}

test.each(['gateway', 'web', 'workers', 'devnode'] as const)('%s that stands still is replaced', async (name) => {
  const before = (await run()).pids[name]
  process.kill(before, 'SIGSTOP')
  const tookMs = await replaced(name, before)
  console.info(`${name} was replaced after ${(tookMs / 1000).toFixed(1)} s`)
  expect(tookMs).toBeGreaterThan(9_000)
  expect(await bought.read()).toBe(200)
})

test('while Postgres stands still what was bought is read, no other request waits longer than its deadline, and Postgres is replaced', async () => {
  const { pids, articles, app, signIn } = await run()
  const cookie = (await localFetch(signIn)).headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  expect((await localFetch(`${app}/overview`, { headers: { cookie } })).status).toBe(200)
  signalAll(familyOf(pids.postgres), 'SIGSTOP')
  const stoppedAt = performance.now()
  const asked = await Promise.all(
    [() => localFetch(articles[1] ?? ''), () => localFetch(`${app}/overview`, { headers: { cookie } })].map(
      async (ask) => {
        const startedAt = performance.now()
        const response = await ask()
        await response.text()
        return { status: response.status, tookMs: Math.round(performance.now() - startedAt) }
      },
    ),
  )
  console.info(`with Postgres silent: ${JSON.stringify(asked)}`)
  expect(asked[0]?.status).toBe(503)
  for (const { tookMs } of asked) expect(tookMs).toBeLessThan(DEADLINE_MS)
  expect(await bought.read()).toBe(200)
  await replaced('postgres', pids.postgres)
  await until('it sells again', async () => (await localFetch(articles[1] ?? '')).status === 402, REPLACED)
  console.info(`sold again ${((performance.now() - stoppedAt) / 1000).toFixed(1)} s after Postgres stood still`)
})

test('when all of Postgres stands still, its guardian included, it is replaced', async () => {
  const { pids, articles } = await run()
  const guardian = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pids.postgres)], { encoding: 'utf8' }))
  signalAll([guardian, ...familyOf(pids.postgres)], 'SIGSTOP')
  await replaced('postgres', pids.postgres)
  await until('it sells again', async () => (await localFetch(articles[1] ?? '')).status === 402, REPLACED)
})

test('a supervisor that stood still itself ends nobody for it', async () => {
  const { pids } = await run()
  const before = copy.output()
  process.kill(pids.supervisor, 'SIGSTOP')
  await pause(15_000)
  process.kill(pids.supervisor, 'SIGCONT')
  await pause(5_000)
  expect((await run()).pids).toEqual(pids)
  expect(copy.output()).toBe(before)
})
