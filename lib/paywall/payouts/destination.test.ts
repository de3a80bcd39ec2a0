/** What may be typed as a destination, and where an address then leads. */
import { bech32 } from '@scure/base'
import { expect, test } from 'vitest'
import { readDestination } from './destination.ts'

const at = (network: string) => ({ now: new Date(0), network })
const lnurl = (url: string) => bech32.encode('lnurl', bech32.toWords(new TextEncoder().encode(url)), false)

test.each([
  ['Maren@Example.com', 'https://example.com/.well-known/lnurlp/maren'],
  [' lightning:a_b-c.d+e@example.com ', 'https://example.com/.well-known/lnurlp/a_b-c.d+e'],
  [lnurl('https://example.com/pay?q=1').toUpperCase(), 'https://example.com/pay?q=1'],
])('%s is asked for at its server, by https', (typed, url) => {
  expect(readDestination(typed, at('mainnet'))).toMatchObject({ kind: 'address', url })
})

test.each([
  ...['@example.com', 'name@', 'name@example', 'name@example.com/x', 'name@example.com:80', 'ä@example.com'],
  ...[lnurl('http://example.com/'), lnurl('file:///etc/passwd'), lnurl('nonsense'), 'lnurl1', 'lnurl1dp68gurn8ghj7um9'],
  `${'n'.repeat(65)}@example.com`,
])('%s is refused where money is real', (typed) => {
  expect(readDestination(typed, at('mainnet')).kind).toBe('refused')
})

test('a server of this computer, by http, is for play money alone', () => {
  for (const typed of ['name@127.0.0.1:8080', lnurl('http://127.0.0.1:8080/')]) {
    expect(readDestination(typed, at('regtest')).kind).toBe('address')
    expect(readDestination(typed, at('signet')).kind).toBe('refused')
  }
})
