/** Amounts are added without rounding, and a request reserves no more than its seller allows for. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateMilli, readVolumeField, toldMilli, type VolumeMeter } from './volume-meter.ts'

const meter = (units: number, asked: VolumeMeter['estimate']['asked']): VolumeMeter => ({
  unit: 'token',
  told: { from: 'header' },
  estimate: { units, asked },
})

describe('an estimate', () => {
  test.each([
    [null, 205_000n],
    [0, 5_000n],
    [10, 25_000n],
    [2.1, 11_000n],
    [100, 205_000n],
    [1e30, 205_000n],
  ])('of a request for %s is %s thousandths', (asked, milli) => {
    expect(estimateMilli(meter(5, { pointer: '/n', weightMilli: 2_000, ceiling: 200 }), asked)).toBe(milli)
  })

  test('of a request that names nothing is the configured number', () => {
    expect(estimateMilli(meter(5, null), 900)).toBe(5_000n)
  })
})

describe('what was told', () => {
  test('is the exact sum of whole values, however many and whatever their weights', () => {
    const values = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 1_000_000 })), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(values, (all) => {
        const weighted = all.map(([, weightMilli], n) => ({ pointer: `/${n}`, weightMilli }))
        const found = new Map(all.map(([value], n) => [`/${n}`, value]))
        const sum = all.reduce((total, [value, weight]) => total + BigInt(value) * BigInt(weight), 0n)
        expect(toldMilli(weighted, found)).toBe(sum)
      }),
    )
  })

  test('of parts of a unit loses less than a thousandth, and of nothing is nothing', () => {
    const values = [{ pointer: '/n', weightMilli: 1_000 }]
    expect([toldMilli(values, new Map([['/n', 1.2349]])), toldMilli(values, new Map())]).toEqual([1_234n, null])
  })
})

describe('the field', () => {
  test('is a number of units', () => {
    expect(['7', '0', '999999999999999'].map(readVolumeField)).toEqual([7_000n, 0n, 999_999_999_999_999_000n])
  })

  test.each(['', '-1', '+1', '1.5', '1e3', '07', ' 7', '7,8', '1'.repeat(16)])('says nothing by %j', (text) => {
    expect(readVolumeField(text)).toBeNull()
  })
})
