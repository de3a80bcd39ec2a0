import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { msat } from '#lib/money.ts'
import { businessKey, releasePostings, salePostings, splitSale } from './posting.ts'

const amount = fc.bigInt({ min: 1n, max: 2_100_000_000_000_000_000n }).map(msat)
const ppm = fc.integer({ min: 0, max: 1_000_000 })

describe('a sale', () => {
  it('gives creator and platform together exactly what arrived, to the millisatoshi', () => {
    fc.assert(
      fc.property(amount, ppm, (received, feePpm) => {
        const { netMsat, feeMsat } = splitSale(received, feePpm)
        expect(netMsat + feeMsat).toBe(received)
        expect(feeMsat * 1_000_000n <= received * BigInt(feePpm)).toBe(true)
        const moved = salePostings({ netMsat, feeMsat }).reduce((sum, posting) => sum + posting.amountMsat, 0n)
        expect(moved).toBe(received)
      }),
    )
  })

  it('posts nothing that moves nothing', () => {
    expect(salePostings(splitSale(msat(1000n), 0))).toEqual([{ from: 'node', to: 'settling', amountMsat: 1000n }])
    expect(salePostings(splitSale(msat(1000n), 1_000_000))).toEqual([{ from: 'node', to: 'fee', amountMsat: 1000n }])
    expect(releasePostings(msat(0n))).toEqual([])
  })

  it('and its release have keys of their own', () => {
    expect(businessKey('sale', 'ab')).not.toBe(businessKey('release', 'ab'))
  })
})
