/**
 * A long run of random changes to valid tokens, none of which may be accepted. Resumable: parts of a million are counted
 * in a file, and a run of the same seed goes on behind the last one. Every part repeats exactly from (seed, part).
 *
 *     SATSTILE_MUTATIONS=100000000 SATSTILE_SEED=7 node tests/faults/l402-mutations.ts [state file]
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MutationCount, originals, tryMutations } from '#tests/support/l402-mutations.ts'
import { seeded } from '#tests/support/seeded.ts'

const PART = 1_000_000

interface State {
  readonly seed: number
  parts: number
  tried: number
  unchanged: number
  accepted: number
  cpuSeconds: number
  refusedAt: Record<string, number>
  forgeries: string[]
}

/** A whole number from the environment, or `fallback` when the variable is absent. */
function numberFrom(name: string, fallback: number): number {
  const text = process.env[name]
  const value = text === undefined ? fallback : Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name}: expected a whole number above 0, got ${text}`)
  return value
}

function load(path: string, seed: number): State {
  if (!existsSync(path)) {
    return { seed, parts: 0, tried: 0, unchanged: 0, accepted: 0, cpuSeconds: 0, refusedAt: {}, forgeries: [] }
  }
  const state = JSON.parse(readFileSync(path, 'utf8')) as State
  if (state.seed !== seed) throw new RangeError(`${path} belongs to seed ${state.seed}, not to ${seed}`)
  return state
}

/** Written aside and renamed: a run that is killed leaves the count of the part before. */
function save(path: string, state: State): void {
  writeFileSync(`${path}.new`, JSON.stringify(state))
  renameSync(`${path}.new`, path)
}

function add(state: State, part: MutationCount, cpuSeconds: number): void {
  state.parts += 1
  state.tried += part.tried
  state.unchanged += part.unchanged
  state.accepted += part.accepted
  state.cpuSeconds += cpuSeconds
  state.forgeries.push(...part.forgeries)
  for (const [detail, count] of Object.entries(part.refusedAt))
    state.refusedAt[detail] = (state.refusedAt[detail] ?? 0) + count
}

const wanted = numberFrom('SATSTILE_MUTATIONS', PART)
const seed = numberFrom('SATSTILE_SEED', 402)
const path = process.argv[2] ?? join(tmpdir(), `satstile-mutations-${seed}.json`)
const state = load(path, seed)
while (state.tried < wanted) {
  const before = process.cpuUsage()
  const random = seeded(seed, state.parts)
  const part = tryMutations(random, originals(random), PART)
  const { user, system } = process.cpuUsage(before)
  add(state, part, (user + system) / 1e6)
  save(path, state)
  if (state.parts % 10 === 0 || state.accepted > 0)
    console.log(`${new Date().toISOString()} ${state.tried} tried, ${state.accepted} accepted`)
  if (state.accepted > 0) break
}
console.log(JSON.stringify(state, null, 2))
process.exitCode = state.accepted === 0 ? 0 : 1
