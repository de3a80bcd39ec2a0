/** What is sealed is opened by the holder of the other key, at its own place, unchanged, and by nobody else. */
import { expect, test } from 'vitest'
import { openSealed, randomBytes, sealKeyOf, sealSecret } from './crypto.ts'

const openKey = randomBytes(32)
const secret = new TextEncoder().encode('a key that is nobody else’s')
const place = new TextEncoder().encode('here')
const seal = () => sealSecret(sealKeyOf(openKey), secret, place)

test('a sealed secret opens to what it was', () => {
  expect(openSealed(openKey, seal(), place)).toEqual(Buffer.from(secret))
})

test('no two seals of one secret are alike', () => {
  expect(seal()).not.toEqual(seal())
})

test('the key that seals does not open', () => {
  expect(openSealed(sealKeyOf(openKey), seal(), place)).toBeNull()
})

test('another key, another place, a changed or a cut byte open nothing', () => {
  const sealed = seal()
  expect(openSealed(randomBytes(32), sealed, place)).toBeNull()
  expect(openSealed(openKey, sealed, new TextEncoder().encode('there'))).toBeNull()
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Uint8Array.from(sealed, (byte, n) => (n === at ? byte ^ 1 : byte))
    expect(openSealed(openKey, changed, place)).toBeNull()
    expect(openSealed(openKey, sealed.subarray(0, at), place)).toBeNull()
  }
})

test('a point of small order seals nothing that could be opened', () => {
  const sealed = new Uint8Array(seal())
  sealed.fill(0, 0, 32)
  expect(openSealed(openKey, sealed, place)).toBeNull()
})
