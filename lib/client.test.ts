import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { createClientReader } from './client.ts'

/** The two parts of a request that a client is read from. */
function requestFrom(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage
}
const FORWARDED = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9', 'x-forwarded-proto': 'https' }

test('nobody can claim an address or TLS unless the socket is a trusted proxy', () => {
  expect(createClientReader('')(requestFrom('203.0.113.7', FORWARDED))).toEqual({
    address: '203.0.113.7',
    secure: false,
    loopback: false,
  })
})

test('a socket that is none of the trusted proxies speaks for nobody', () => {
  expect(createClientReader('10.0.0.0/8')(requestFrom('203.0.113.7', FORWARDED))).toEqual({
    address: '203.0.113.7',
    secure: false,
    loopback: false,
  })
})

test('behind a trusted proxy the nearest address that is no proxy counts', () => {
  const readClient = createClientReader('10.0.0.0/8, 203.0.113.9')
  expect(readClient(requestFrom('::ffff:10.1.2.3', FORWARDED))).toEqual({
    address: '198.51.100.1',
    secure: true,
    loopback: false,
  })
})

test('an address that a client made up in front of the real one is not believed', () => {
  const readClient = createClientReader('10.0.0.0/8')
  expect(readClient(requestFrom('10.1.2.3', FORWARDED))).toMatchObject({ address: '203.0.113.9' })
  expect(readClient(requestFrom('10.1.2.3', { 'x-forwarded-for': 'nonsense' }))).toMatchObject({ address: null })
})

test('loopback is loopback in every spelling, and nothing else is', () => {
  const loopback = (address: string) => createClientReader('')(requestFrom(address)).loopback
  expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].every(loopback)).toBe(true)
  expect(['128.0.0.1', '::2', '10.0.0.1'].some(loopback)).toBe(false)
})

test('a block that is none is refused at the start, with its name', () => {
  expect(() => createClientReader('10.0.0.0/33')).toThrowError(/TRUSTED_PROXIES/)
  expect(() => createClientReader('proxy.example')).toThrowError(/TRUSTED_PROXIES/)
})
