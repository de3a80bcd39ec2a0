import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DEVELOPMENT_MARK, readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'satstile-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fileWith = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const environment = (more: Record<string, string> = {}) => ({
  SATSTILE_MODE: 'development',
  DATABASE_URL_GATE: 'postgresql://gate:secret@127.0.0.1/satstile',
  KEY_ENCRYPTION_KEYS: `own:${Buffer.alloc(32, 7).toString('base64')}`,
  SECRET_OPEN_KEYS: `own:${Buffer.alloc(32, 9).toString('base64')}`,
  LND_SOCKET: '127.0.0.1:10009',
  LND_TLS_CERT: 'tls.cert',
  LND_INVOICE_MACAROON: fileWith('own.macaroon', 'of a real node'),
  ...more,
})
const MARKED: readonly (readonly [string, Record<string, string>])[] = [
  ['LND_INVOICE_MACAROON', { LND_INVOICE_MACAROON: fileWith('marked.macaroon', `x${DEVELOPMENT_MARK}x`) }],
  ['DATABASE_URL_GATE', { DATABASE_URL_GATE: `postgresql://gate:${DEVELOPMENT_MARK}1@127.0.0.1/satstile` }],
  ['KEY_ENCRYPTION_KEYS', { KEY_ENCRYPTION_KEYS: `${DEVELOPMENT_MARK}1:${Buffer.alloc(32).toString('base64')}` }],
  ['DEMO_WALLET_URL', { DEMO_WALLET_URL: 'http://127.0.0.1:8404' }],
]

describe.each(MARKED)('what npm start made as %s', (name, made) => {
  test.each(['mainnet', 'testnet', 'signet'])('is refused on %s, also in development', (network) => {
    expect(() => readConfig('gateway', environment({ ...made, LND_NETWORK: network }))).toThrow(name)
  })

  test('is refused in production on any network', () => {
    expect(() => readConfig('gateway', environment({ ...made, SATSTILE_MODE: 'production' }))).toThrow(name)
  })

  test('is taken in development on regtest', () => {
    expect(readConfig('gateway', environment({ ...made, LND_NETWORK: 'regtest' })).LND_NETWORK).toBe('regtest')
  })
})

test.each(['mainnet', 'testnet', 'signet', 'regtest'])('secrets of one’s own are taken on %s', (network) => {
  expect(readConfig('gateway', environment({ LND_NETWORK: network })).LND_NETWORK).toBe(network)
})

test('a secret of another role is refused and its value is not told', () => {
  const foreign = { LND_READ_MACAROON: 'path-of-the-workers' }
  expect(() => readConfig('gateway', environment(foreign))).toThrow('LND_READ_MACAROON is a secret of workers')
  expect(() => readConfig('gateway', environment(foreign))).not.toThrow('path-of-the-workers')
})

describe('EGRESS_ALLOW', () => {
  test.each(['127.0.0.1:8405', '10.1.0.0/16:8080,api.internal:9000'])(
    'is taken in production with ports: %s',
    (allow) => {
      const read = readConfig('gateway', environment({ SATSTILE_MODE: 'production', EGRESS_ALLOW: allow }))
      expect(read.EGRESS_ALLOW.size).toBeGreaterThan(0)
    },
  )

  test('without a port it is refused in production, and taken in development', () => {
    const wide = { EGRESS_ALLOW: '10.0.0.0/8' }
    expect(() => readConfig('gateway', environment({ ...wide, SATSTILE_MODE: 'production' }))).toThrow(/EGRESS_ALLOW/)
    expect(() => readConfig('gateway', environment({ ...wide, LND_NETWORK: 'mainnet' }))).toThrow(/EGRESS_ALLOW/)
    expect(readConfig('gateway', environment(wide)).EGRESS_ALLOW.size).toBe(1)
  })

  test('that cannot be read is refused with the part that is wrong, and empty it allows nothing', () => {
    expect(() => readConfig('gateway', environment({ EGRESS_ALLOW: '127.0.0.1:80,nonsense' }))).toThrow(/nonsense/)
    expect(readConfig('gateway', environment()).EGRESS_ALLOW.size).toBe(0)
  })
})
