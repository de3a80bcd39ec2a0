/** What each process is handed, and what it never sees. */
import { expect, test } from 'vitest'
import { readConfig } from '#lib/config.ts'
import { MEANINGS } from '#lib/config-variables.ts'
import type { Secrets } from './secrets.ts'
import { readSettings } from './settings.ts'
import { checkZones, makeZones } from './zones.ts'

const secrets: Secrets = {
  KEY_ENCRYPTION_KEYS: `development-1:${Buffer.alloc(32, 7).toString('base64')}`,
  SECRET_OPEN_KEYS: `development-1:${Buffer.alloc(32, 8).toString('base64')}`,
  PAYOUT_OPEN_KEYS: `development-1:${Buffer.alloc(32, 6).toString('base64')}`,
  NEXTAUTH_SECRET: `development-${'a'.repeat(64)}`,
  DEV_SIGN_IN_KEY: `development-${'b'.repeat(64)}`,
  POSTGRES_PASSWORD: 'development-owner',
  POSTGRES_PASSWORD_GATE: 'development-gate',
  POSTGRES_PASSWORD_WEB: 'development-web',
  POSTGRES_PASSWORD_JOBS: 'development-jobs',
  POSTGRES_PASSWORD_PAYOUTS: 'development-payouts',
}
const development = makeZones(readSettings({ GATEWAY_PORT: '18402', WEB_PORT: '13000' }), secrets)

/** Everything a production start needs; the macaroon files need not exist to be judged by name. */
const production = {
  SATSTILE_MODE: 'production',
  APP_URL: 'https://app.example',
  CREATOR_HOSTS: '*.pages.example',
  DATABASE_URL: 'postgresql://satstile:own@db.example/satstile',
  DATABASE_URL_GATE: 'postgresql://satstile_gate:own@db.example/satstile',
  DATABASE_URL_WEB: 'postgresql://satstile_web:own@db.example/satstile',
  DATABASE_URL_JOBS: 'postgresql://satstile_jobs:own@db.example/satstile',
  KEY_ENCRYPTION_KEYS: `own:${Buffer.alloc(32, 9).toString('base64')}`,
  SECRET_OPEN_KEYS: `own:${Buffer.alloc(32, 10).toString('base64')}`,
  SECRET_SEAL_KEY: `own:${Buffer.alloc(32, 11).toString('base64')}`,
  NEXTAUTH_SECRET: 'c'.repeat(64),
  LND_SOCKET: 'lnd.example:10009',
  LND_TLS_CERT: '/etc/satstile/tls.cert',
  LND_NETWORK: 'mainnet',
  LND_INVOICE_MACAROON: '/etc/satstile/invoice.macaroon',
  LND_READ_MACAROON: '/etc/satstile/read.macaroon',
  DATABASE_URL_PAYOUTS: 'postgresql://satstile_payouts:own@db.example/satstile',
  LND_SPEND_MACAROON: '/etc/satstile/spend.macaroon',
  PAYOUT_SEAL_KEY: `own:${Buffer.alloc(32, 12).toString('base64')}`,
  PAYOUT_OPEN_KEYS: `own:${Buffer.alloc(32, 13).toString('base64')}`,
}
const startInProduction = (changes: Record<string, string | undefined>) => () =>
  checkZones(makeZones(readSettings({ ...production, ...changes }), null))

test('with nothing set, every process of a development start accepts its variables', () => {
  expect(() => checkZones(development)).not.toThrow()
})

test.each([
  [
    'gateway',
    [
      'DATABASE_URL',
      'DATABASE_URL_WEB',
      'DATABASE_URL_JOBS',
      'NEXTAUTH_SECRET',
      'DEV_SIGN_IN_KEY',
      'LND_READ_MACAROON',
      'DATABASE_URL_PAYOUTS',
      'LND_SPEND_MACAROON',
      'PAYOUT_OPEN_KEYS',
    ],
  ],
  [
    'web',
    [
      'DATABASE_URL',
      'DATABASE_URL_GATE',
      'DATABASE_URL_JOBS',
      'KEY_ENCRYPTION_KEYS',
      'SECRET_OPEN_KEYS',
      'LND_INVOICE_MACAROON',
      'LND_READ_MACAROON',
      'DATABASE_URL_PAYOUTS',
      'LND_SPEND_MACAROON',
      'PAYOUT_OPEN_KEYS',
    ],
  ],
  [
    'workers',
    [
      'DATABASE_URL',
      'DATABASE_URL_GATE',
      'DATABASE_URL_WEB',
      'KEY_ENCRYPTION_KEYS',
      'SECRET_OPEN_KEYS',
      'NEXTAUTH_SECRET',
      'LND_INVOICE_MACAROON',
      'DATABASE_URL_PAYOUTS',
      'LND_SPEND_MACAROON',
      'PAYOUT_OPEN_KEYS',
    ],
  ],
  [
    'payouts',
    [
      'DATABASE_URL',
      'DATABASE_URL_GATE',
      'DATABASE_URL_WEB',
      'DATABASE_URL_JOBS',
      'KEY_ENCRYPTION_KEYS',
      'SECRET_OPEN_KEYS',
      'NEXTAUTH_SECRET',
      'LND_INVOICE_MACAROON',
      'LND_READ_MACAROON',
    ],
  ],
] as const)('%s is handed no secret of another zone', (name, foreign) => {
  expect(
    Object.keys(development[name]).filter((variable) => (foreign as readonly string[]).includes(variable)),
  ).toEqual([])
})

