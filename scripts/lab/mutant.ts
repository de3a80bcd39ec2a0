/** A mutant is one guard taken away; it is planted by text, so that nobody has to guess what was changed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stop } from '#scripts/start/stop.ts'

interface Row {
  /** Unique in its area. */
  readonly name: string
  /** Which promise is broken while it is planted. */
  readonly why: string
  /** The smallest test files that should see it. */
  readonly tests: readonly string[]
  /** For one that no test can see: why that is so. It counts as no survivor. */
  readonly harmless?: string
}

export interface TextMutant extends Row {
  readonly file: string
  /** Stands exactly once in the file. */
  readonly old: string
  readonly new: string
}

export interface SqlMutant extends Row {
  /** Takes one guard from the migrated database of a test run. */
  readonly sql: string
}

export type Mutant = TextMutant | SqlMutant

export function isSql(mutant: Mutant): mutant is SqlMutant {
  return 'sql' in mutant
}

/** The file with the mutant in it. Throws `Stop`, naming the mutant, unless its old text stands there exactly once. */
export function plant(root: string, mutant: TextMutant): string {
  const text = readFileSync(join(root, mutant.file), 'utf8')
  const [before, after, ...more] = text.split(mutant.old)
  if (before === undefined || after === undefined || more.length > 0) {
    const times = after === undefined ? 'not' : `${more.length + 1} times`
    throw new Stop(`mutant "${mutant.name}": its old text stands ${times} in ${mutant.file}`)
  }
  if (mutant.old === mutant.new) throw new Stop(`mutant "${mutant.name}" changes nothing`)
  return before + mutant.new + after
}
