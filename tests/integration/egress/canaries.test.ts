/** If this fails, a creator can read from, or act on, the inner network of whoever runs the product. */
import { expect, test } from 'vitest'
import { tryCanaries } from '#tests/support/egress-canaries.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_007)

test(`2,000 spellings, redirects and rebindings reach no closed address (SEED=${seed})`, async () => {
  const figures = await tryCanaries({ tries: 2_000, seed })
  expect(figures.unexpected).toEqual([])
  expect(figures.connects).toBe(0)
  // The refuse twin: the server that may be reached is, and each kind of refusal was met.
  expect(figures.outcomes.get('reached')).toBeGreaterThan(200)
  for (const reason of ['loopback', 'unreadable', 'user_info', 'redirect', 'port', 'tunnel', 'unspecified'])
    expect(figures.outcomes.get(reason) ?? 0, reason).toBeGreaterThan(0)
})
