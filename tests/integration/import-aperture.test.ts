/** `satstile import aperture.yaml` as an operator runs it: told first, made with --apply, and left alone the second time. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sealKeyOf } from '#lib/crypto.ts'
import { createSeller } from '#tests/support/articles.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'

const ROOT = join(import.meta.dirname, '../..')
let database: TestDatabase
let folder: string
let creatorId: string

beforeAll(async () => {
  database = await openTestDatabase()
  creatorId = await createSeller(database, 'harbor')
  folder = mkdtempSync(join(tmpdir(), 'satstile-import-'))
  writeFileSync(join(folder, 'key.bin'), Buffer.from([1, 2, 255]))
  writeFileSync(
    join(folder, 'aperture.yaml'),
    `services:
  - name: loop
    address: loop.example.com:443
    protocol: https
    price: 50
    timeout: 3600
    headers:
      x-key: '!file+hex:key.bin'
    authwhitelistpaths: ['^/free/.*$']
  - name: quotes
    address: quotes.example.com:80
    protocol: http
    dynamicprice: { enabled: true, grpcaddress: 'prices.example.com:10009' }
`,
  )
})
afterAll(async () => {
  await database?.close()
  rmSync(folder, { recursive: true, force: true })
})

function run(...args: string[]): Promise<{ code: number | null; out: string; said: string }> {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    DATA_DIR: folder,
    DATABASE_URL: database.ownerUrl,
    SECRET_SEAL_KEY: `own:${Buffer.from(sealKeyOf(new Uint8Array(32).fill(9))).toString('base64')}`,
  } as const
  return new Promise((resolve, reject) => {
    const program = join(ROOT, 'packages/cli/satstile.js')
    const child = spawn(process.execPath, [program, 'import', ...args], { cwd: folder, env, timeout: 30_000 })
    let [out, said] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, said }))
  })
}

test('told first, made once, made no second time, and nonsense is refused by its line', async () => {
  const told = await run('aperture.yaml')
  expect(told).toMatchObject({ code: 0, said: '' })
  expect(told.out).toContain('/loop (loop) -> https://loop.example.com:443')
  expect(told.out).toMatch(/50 sats, for 3600 s +\/\*\*/)
  expect(told.out).toMatch(/line 13, services\[1\]\.dynamicprice: A token opens the one request/)
  expect(await database.owner.client.upstream.count()).toBe(0)

  const made = await run('aperture.yaml', '--creator', 'harbor', '--apply')
  expect([made.code, made.said]).toEqual([0, ''])
  expect(made.out).toMatch(/\/loop is on sale\. Its requests are signed with [0-9a-f]{64}/)
  const rules = await database.owner.client.rule.findMany({
    where: { creatorId },
    orderBy: [{ path: 'desc' }, { n: 'asc' }],
  })
  expect(rules.map(({ path, pricing, service }) => [path, service !== null, pricing !== null])).toEqual([
    ['/free/**', false, false],
    ['/**', true, expect.any(Boolean)],
    ['/**', true, expect.any(Boolean)],
  ])
  expect((await database.owner.client.upstreamHeader.findMany()).map(({ name }) => name)).toEqual(['x-key'])

  writeFileSync(join(folder, 'broken.yaml'), 'services:\n  - name: a\n    prize: 5\n')
  const broken = await run('broken.yaml', '--creator', 'harbor', '--apply')
  expect([broken.code, broken.out.trim()]).toEqual([1, expect.stringContaining('line 3, services[0].prize')])

  const again = await run('aperture.yaml', '--creator', 'harbor', '--apply')
  expect(again.out).toContain('/loop is there already: left as it is.')
  expect(await database.owner.client.upstream.count()).toBe(2)
})
