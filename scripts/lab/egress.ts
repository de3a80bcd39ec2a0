/** Tries to lead the egress client to addresses that it must not reach, in a process of its own. */
import { join } from 'node:path'
import { runShown } from '#scripts/test/run-shown.ts'

const program = join(import.meta.dirname, '../../tests/lab/egress.ts')

/** `--tries N`, 20,000 when left out, `--seed N` for the same ones again. `false`: a canary was reached. */
export async function egress(args: readonly string[]): Promise<boolean> {
  return runShown([program, ...args])
}
