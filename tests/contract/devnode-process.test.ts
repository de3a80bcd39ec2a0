/** The dev node as a program: it starts only where it may, and says in a sentence why not. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePorts } from '#scripts/start/ports.ts'
import { startTestNode } from '#tests/support/dev-node.ts'

const PROGRAM = join(import.meta.dirname, '../../devnode/main.ts')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-devnode-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    timeout: 10_000,
    env: { PATH: process.env.PATH, NODE_ENV: 'test', ...env },
  })

test('it does not start in production, and touches nothing there', () => {
  const ended = run(['--data-dir', join(folder, 'node'), '--port', '0', '--wallet-port', '0'], {
    SATSTILE_MODE: 'production',
  })
  expect(ended.status).toBe(1)
  expect(ended.stderr).toContain('does not start in production')
  expect(() => writeFileSync(join(folder, 'node', 'log'), '')).toThrow('ENOENT')
})

test('a missing folder name, a wrong port and an unknown flag are named', () => {
  expect(run([]).stderr).toContain('--data-dir is missing')
  expect(run(['--data-dir', folder, '--port', '99999']).stderr).toContain('--port')
  expect(run(['--data-dir', folder, '--colour']).stderr).toContain('--colour')
  expect(run(['--help'])).toMatchObject({ status: 0 })
})

test('a taken port and a folder in use are told in a sentence', async () => {
  const node = await startTestNode()
  const [free] = await freePorts(1)
  const taken = node.socket.split(':')[1] ?? ''
  const onPort = run(['--data-dir', folder, '--port', taken, '--wallet-port', String(free)])
  expect(onPort).toMatchObject({ status: 1 })
  expect(onPort.stderr).toMatch(/taken|cannot start/)
  const onFolder = run(['--data-dir', node.dataDir, '--port', '0', '--wallet-port', String(free)])
  expect(onFolder).toMatchObject({ status: 1 })
  expect(onFolder.stderr).toContain('already runs a dev node')
  await node.close()
})

test('a log that is no dev node’s is not overwritten', () => {
  writeFileSync(join(folder, 'log'), '{"type":"canceled","hash":"00","at":1}\n')
  const ended = run(['--data-dir', folder, '--port', '0', '--wallet-port', '0'])
  expect(ended).toMatchObject({ status: 1 })
  expect(ended.stderr).toContain('cannot start')
})
