/** Settings that cannot work are refused at once, all of them, by variable. */
import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'

test('nothing set is a development start on the embedded parts', () => {
  expect(readSettings({})).toMatchObject({
    mode: 'development',
    embeddedPostgres: true,
    devnode: true,
    ports: { GATEWAY_PORT: 8402, WEB_PORT: 3000, POSTGRES_PORT: 5480, DEVNODE_PORT: 10_009, DEMO_WALLET_PORT: 8404 },
  })
})

test('a copy that moves its demo wallet moves the demo upstream too, unless that has a port of its own', () => {
  expect(readSettings({}).ports.DEMO_UPSTREAM_PORT).toBe(8405)
  expect(readSettings({ DEMO_WALLET_PORT: '8504' }).ports.DEMO_UPSTREAM_PORT).toBe(8505)
  expect(readSettings({ DEMO_WALLET_PORT: '8504', DEMO_UPSTREAM_PORT: '9' }).ports.DEMO_UPSTREAM_PORT).toBe(9)
})

test.each(['0', '65536', '-1', '80.5', 'http', '١٢٣٤', ' 8402', '1e3'])(
  'a port "%s" is refused by its variable',
  (text) => {
    expect(() => readSettings({ WEB_PORT: text })).toThrow(/WEB_PORT is/)
  },
)

test('two parts cannot have one port', () => {
  expect(() => readSettings({ GATEWAY_PORT: '9000', WEB_PORT: '9000' })).toThrow(
    /GATEWAY_PORT and WEB_PORT are both 9000/,
  )
})

test('every fault is told at once', () => {
  expect(() => readSettings({ SATSTILE_MODE: 'staging', GATEWAY_PORT: 'x', POSTGRES_PORT: 'y' })).toThrow(
    /SATSTILE_MODE[\s\S]*GATEWAY_PORT[\s\S]*POSTGRES_PORT/,
  )
})

test('a database or a node of the operator takes the place of the embedded one', () => {
  expect(readSettings({ DATABASE_URL: 'postgresql://o@h/d', LND_SOCKET: 'h:10009' })).toMatchObject({
    embeddedPostgres: false,
    devnode: false,
  })
})

test('production never starts embedded parts', () => {
  expect(readSettings({ SATSTILE_MODE: 'production' })).toMatchObject({ embeddedPostgres: false, devnode: false })
})
