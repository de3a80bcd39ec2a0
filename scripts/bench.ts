/** `npm run bench -- <name>`: runs one measurement of tests/bench; figures are printed, nothing passes or fails. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.ts'
import { Stop } from './start/stop.ts'
import { runShown } from './test/run-shown.ts'

const folder = join(import.meta.dirname, '../tests/bench')
/** Programs that others begin, and parts that several share, are not measurements. */
const PART = /-(server|worker|stub|support)\.ts$|^support\.ts$/

async function main(): Promise<void> {
  const [name = '', ...rest] = process.argv.slice(2)
  const names = listNames()
  if (!names.includes(name))
    throw new Stop(`Usage: npm run bench -- <name> [options of the measurement]\n\nMeasurements: ${names.join(', ')}`)
  await build({ only: ['client', 'reader', 'bundles'] })
  process.exitCode = (await runShown(['--expose-gc', join(folder, `${name}.ts`), ...rest])) ? 0 : 1
}

function listNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !PART.test(file))
    .map((file) => file.slice(0, -'.ts'.length))
}

main().catch((cause: unknown) => {
  console.error(cause instanceof Stop ? cause.message : cause)
  process.exitCode = 1
})
