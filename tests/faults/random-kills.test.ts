/** The short run of `random-kills.ts`; a long one is `node tests/faults/random-kills.ts --kills 200`. */
import { rm } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { runKills } from './kill-run.ts'

const SEED = Number(process.env.SATSTILE_SEED ?? Math.floor(Math.random() * 1_000_000))

it(`every settled invoice is credited once and no paid request refused while processes are killed (seed ${SEED})`, async () => {
  const result = await runKills({
    kills: 8,
    seed: SEED,
    dir: null,
    payers: 3,
    targets: ['gateway', 'workers', 'payouts', 'web', 'devnode'],
    onProgress: () => undefined,
  })
  expect(result.violations).toEqual([])
  expect(result.purchases).toBeGreaterThan(20)
  await rm(result.dir, { recursive: true, force: true })
})
