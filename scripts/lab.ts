/** `npm run lab -- <name>`: runs one experiment on the code itself; slower than a test, and asked for by hand. */
import { egress } from './lab/egress.ts'
import { grpc } from './lab/grpc.ts'
import { mutants } from './lab/mutants.ts'
import { Stop } from './start/stop.ts'

const EXPERIMENTS: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = { mutants, egress, grpc }

async function main(): Promise<void> {
  const [name = '', ...rest] = process.argv.slice(2)
  const experiment = Object.hasOwn(EXPERIMENTS, name) ? EXPERIMENTS[name] : undefined
  if (experiment === undefined)
    throw new Stop(
      `Usage: npm run lab -- <name> [options of the experiment]\n\nExperiments: ${Object.keys(EXPERIMENTS).join(', ')}`,
    )
  process.exitCode = (await experiment(rest)) ? 0 : 1
}

main().catch((cause: unknown) => {
  console.error(cause instanceof Stop ? cause.message : cause)
  process.exitCode = 1
})
