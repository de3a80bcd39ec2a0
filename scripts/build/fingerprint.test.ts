/** A build step runs again when what it reads has changed, and only then. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fingerprint } from './fingerprint.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'satstile-build-'))
  mkdirSync(join(root, 'lib/generated'), { recursive: true })
  writeFileSync(join(root, 'lib/a.ts'), 'one')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('touching a file without changing it changes nothing', () => {
  const before = fingerprint(root, ['lib'])
  utimesSync(join(root, 'lib/a.ts'), 1, 1)
  expect(fingerprint(root, ['lib'])).toBe(before)
})

test.each([
  ['a changed byte', () => writeFileSync(join(root, 'lib/a.ts'), 'onf')],
  ['a new file', () => writeFileSync(join(root, 'lib/b.ts'), '')],
  ['a new name', () => renameSync(join(root, 'lib/a.ts'), join(root, 'lib/c.ts'))],
  ['a file that is gone', () => rmSync(join(root, 'lib/a.ts'))],
])('%s is a change', (_, change) => {
  const before = fingerprint(root, ['lib'])
  change()
  expect(fingerprint(root, ['lib'])).not.toBe(before)
})

test.each(['lib/a.test.ts', 'lib/README.md', 'lib/generated/x.ts'])('%s is no input', (path) => {
  const before = fingerprint(root, ['lib'])
  writeFileSync(join(root, path), 'new')
  expect(fingerprint(root, ['lib'])).toBe(before)
})

test('an input that appears is a change', () => {
  const before = fingerprint(root, ['lib', 'proxy.ts'])
  writeFileSync(join(root, 'proxy.ts'), 'x')
  expect(fingerprint(root, ['lib', 'proxy.ts'])).not.toBe(before)
})
