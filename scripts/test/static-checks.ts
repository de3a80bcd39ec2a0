/** The checks that read the code without running it; each counts as one in the sum of `npm test`. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { oddImports } from './import-style.ts'
import { runShown } from './run-shown.ts'
import type { Counts } from './tiers.ts'

const root = join(import.meta.dirname, '../..')

export const STATIC_CHECKS = ['format', 'lint', 'imports', 'exports', 'types'] as const
export type StaticCheck = (typeof STATIC_CHECKS)[number]

/** Folders whose imports have rules; files outside of them are settings. */
const CRUISED = /^(app|gateway|workers|devnode|lib|packages|scripts|tests|prisma)\/.*\.(ts|tsx|mjs)$/

const COMMANDS: Record<StaticCheck, () => readonly string[]> = {
  format: () => [packageFile('@biomejs/biome', 'bin/biome'), 'format', '.'],
  lint: () => [packageFile('@biomejs/biome', 'bin/biome'), 'lint', '--error-on-warnings', '.'],
  imports: () => [
    packageFile('dependency-cruiser', 'bin/dependency-cruise.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err',
    ...sourceFiles(),
  ],
  exports: () => [packageFile('knip', 'bin/knip.js'), '--include', 'exports,types,files', '--no-progress'],
  types: () => [packageFile('typescript', 'bin/tsc'), '--noEmit', '-p', '.'],
}

/** One check counts as one, however much it finds; what it finds is printed. */
export async function checkStatically(name: StaticCheck): Promise<Counts> {
  const isWritten = name !== 'lint' || isImportStyleKept()
  const succeeded = (await runShown(COMMANDS[name]())) && isWritten
  return {
    passed: succeeded ? 1 : 0,
    failed: succeeded ? 0 : 1,
    skipped: 0,
    failures: succeeded ? [] : [`see ${name} above`],
    late: [],
  }
}

/** What Biome has no rule for: an alias that leads into the file's own folder. */
function isImportStyleKept(): boolean {
  const odd = sourceFiles().flatMap((path) =>
    oddImports(path, readFileSync(join(root, path), 'utf8')).map(
      ({ found, wanted }) => `${path}: '${found}', write '${wanted}'`,
    ),
  )
  for (const line of odd) console.error(line)
  return odd.length === 0
}

function packageFile(name: string, path: string): string {
  const found = createRequire(import.meta.url)
    .resolve.paths(name)
    ?.map((folder) => join(folder, name, path))
  return found?.find(existsSync) ?? join(root, 'node_modules', name, path)
}

/** Named one by one: the cruiser looks for TypeScript in folders only when it can use the compiler's old API. */
function sourceFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  return listed.split('\n').filter((path) => CRUISED.test(path) && existsSync(join(root, path)))
}
