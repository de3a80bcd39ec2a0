/** No random change of a valid token opens anything. The long runs are in tests/faults/l402-mutations.ts. */
import { expect, it } from 'vitest'
import { originals, tryMutations } from '#tests/support/l402-mutations.ts'
import { seeded } from '#tests/support/seeded.ts'

const COUNT = 1_000_000

// If this fails, somebody who paid once can write tokens for what he did not pay.
it('of a million mutations of valid tokens none is accepted', { timeout: 300_000 }, () => {
  const random = seeded(402)
  const result = tryMutations(random, originals(random), COUNT)
  expect(result.forgeries).toEqual([])
  expect(result).toMatchObject({ tried: COUNT, accepted: 0 })
})

it('the mutations reach every step of the judge, so the run above shows something', () => {
  const random = seeded(403)
  const { refusedAt } = tryMutations(random, originals(random), 20_000)
  expect(Object.keys(refusedAt).sort()).toEqual([
    'discharge_invalid',
    'discharge_missing',
    'extra',
    'identifier',
    'key',
    'location',
    'preimage',
    'signature',
    'structure',
    'text',
    'version',
  ])
  expect(refusedAt.signature).toBeGreaterThan(2_000)
})
