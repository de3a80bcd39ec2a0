/** However purchases top one another up and in whatever order they are used, together they reach what was paid for. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeTopUp, reachOf, readPurchase, type TopUp } from './counter.ts'

interface Bought {
  readonly parent: number | null
  readonly amount: bigint
}

/** Purchases as a tree: the first, and others that each go on with an earlier one. */
const purchases = fc
  .array(fc.tuple(fc.nat(), fc.bigInt(1n, 1_000n)), { minLength: 1, maxLength: 12 })
  .map((all) => all.map(([at, amount], n): Bought => (n === 0 ? { parent: null, amount } : { parent: at % n, amount })))

function mintedOf(all: readonly Bought[], n: number): bigint {
  const one = all[n]
  if (one === undefined) return 0n
  return one.amount + (one.parent === null ? 0n : mintedOf(all, one.parent))
}

/** Places a purchase and those before it, as its first use does. */
function place(all: readonly Bought[], n: number, placed: Map<number, TopUp>): void {
  const parent = all[n]?.parent ?? null
  if (parent === null || placed.has(n)) return
  place(all, parent, placed)
  const before = [...placed.values()].reduce((sum, { amount }) => sum + amount, 0n)
  const stated = { own: mintedOf(all, n), parent: mintedOf(all, parent), root: mintedOf(all, 0), before }
  placed.set(n, placeTopUp(stated))
}

describe('a counter that is topped up', () => {
  test('reaches all that was paid for and not a unit more, whichever token is used first', () => {
    fc.assert(
      fc.property(purchases, fc.array(fc.nat(), { maxLength: 20 }), (all, order) => {
        const placed = new Map<number, TopUp>()
        const reach = (n: number) => {
          place(all, n, placed)
          return reachOf(mintedOf(all, n), placed.get(n))
        }
        let paid = all[0]?.amount ?? 0n
        for (const pick of [...order.map((one) => one % all.length), ...all.keys()]) {
          reach(pick)
          paid = [...placed.keys()].reduce((sum, n) => sum + (all[n]?.amount ?? 0n), all[0]?.amount ?? 0n)
          // No token reaches further than everything that was used so far has paid for.
          for (const n of all.keys()) if (placed.has(n) || n === 0) expect(reach(n)).toBeLessThanOrEqual(paid)
        }
        expect([...all.keys()].map(reach).sort((a, b) => (a < b ? 1 : -1))[0]).toBe(paid)
      }),
    )
  })

  test('a copy that its holder narrowed stops where it says', () => {
    const topUp = { minted: 200n, raised: 50n }
    expect([reachOf(200n, topUp), reachOf(199n, topUp), reachOf(199n, undefined)]).toEqual([250n, 199n, 199n])
  })
})

test('a purchase is read from its own service only', () => {
  const row = {
    caveats: [
      'services=k3h-a:0,k3h-b:0',
      'k3h-a_volume_token=90',
      'k3h-a_valid_until=5',
      'k3h-b_uses=3',
      'k3h-a_uses=4',
    ],
    parents: [{ service: 'k3h-b', tokenId: '00' }],
  }
  expect(readPurchase(row, 'k3h-a')).toEqual({
    minted: new Map([
      ['volume_token', 90n],
      ['uses', 4n],
    ]),
    parent: null,
  })
  expect(readPurchase(row, 'k3h-b').parent).toEqual(Uint8Array.of(0))
})
