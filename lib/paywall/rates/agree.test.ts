import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agree, median } from './agree.ts'

const from = (...values: readonly bigint[]) => values.map((microPerBtc, at) => ({ source: `s${at}`, microPerBtc }))
const honest = fc.bigInt(98_000n, 102_000n)

describe('sources', () => {
  test('whose minority lies, however it lies, agree on what the others say', () => {
    fc.assert(
      fc.property(
        fc.array(honest, { minLength: 3, maxLength: 5 }),
        fc.array(fc.bigInt(1n, 10n ** 18n), { maxLength: 2 }),
        (good, bad) => {
          const { microPerBtc } = agree(from(...good, ...bad), { configured: good.length + bad.length, previous: null })
          expect(microPerBtc === null || (microPerBtc >= 93_000n && microPerBtc <= 108_000n)).toBe(true)
        },
      ),
    )
  })

  test('in any order say the same', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(1n, 10n ** 6n), { minLength: 1, maxLength: 7 }), (values) => {
        const options = { configured: values.length, previous: null }
        expect(agree(from(...values.toReversed()), options).microPerBtc).toBe(
          agree(from(...values), options).microPerBtc,
        )
      }),
    )
  })

  test('that agree give their median, without the one that is far from it', () => {
    expect(agree(from(100n, 101n, 102n), { configured: 3, previous: null })).toEqual({
      ...{ microPerBtc: 101n, sources: ['s0', 's1', 's2'], leftOut: [], why: 'agreed' },
    })
    expect(agree(from(1000n, 1010n, 1070n), { configured: 3, previous: null })).toMatchObject({
      microPerBtc: 1005n,
      leftOut: ['s2'],
    })
  })

  test('of which half are silent or contradict one another give nothing', () => {
    expect(agree(from(100n), { configured: 3, previous: null })).toMatchObject({ microPerBtc: null, why: 'too_few' })
    expect(agree(from(100n, 200n), { configured: 3, previous: null }).microPerBtc).toBeNull()
    expect(agree(from(100n, 100n), { configured: 4, previous: null }).microPerBtc).toBeNull()
    expect(agree([], { configured: 3, previous: null }).microPerBtc).toBeNull()
    expect(agree(from(100n, 101n), { configured: 3, previous: null }).microPerBtc).toBe(100n)
  })

  test('that jump together are not believed while the rate before holds, and are afterwards', () => {
    expect(agree(from(121n, 121n, 121n), { configured: 3, previous: 100n })).toMatchObject({
      microPerBtc: null,
      why: 'jumped',
    })
    expect(agree(from(120n, 120n, 120n), { configured: 3, previous: 100n }).microPerBtc).toBe(120n)
    expect(agree(from(121n, 121n, 121n), { configured: 3, previous: null }).microPerBtc).toBe(121n)
  })
})

test('the median lies between the two in the middle', () => {
  expect([median([]), median([5n]), median([9n, 1n]), median([9n, 1n, 4n])]).toEqual([0n, 5n, 5n, 4n])
})
