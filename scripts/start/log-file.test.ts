/** A log without room loses lines and says how many, and its writer never fails of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLogFile } from './log-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('lines are appended to what an earlier start has written, for its owner only', () => {
  const path = join(folder, 'gateway.log')
  for (const line of ['one', 'two']) {
    const log = openLogFile(path)
    log.write(line)
    log.close()
  }
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a folder that is not there costs the lines, and their number is told once it is', () => {
  const gone = join(folder, 'gone')
  const log = openLogFile(join(gone, 'gateway.log'))
  for (const line of ['one', 'two', 'three']) log.write(line)
  mkdirSync(gone)
  log.write('four')
  log.write('five')
  log.close()
  expect(readFileSync(join(gone, 'gateway.log'), 'utf8')).toBe(
    '[3 lines were dropped: the disk had no room for them]\nfour\nfive\n',
  )
})
