/** Whatever an answer takes and whenever steps are taken, no more leaves than was bought, and what did not leave goes back. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Draw, firstStep, isLow, nextStep, refill, restOf, settleReserved, spend } from './draw.ts'

interface World {
  /** Taken from the counter. */
  used: bigint
  draw: Draw
  step: bigint
  sent: bigint
}

/** As Postgres takes a step: half of what is left at most, but the least of a step in any case. */
function drawFrom(limit: bigint, used: bigint, want: bigint): bigint {
  const left = limit - used
  const half = left / 2n > 16n ? left / 2n : left < 16n ? left : 16n
  return want < half ? want : half
}

function sendAll(world: World, take: () => bigint): void {
  for (;;) {
    const { draw, granted } = spend(world.draw, 300n)
    world.draw = draw
    world.sent += granted
    if (granted < 300n && take() === 0n) return
  }
}

const act = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), bytes: fc.bigInt(0n, 500n) }),
  fc.record({ kind: fc.constant('step' as const) }),
)

describe('an amount that is drawn', () => {
  test('is never exceeded, is sent to the last unit, and what is left goes back', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 20_000n), fc.array(act, { maxLength: 60 }), fc.boolean(), (limit, acts, isWhole) => {
        const first = drawFrom(limit, 0n, 64n)
        const world: World = { used: first, draw: { held: first, spent: 0n }, step: first, sent: 0n }
        const take = () => {
          world.step = world.step * 2n
          const drawn = drawFrom(limit, world.used, world.step)
          world.used += drawn
          world.draw = refill(world.draw, drawn)
          return drawn
        }
        for (const one of acts) {
          if (one.kind === 'step') take()
          else {
            const { draw, granted } = spend(world.draw, one.bytes)
            world.draw = draw
            world.sent += granted
          }
          expect(world.sent + restOf(world.draw)).toBe(world.used)
          expect(world.used).toBeLessThanOrEqual(limit)
        }
        // A stream that goes on to the end gets all of it, to the unit.
        if (isWhole) {
          sendAll(world, take)
          expect(world.sent).toBe(limit)
        }
        // Closed: what was taken and did not leave is taken back.
        expect(world.used - restOf(world.draw)).toBe(world.sent)
      }),
    )
  })

  test('begins with what is known to be needed, and doubles its steps up to their most', () => {
    expect([firstStep('bytes', 10n), firstStep('bytes', 10n ** 12n), firstStep('bytes', 0n)]).toEqual([
      10n,
      2n ** 20n,
      1n,
    ])
    expect([nextStep('bytes', 2n ** 16n), nextStep('bytes', 2n ** 20n), nextStep('seconds', 10n)]).toEqual([
      2n ** 17n,
      2n ** 20n,
      2_000n,
    ])
    expect([isLow({ held: 100n, spent: 40n }, 100n), isLow({ held: 100n, spent: 51n }, 100n)]).toEqual([false, true])
  })
})

describe('a reservation', () => {
  test('is settled at what was told to the unit, and charged where nothing was told', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.option(fc.bigInt(0n, 10n ** 15n)), (reserved, told) => {
        const { back, more } = settleReserved(reserved, told)
        expect(reserved - back + more).toBe(told ?? reserved)
        expect(back >= 0n && more >= 0n && (back === 0n || more === 0n)).toBe(true)
      }),
    )
  })
})
