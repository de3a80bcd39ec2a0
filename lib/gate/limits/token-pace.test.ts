import { expect, test } from 'vitest'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { createTokenPace } from './token-pace.ts'

/** Two objects with one id are two copies of a token. */
const tokenOf = (id: number) => ({ identifier: { tokenId: new Uint8Array(32).fill(id) } }) as unknown as VerifiedToken

test('a token has its burst, waits for the rest, and goes on after it', () => {
  const pace = createTokenPace({ ratePerSecond: 10, burst: 3 })
  const token = tokenOf(1)
  expect([0, 0, 0, 0].map(() => pace.take(token, 0))).toEqual([0, 0, 0, 0.1])
  expect(pace.take(token, 100)).toBe(0)
  expect(pace.take(token, 100)).toBeGreaterThan(0)
})

test('copies of a token share its pace, and another token has its own', () => {
  const pace = createTokenPace({ ratePerSecond: 1, burst: 2 })
  expect([pace.take(tokenOf(1), 0), pace.take(tokenOf(1), 0)]).toEqual([0, 0])
  expect(pace.take(tokenOf(1), 0)).toBe(1)
  expect(pace.take(tokenOf(2), 0)).toBe(0)
})

test('the memory of tokens is bounded: the one that was silent longest is forgotten', () => {
  const pace = createTokenPace({ ratePerSecond: 1, burst: 1 }, 2)
  for (const id of [1, 2, 3]) expect(pace.take(tokenOf(id), 0)).toBe(0)
  expect([pace.take(tokenOf(3), 0), pace.take(tokenOf(1), 0)]).toEqual([1, 0])
})
