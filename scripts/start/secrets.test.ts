/** Secrets of a development copy: made once, closed to others, marked, never replaced behind a database that needs them. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DEVELOPMENT_MARK } from '#lib/config.ts'
import { ensureSecrets, readSecrets, secretsFileOf } from './secrets.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-secrets-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const database = () => {
  mkdirSync(join(folder, 'postgres'))
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '18\n')
}

test('secrets are made once and are the same at every later start', () => {
  expect(ensureSecrets(folder)).toEqual(ensureSecrets(folder))
})

test('two copies share no secret', () => {
  const first = ensureSecrets(folder)
  rmSync(secretsFileOf(folder))
  const second = ensureSecrets(folder)
  expect(Object.entries(first).filter(([name, value]) => second[name as keyof typeof second] === value)).toEqual([])
})

test('every secret carries the mark that production refuses', () => {
  expect(Object.values(ensureSecrets(folder)).every((value) => value.includes(DEVELOPMENT_MARK))).toBe(true)
})

test('nobody but the owner may read the file, also after it was copied with an open mode', () => {
  ensureSecrets(folder)
  chmodSync(secretsFileOf(folder), 0o644)
  ensureSecrets(folder)
  expect(statSync(secretsFileOf(folder)).mode & 0o777).toBe(0o600)
})

test('a secret that a newer version needs is added and the others stay', () => {
  const first = ensureSecrets(folder)
  const text = readFileSync(secretsFileOf(folder), 'utf8').replace(/^DEV_SIGN_IN_KEY=.*\n/m, '')
  writeFileSync(secretsFileOf(folder), text)
  database()
  expect(ensureSecrets(folder)).toMatchObject({
    KEY_ENCRYPTION_KEYS: first.KEY_ENCRYPTION_KEYS,
    NEXTAUTH_SECRET: first.NEXTAUTH_SECRET,
  })
})

test('a lost key beside a database stops the start instead of being replaced', () => {
  ensureSecrets(folder)
  database()
  rmSync(secretsFileOf(folder))
  expect(() => ensureSecrets(folder)).toThrow(/has lost KEY_ENCRYPTION_KEYS and POSTGRES_PASSWORD/)
  expect(readSecrets(folder)).toEqual({})
})
