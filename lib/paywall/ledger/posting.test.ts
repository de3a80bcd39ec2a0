import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { msat } from '#lib/money.ts'
import {
  businessKey,
  releasePostings,
  reservePostings,
  returnedPostings,
  salePostings,
  sentPostings,
  splitSale,
} from './posting.ts'

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

describe('a payout', () => {
  const amounts = { min: 1n, max: 10n ** 15n }
  const parts = fc.record({ amountMsat: fc.bigInt(amounts).map(msat), feeCapMsat: fc.bigInt(amounts).map(msat) })
  const change = (postings: readonly { from: string; to: string; amountMsat: bigint }[], account: string) =>
    postings.reduce(
      (sum, { from, to, amountMsat }) =>
        sum + (to === account ? amountMsat : 0n) - (from === account ? amountMsat : 0n),
      0n,
    )

  it('that is paid leaves nothing reserved, and costs its amount and the way, never more than the cap', () => {
    fc.assert(
      fc.property(parts, fc.bigInt({ min: 0n, max: 2n * 10n ** 15n }).map(msat), (payout, routing) => {
        const all = [...reservePostings(payout), ...sentPostings(payout, routing)]
        const covered = [routing, payout.feeCapMsat].toSorted((a, b) => Number(a - b))[0] ?? 0n
        expect(change(all, 'reserved')).toBe(0n)
        expect(change(all, 'available')).toBe(-(payout.amountMsat + covered))
        expect([change(all, 'node'), change(all, 'routing')]).toEqual([payout.amountMsat, routing])
        expect(change(all, 'loss')).toBe(covered - routing)
      }),
    )
  })

  it('that is returned changes nothing', () => {
    fc.assert(
      fc.property(parts, (payout) => {
        const all = [...reservePostings(payout), ...returnedPostings(payout)]
        for (const account of ['available', 'reserved', 'node']) expect(change(all, account)).toBe(0n)
      }),
    )
  })
})
