/** Guarantees of sign-in codes: what was sent can be typed, and is worth nothing without the browser's secret. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  browserMark,
  formatCode,
  isBrowserSecret,
  newBrowserSecret,
  newCode,
  parseCode,
  tokenOf,
} from './sign-in-code.ts'

test('a code can be typed as it stands in the mail, in either case, and spaced by anybody', () => {
  for (let n = 0; n < 200; n += 1) {
    const code = newCode()
    expect(code).toMatch(/^[2-9A-HJ-NP-Z]{8}$/)
    const shown = formatCode(code)
    for (const typed of [shown, code, shown.toLowerCase(), ` ${shown.replace('-', ' ')}\n`, [...code].join(' ')])
      expect(parseCode(typed)).toBe(code)
  }
})

test('nothing else is a code', () => {
  for (const text of ['', 'K7QM-4XP', 'K7QM-4XPDD', 'K7QM-4XP0', 'K7QM-4XPI', 'K7QM_4XPD', 'К7QM-4XPD'])
    expect([text, parseCode(text)]).toEqual([text, null])
  fc.assert(fc.property(fc.string(), (text) => parseCode(text) === null || /^[\s-]*([2-9a-z][\s-]*){8}$/i.test(text)))
})

test('a token belongs to one code, one address and one browser', () => {
  const browser = { browserSecret: newBrowserSecret(), address: 'a@example.test' }
  const tokens = [
    tokenOf('K7QM4XPD', browser),
    tokenOf('K7QM4XPE', browser),
    tokenOf('K7QM4XPD', { ...browser, address: 'b@example.test' }),
    tokenOf('K7QM4XPD', { ...browser, browserSecret: newBrowserSecret() }),
  ]
  expect(new Set(tokens).size).toBe(4)
  expect(tokenOf('K7QM4XPD', browser)).toBe(tokens[0])
})

test('a browser has a secret of 32 bytes, and its mark gives none of it away', () => {
  const secret = newBrowserSecret()
  expect(isBrowserSecret(secret)).toBe(true)
  for (const text of ['', secret.slice(2), `${secret}00`, secret.replace(/^./, 'g')])
    expect(isBrowserSecret(text)).toBe(false)
  expect(browserMark(secret)).toMatch(/^[0-9a-f]{16}$/)
  expect(secret).not.toContain(browserMark(secret))
})
