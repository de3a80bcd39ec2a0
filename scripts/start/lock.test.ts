/** One holder at a time, and none that is dead. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tryLock } from './lock.ts'
import { isAlive, markOf } from './processes.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const lock = () => join(folder, 'the.lock')

test('a lock that is held is refused and names its holder', () => {
  expect(tryLock(lock()).kind).toBe('held')
  expect(tryLock(lock())).toMatchObject({ kind: 'taken', holder: { pid: process.pid } })
})

test('a lock given back can be taken again and leaves no file behind', () => {
  const attempt = tryLock(lock())
  if (attempt.kind === 'held') attempt.release()
  expect(readdirSync(folder)).toEqual([])
  expect(tryLock(lock()).kind).toBe('held')
})

test('the lock of a process that is gone counts for nothing', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const mark = markOf(child.pid ?? 0)
  writeFileSync(lock(), JSON.stringify(mark))
  expect(tryLock(lock()).kind).toBe('taken')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(mark)).toBe(false)
  expect(tryLock(lock()).kind).toBe('held')
})

test('a later process with the same id is not the holder', () => {
  writeFileSync(lock(), JSON.stringify({ pid: process.pid, startedAt: '1' }))
  expect(tryLock(lock()).kind).toBe('held')
})

test.each(['', '{', 'null'])('a damaged lock file "%s" does not keep anybody out', (content) => {
  writeFileSync(lock(), content)
  expect(tryLock(lock()).kind).toBe('held')
})
