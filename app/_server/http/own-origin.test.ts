import { describe, expect, test } from 'vitest'
import { isAddress, isOwnHost, isOwnOrigin } from './own-origin.ts'

const APP = 'https://app.example'

describe('where a write comes from', () => {
  test.each([
    ['its own origin', { origin: APP, site: null }],
    ['its own origin and site', { origin: APP, site: 'same-origin' }],
    ['its own site, without an origin', { origin: null, site: 'same-origin' }],
  ])('%s is taken', (_name, sent) => expect(isOwnOrigin(sent, APP)).toBe(true))

  test.each([
    ['another origin', { origin: 'http://evil.example', site: null }],
    ['no origin at all', { origin: null, site: null }],
    ['a page without an origin', { origin: 'null', site: null }],
    ['its own origin from another site', { origin: APP, site: 'cross-site' }],
    ["a creator's host beside it", { origin: null, site: 'same-site' }],
    ['another port', { origin: `${APP}:8443`, site: null }],
  ])('%s is refused', (_name, sent) => expect(isOwnOrigin(sent, APP)).toBe(false))
})

describe('whom a request was meant for', () => {
  test.each([
    'app.example',
    'APP.example',
    'app.example:443',
    'app.example.',
    'localhost:3000',
    '127.0.0.1:3000',
    '[::1]:3000',
    '0.0.0.0:3000',
  ])('%s is this dashboard', (host) => expect(isOwnHost(host, [APP])).toBe(true))

  test.each([
    null,
    '',
    'evil.example',
    'evil.example:3000',
    'app.example.evil.example',
    'app.example:8443',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil@app.example',
    'app.example/evil',
    '10.0.0.7:3000',
  ])('%s is not', (host) => expect(isOwnHost(host, [APP])).toBe(false))
})

test('an address in digits is told from a name, however alike they look', () => {
  for (const host of ['10.0.0.7:3000', '192.0.2.1', '[2001:db8::1]:3000']) expect(isAddress(host)).toBe(true)
  for (const host of [null, '', 'evil.example', '10.0.0.7.evil.example', '10.0.0', '[evil]'])
    expect(isAddress(host)).toBe(false)
})
