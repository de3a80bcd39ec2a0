import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockHolds, formatAddress, parseAddress, parseCidrBlock } from '#lib/l402/address.ts'
import { createBlockList } from './block-list.ts'

const listOf = (...networks: string[]) => createBlockList(networks.map((network) => ({ network, token: null })))

test('a blocked network is kept out with every spelling of its addresses, and its neighbour is not', () => {
  const list = listOf('192.0.2.0/24', '2001:db8:1::/48', '198.51.100.7/32')
  for (const inside of [
    '192.0.2.0',
    '192.0.2.255',
    '::ffff:192.0.2.9',
    '2001:db8:1::',
    '2001:DB8:1:ffff::1',
    '198.51.100.7',
  ])
    expect([inside, list.holdsAddress(inside)]).toEqual([inside, true])
  for (const outside of ['192.0.3.0', '192.0.1.255', '2001:db8:2::', '198.51.100.8', '::1', 'nothing', null])
    expect([outside, list.holdsAddress(outside)]).toEqual([outside, false])
})

test('it agrees with the reading of blocks in tokens, whatever the network and the address', () => {
  const addresses = fc.oneof(
    fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
    fc.array(fc.nat(255), { minLength: 16, maxLength: 16 }),
  )
  fc.assert(
    fc.property(addresses, addresses, fc.nat(128), fc.nat(128), (base, other, length, shared) => {
      const bits = Math.min(length, base.length * 8)
      const network = base.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))) & 0xff)
      // Half of the addresses begin as the network does.
      const near =
        base.length === other.length ? base.map((byte, i) => (8 * i < shared ? byte : (other[i] ?? 0))) : other
      const block = parseCidrBlock(`${formatAddress(network)}/${bits}`)
      const address = parseAddress(formatAddress(near))
      if (block === null || address === null) return
      expect(listOf(`${formatAddress(network)}/${bits}`).holdsAddress(formatAddress(near))).toBe(
        blockHolds(block, address),
      )
    }),
  )
})

test('a blocked token is known by its mark, and no other is', () => {
  const mark = new Uint8Array(16).fill(7)
  const list = createBlockList([{ network: null, token: mark }])
  expect([list.holdsToken(mark), list.holdsToken(new Uint8Array(16).fill(8))]).toEqual([true, false])
  expect([list.hasTokens, list.hasNetworks, list.holdsAddress('192.0.2.1')]).toEqual([true, false, false])
})

test('who blocks nobody has the one empty list', () => {
  expect(createBlockList([])).toBe(createBlockList([]))
})
