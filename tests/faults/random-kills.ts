/**
 * Purchases run while random processes are killed; afterwards the node's own list and the books must agree to the msat.
 *
 *   node tests/faults/random-kills.ts --kills 200 --seed 7 --dir /tmp/kills
 *
 * Seeded and resumable: the transcript in `--dir` is appended to, and a second call goes on where the first one ended.
 */
import { parseArgs } from 'node:util'
import { runKills } from './kill-run.ts'

const HELP = `random-kills: purchases under random kill -9 of gateway, workers, web and dev node

  --kills N        how many kills in all, counting those of earlier calls on the same folder (default 200)
  --seed N         seed of the order of kills and purchases (default 1)
  --dir DIR        folder for data, transcript and result (default: a new temporary folder)
  --payers N       programs that buy at the same time (default 4)
  --targets LIST   which processes are killed (default gateway,workers,payouts,web,devnode; also postgres)
`

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    dir: { type: 'string' },
    payers: { type: 'string', default: '4' },
    targets: { type: 'string', default: 'gateway,workers,payouts,web,devnode' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(HELP)
} else {
  const result = await runKills({
    kills: Number(values.kills),
    seed: Number(values.seed),
    dir: values.dir ?? null,
    payers: Number(values.payers),
    targets: values.targets.split(','),
    onProgress: (line) => console.log(line),
  })
  console.log(JSON.stringify(result, null, 2))
  process.exitCode = result.violations.length === 0 ? 0 : 1
}
