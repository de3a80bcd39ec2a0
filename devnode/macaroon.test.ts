import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { MACAROON_FILES, readRights, writeMacaroon } from './macaroon.ts'

/** The npm package has no types; this is the part used here. */
interface Oracle {
  importMacaroon(bytes: Uint8Array): { verify(rootKey: Uint8Array, check: () => null, discharges: []): void }
}
const { importMacaroon } = createRequire(import.meta.url)('macaroon') as Oracle

const ROOT = Buffer.alloc(32, 9)

test('a macaroon gives exactly the rights it was written with', () => {
  for (const rights of Object.values(MACAROON_FILES)) {
    expect(readRights(ROOT, writeMacaroon(ROOT, rights).toString('hex'))).toEqual(rights)
  }
})

test('the npm package reads it as a macaroon and verifies it with the root key', () => {
  const bytes = writeMacaroon(ROOT, ['info:read'])
  const macaroon = importMacaroon(new Uint8Array(bytes))
  expect(() => macaroon.verify(new Uint8Array(ROOT), () => null, [])).not.toThrow()
  expect(() => macaroon.verify(new Uint8Array(Buffer.alloc(32, 8)), () => null, [])).toThrow()
})

test('every changed byte, another root key, and anything shorter or longer give no right', () => {
  const bytes = writeMacaroon(ROOT, ['invoices:read'])
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(readRights(ROOT, changed.toString('hex')), `byte ${at}`).toBeNull()
  }
  expect(readRights(Buffer.alloc(32, 8), bytes.toString('hex'))).toBeNull()
  expect(readRights(ROOT, bytes.subarray(0, -1).toString('hex'))).toBeNull()
  expect(readRights(ROOT, `${bytes.toString('hex')}00`)).toBeNull()
  for (const text of ['', '02', 'zz', '00'.repeat(200)]) expect(readRights(ROOT, text)).toBeNull()
})

test('the mark of development is in every file, so production can refuse it', () => {
  for (const rights of Object.values(MACAROON_FILES)) {
    expect(writeMacaroon(ROOT, rights).includes('development-')).toBe(true)
  }
})
