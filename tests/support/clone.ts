/** A second clone of this repository, installed and built, at a path and with rights of the test's choice. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Clone {
  readonly path: string
  /** The folder above it; `allow(0o700)` shuts everybody out but its owner. */
  allow(mode: number): void
  remove(): void
}

const LEFT_OUT = new Set(['.git', '.data', 'reports', 'node_modules'])

/** `name` is the clone's own folder. What npm installed is linked, everything else copied. */
export function makeClone(name: string): Clone {
  const above = mkdtempSync(join(tmpdir(), 'satstile-clone-'))
  const path = join(above, name)
  mkdirSync(path)
  const copied = readdirSync('.').filter((entry) => !LEFT_OUT.has(entry))
  execFileSync('cp', ['-a', ...copied, path])
  try {
    execFileSync('cp', ['-al', 'node_modules', path], { stdio: 'ignore' })
  } catch {
    // On another file system there are no links.
    execFileSync('cp', ['-a', 'node_modules', path])
  }
  const allow = (mode: number) => chmodSync(above, mode)
  allow(0o755)
  return { path, allow, remove: () => rmSync(above, { recursive: true, force: true }) }
}