test('a second door runs when its port is given, with the secrets of the gateway and not with those of anybody else', () => {
  expect(development.door).toEqual({})
  const { door } = makeZones(readSettings({ DOOR_PORT: '18406' }), secrets)
  expect(door).toMatchObject({ WEB_ROLE: 'door', CREATOR_HOSTS: '*.localhost:18406' })
  expect(() => readConfig('door', door)).not.toThrow()
  for (const foreign of [
    'DATABASE_URL',
    'DATABASE_URL_GATE',
    'DATABASE_URL_WEB',
    'NEXTAUTH_SECRET',
    'LND_READ_MACAROON',
  ]) {
    expect(Object.keys(door)).not.toContain(foreign)
    expect(() => readConfig('door', { ...door, [foreign]: 'x' })).toThrow(`${foreign} is a secret of`)
  }
  expect(() => readSettings({ DOOR_PORT: '3000' })).toThrow(/WEB_PORT and DOOR_PORT are both 3000/)
})

test('the dashboard is handed nothing of the second door’s, and does not start with it', () => {
  const { web, door } = makeZones(readSettings({ DOOR_PORT: '18406' }), secrets)
  for (const secret of ['DATABASE_URL_DOOR', 'KEY_ENCRYPTION_KEYS', 'SECRET_OPEN_KEYS', 'LND_INVOICE_MACAROON']) {
    expect(Object.keys(web)).not.toContain(secret)
    expect(() => readConfig('web', { ...web, [secret]: door[secret] })).toThrow(`${secret} is a secret of`)
  }
})

test('a variable of the person who starts Satstile reaches no process that does not declare it', () => {
  const zones = makeZones(
    readSettings({ AWS_SECRET_ACCESS_KEY: 'x', NODE_OPTIONS: '--inspect', SMTP_URL: 'smtp://u:p@mail.example' }),
    secrets,
  )
  const seen = Object.values(zones).flatMap((zone) => Object.keys(zone))
  expect(seen).not.toContain('AWS_SECRET_ACCESS_KEY')
  expect(seen).not.toContain('NODE_OPTIONS')
  expect(Object.keys(zones.gateway)).not.toContain('SMTP_URL')
  expect(Object.keys(zones.web)).toContain('SMTP_URL')
})

test('addresses follow from the ports, so that copies run side by side', () => {
  expect(development.web).toMatchObject({ APP_URL: 'http://localhost:13000', CREATOR_HOSTS: '*.localhost:18402' })
  expect(readConfig('gateway', development.gateway).GATEWAY_PORT).toBe(18402)
})

test('production starts with what the operator gives', () => {
  expect(startInProduction({})).not.toThrow()
})

test.each(
  Object.keys(production).filter(
    (name) => !['SATSTILE_MODE', 'APP_URL', 'CREATOR_HOSTS', 'LND_NETWORK'].includes(name),
  ),
)('production does not start without %s, and says so by name', (name) => {
  expect(startInProduction({ [name]: undefined })).toThrow(
    new RegExp(`${name} is missing: ${MEANINGS[name as 'LND_SOCKET'].slice(0, 20)}`),
  )
})

test.each([
  ['KEY_ENCRYPTION_KEYS', secrets.KEY_ENCRYPTION_KEYS],
  ['SECRET_OPEN_KEYS', secrets.SECRET_OPEN_KEYS],
  ['NEXTAUTH_SECRET', secrets.NEXTAUTH_SECRET],
  ['PAYOUT_OPEN_KEYS', secrets.PAYOUT_OPEN_KEYS],
  ['PAYOUT_KILL_AT', 'payout.before-send'],
  ['DATABASE_URL_GATE', 'postgresql://satstile_gate:development-1@db.example/satstile'],
  ['DEV_SIGN_IN_KEY', secrets.DEV_SIGN_IN_KEY],
  ['DEMO_WALLET_URL', 'http://localhost:8404'],
])('production does not start with a %s of development', (name, value) => {
  expect(startInProduction({ [name]: value })).toThrow(new RegExp(name))
})

test('no message about the configuration repeats a secret', () => {
  expect(startInProduction({ KEY_ENCRYPTION_KEYS: 'own:short', NEXTAUTH_SECRET: 'brief' })).toThrow(
    expect.objectContaining({ message: expect.not.stringMatching(/own:short|brief/) }),
  )
})
