import { expect, it } from 'vitest'
import { parseAddress } from '#lib/l402/address.ts'
import { allowing } from '#tests/support/egress.ts'
import { parseAllowList } from './allow.ts'

const holds = (text: string, address: string, port: number) => allowing(text).holds(parseAddress(address) ?? [], port)

it('an empty list allows nothing', () => {
  expect(allowing('').size).toBe(0)
  expect(holds('', '127.0.0.1', 80)).toBe(false)
  expect(allowing('').namesHost('localhost', 80)).toBe(false)
})

it.each([
  ['127.0.0.1:8405', '127.0.0.1', 8405, '127.0.0.1', 8406],
  ['127.0.0.1:8405', '127.0.0.1', 8405, '127.0.0.2', 8405],
  ['[::1]:8405', '::1', 8405, '::2', 8405],
  ['::1', '::1', 80, '::2', 80],
  ['10.1.0.0/16:8080', '10.1.255.255', 8080, '10.2.0.0', 8080],
  ['10.1.0.0/16', '10.1.2.3', 443, '10.0.2.3', 443],
  ['fd12::/64', 'fd12::5', 80, 'fd12:0:0:1::5', 80],
  ['[fd12::/64]:9000', 'fd12::5', 9000, 'fd12::5', 9001],
  ['127.0.0.1:1, 127.0.0.1:2', '127.0.0.1', 2, '127.0.0.1', 3],
])('%s allows %s:%i and not %s:%i', (text, address, port, otherAddress, otherPort) => {
  expect(holds(text, address, port)).toBe(true)
  expect(holds(text, otherAddress, otherPort)).toBe(false)
})

it('a name is allowed with its port, and no name that ends in it', () => {
  const list = allowing('api.internal:8080')
  expect(list.namesHost('api.internal', 8080)).toBe(true)
  expect(list.namesHost('api.internal', 80)).toBe(false)
  expect(list.namesHost('x.api.internal', 8080)).toBe(false)
})

it('entries without a port are told apart, for production refuses them', () => {
  expect(allowing('10.0.0.0/8, ::1, 127.0.0.1:80, [fd12::/64]:9000').portless).toEqual(['10.0.0.0/8', '::1'])
})

it.each([
  'api.internal',
  'API.internal:80',
  'http://127.0.0.1:80',
  '10.0.0.1/8',
  '10.0.0.0/8:0',
  '10.0.0.0/8:65536',
  '127.1:80/x',
  '*.internal:80',
  ':80',
  '[::1',
])('%s is no entry, and is named', (text) => {
  expect(parseAllowList(`127.0.0.1:80,${text}`)).toEqual({ unreadable: text })
})
