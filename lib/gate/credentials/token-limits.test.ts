import { describe, expect, test } from 'vitest'
import { asTokenId } from '#lib/l402/identifier.ts'
import { createTokenLimits, type TokenUse } from './token-limits.ts'

const TOKEN = asTokenId(new Uint8Array(32).fill(7))
const HOUR_MS = 3_600_000
const use = (change: Partial<TokenUse> & { atMs?: number } = {}): TokenUse => {
  const { atMs = 0, ...rest } = change
  return {
    tokenId: TOKEN,
    service: 'k3h-tides',
    address: '203.0.113.7',
    networks: null,
    rate: null,
    ...rest,
    now: new Date(atMs),
  }
}

describe('networks of a token', () => {
  test('a second network is refused where one is allowed, and the first one still opens', () => {
    const limits = createTokenLimits()
    expect(limits.take(use({ networks: 1 }))).toEqual({ kind: 'within' })
    expect(limits.take(use({ networks: 1, address: '198.51.100.1' }))).toEqual({
      kind: 'limited',
      detail: 'networks',
      retryAfterSeconds: 86_400,
    })
    expect(limits.take(use({ networks: 1, address: '203.0.113.99' }))).toEqual({ kind: 'within' })
  })

  test('a refused network does not count, so trying again never locks the holder out', () => {
    const limits = createTokenLimits()
    limits.take(use({ networks: 1 }))
    for (let n = 0; n < 5; n++) limits.take(use({ networks: 1, address: '198.51.100.1' }))
    expect(limits.take(use({ networks: 1 }))).toEqual({ kind: 'within' })
  })

  test('a network that has been silent for a day makes room', () => {
    const limits = createTokenLimits()
    limits.take(use({ networks: 1 }))
    expect(limits.take(use({ networks: 1, address: '198.51.100.1', atMs: 24 * HOUR_MS }))).toEqual({ kind: 'within' })
    expect(limits.take(use({ networks: 1, atMs: 25 * HOUR_MS }))).toMatchObject({ detail: 'networks' })
  })
})

test('a narrow copy counts the networks of the last day only, whoever else used the token before', () => {
  const limits = createTokenLimits()
  limits.take(use({ networks: 3 }))
  limits.take(use({ networks: 3, address: '198.51.100.1', atMs: 20 * HOUR_MS }))
  const third = use({ networks: 1, address: '192.0.2.1', atMs: 25 * HOUR_MS })
  expect(limits.take(third)).toEqual({ kind: 'limited', detail: 'networks', retryAfterSeconds: 19 * 3_600 })
})

test('memory holds so many tokens and no more, the oldest goes', () => {
  const limits = createTokenLimits(1)
  const other = asTokenId(new Uint8Array(32).fill(8))
  limits.take(use({ networks: 1 }))
  limits.take(use({ networks: 1, tokenId: other }))
  expect(limits.take(use({ networks: 1, address: '198.51.100.1' }))).toEqual({ kind: 'within' })
})

describe('rate of a token', () => {
  test('a rate of two in ten seconds lets two through, then one every five seconds', () => {
    const limits = createTokenLimits()
    const rate = { requests: 2, seconds: 10 }
    expect([0, 0, 0].map((atMs) => limits.take(use({ rate, atMs })).kind)).toEqual(['within', 'within', 'limited'])
    expect(limits.take(use({ rate, atMs: 1_000 }))).toEqual({ kind: 'limited', detail: 'rate', retryAfterSeconds: 4 })
    expect(limits.take(use({ rate, atMs: 5_000 }))).toEqual({ kind: 'within' })
    expect(limits.take(use({ rate, atMs: 5_000 }))).toMatchObject({ detail: 'rate' })
  })

  test('narrower copies do not multiply the rate of a token', () => {
    const limits = createTokenLimits()
    const wide = { requests: 4, seconds: 60 }
    const narrow = { requests: 3, seconds: 60 }
    for (let n = 0; n < 3; n++) expect(limits.take(use({ rate: narrow }))).toEqual({ kind: 'within' })
    expect(limits.take(use({ rate: narrow }))).toMatchObject({ detail: 'rate' })
    expect(limits.take(use({ rate: wide }))).toEqual({ kind: 'within' })
    expect(limits.take(use({ rate: wide }))).toMatchObject({ detail: 'rate' })
  })

  test('a tight copy keeps to its rate while a wide one, which fills up sooner, goes on', () => {
    const limits = createTokenLimits()
    const [tight, wide] = [
      { requests: 2, seconds: 3_600 },
      { requests: 100, seconds: 1 },
    ]
    for (let n = 0; n < 2; n++) expect(limits.take(use({ rate: tight }))).toEqual({ kind: 'within' })
    expect(limits.take(use({ rate: wide, atMs: 1_000 }))).toEqual({ kind: 'within' })
    expect(limits.take(use({ rate: tight, atMs: 1_000 }))).toMatchObject({ detail: 'rate' })
    expect(limits.take(use({ rate: wide, atMs: 1_000 }))).toEqual({ kind: 'within' })
  })

  test('another service of the same token has a bucket of its own', () => {
    const limits = createTokenLimits()
    const rate = { requests: 1, seconds: 60 }
    limits.take(use({ rate }))
    expect(limits.take(use({ rate }))).toMatchObject({ detail: 'rate' })
    expect(limits.take(use({ rate, service: 'k3h-storms' }))).toEqual({ kind: 'within' })
  })
})

test('a token without limits leaves nothing in memory', () => {
  const limits = createTokenLimits(1)
  limits.take(use({ networks: 1 }))
  for (let n = 0; n < 10; n++) limits.take(use({ tokenId: asTokenId(new Uint8Array(32).fill(n)) }))
  expect(limits.take(use({ networks: 1, address: '198.51.100.1' }))).toMatchObject({ detail: 'networks' })
})
