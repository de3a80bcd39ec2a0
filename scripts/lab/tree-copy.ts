/** A copy of the working tree in a temporary folder: whatever is done to it, the tree itself stays as it is. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
/** What builds leave behind and tests need. */
const BUILT = ['dist', 'prisma/generated', '.next']

export interface TreeCopy {
  readonly folder: string
  remove(): void
}

/** What Next keeps for its next build is larger than all the rest. */
const isNeeded = (path: string): boolean => path !== join(root, '.next/cache')

/** Files that git knows or would know, with what was built of them; packages are shared by a link. */
export function copyTree(): TreeCopy {
  const folder = mkdtempSync(join(tmpdir(), 'satstile-mutants-'))
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const path of [...listed.split('\0').filter(Boolean), ...BUILT]) {
    if (existsSync(join(root, path)))
      cpSync(join(root, path), join(folder, path), { recursive: true, filter: isNeeded })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
