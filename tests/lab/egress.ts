/** The canaries of the egress client, many more of them than `npm test` has time for: `npm run lab -- egress`. */
import { parseArgs } from 'node:util'
import { tryCanaries } from '#tests/support/egress-canaries.ts'

const { values } = parseArgs({
  options: { tries: { type: 'string', default: '20000' }, seed: { type: 'string', default: String(Date.now() % 1e9) } },
})
const [tries, seed] = [Number(values.tries), Number(values.seed)]

const startedAt = performance.now()
const { connects, outcomes, unexpected } = await tryCanaries({ tries, seed })
for (const [outcome, count] of [...outcomes].sort(([, a], [, b]) => b - a))
  console.log(`${String(count).padStart(8)}  ${outcome}`)
for (const what of unexpected) console.log(`reached, and should not have been: ${what}`)
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
console.log(`${tries} tries in ${seconds} s, ${connects} connections to canaries (--seed ${seed})`)
process.exitCode = connects === 0 && unexpected.length === 0 ? 0 : 1
