/** `npm start` and `npm test` work wherever a clone can lie and whoever runs them, root in a closed folder included. */
import { execFile, execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Clone, makeClone } from '#tests/support/clone.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { type RunningCopy, startCopy } from '#tests/support/running-copy.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
/** What this test is about cannot be arranged by anybody else, and must not look as if it had been shown. */
if (!isRoot) console.error('NOT RUN: to start as root in a closed folder, and as another user, takes root')

let clone: Clone
let homes = ''
const copies: RunningCopy[] = []
beforeAll(() => {
  clone = makeClone('two words и кириллица')
  homes = mkdtempSync(join(tmpdir(), 'satstile-homes-'))
})
afterEach(async () => {
  await Promise.all(copies.splice(0).map((copy) => copy.stop()))
})
afterAll(() => {
  clone.remove()
  rmSync(homes, { recursive: true, force: true })
})

async function start(dataDir: string, options: Partial<Parameters<typeof startCopy>[0]> = {}): Promise<RunningCopy> {
  const copy = await startCopy({ dataDir, clone: clone.path, ...options })
  copies.push(copy)
  return copy
}

async function statusOf(copy: RunningCopy): Promise<number> {
  const [article = ''] = (await copy.read())?.articles ?? []
  return (await localFetch(article)).status
}

/** `nobody` is on every system. */
function ordinaryUser(): { user: { uid: number; gid: number }; home: string } {
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  const user = { uid: ask('-u'), gid: ask('-g') }
  const home = join(homes, 'an ordinary дом')
  mkdirSync(home, { recursive: true })
  chownSync(homes, user.uid, user.gid)
  chownSync(home, user.uid, user.gid)
  return { user, home }
}

test.runIf(isRoot)(
  'root starts a copy in a clone that no other user may enter, and its logs are closed too',
  async () => {
    clone.allow(0o700)
    const dataDir = join(clone.path, '.data')
    const copy = await start(dataDir)
    expect(copy.output()).toContain('Satstile is ready')
    expect(statSync(join(dataDir, 'logs/postgres.log')).mode & 0o777).toBe(0o600)
    await copy.stop()
    // Once more over what is there now: Postgres owns its folder already.
    expect((await start(dataDir)).output()).toContain('Satstile is ready')
  },
)

test.runIf(isRoot)('root runs the tests in a clone that no other user may enter', async () => {
  clone.allow(0o700)
  const { VITEST: _, VITEST_MODE: __, VITEST_POOL_ID: ___, VITEST_WORKER_ID: ____, ...env } = process.env
  const node = join(clone.path, 'node_modules/node/bin/node')
  const args = ['scripts/test.ts', 'integration', '--files', 'integration/keys', '--no-build']
  const { stdout } = await run(node, args, { cwd: clone.path, env: { ...env, TMPDIR: clone.path } })
  expect(stdout).toMatch(/[1-9]\d* passed, 0 failed/)
})

test.runIf(isRoot)('an ordinary user and root each run a copy of their own at the same time', async () => {
  clone.allow(0o755)
  const { user, home } = ordinaryUser()
  const [theirs, ours] = await Promise.all([
    start(join(home, '.data'), { user, env: { HOME: home } }),
    start(join(homes, 'root')),
  ])
  expect([await statusOf(theirs), await statusOf(ours)]).toEqual([402, 402])
})
