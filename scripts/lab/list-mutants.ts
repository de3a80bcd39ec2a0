/** The list of mutants lies in `tests/mutants`, one file for each area. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutant.ts'

const folder = join(import.meta.dirname, '../../tests/mutants')

/** Every mutant by `<area>/<name>`, in the order of the list. */
export async function listMutants(): Promise<Map<string, Mutant>> {
  const all = new Map<string, Mutant>()
  for (const file of readdirSync(folder).sort()) {
    const { mutants } = (await import(pathToFileURL(join(folder, file)).href)) as { mutants: readonly Mutant[] }
    for (const mutant of mutants) {
      const id = `${file.replace(/\.ts$/, '')}/${mutant.name}`
      if (all.has(id)) throw new RangeError(`two mutants are called ${id}`)
      all.set(id, mutant)
    }
  }
  return all
}
