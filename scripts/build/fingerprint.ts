/** A digest of files, so that a build step runs again when, and only when, something it reads has changed. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Never an input: what builds write, and what is not compiled into anything. */
const LEFT_OUT = /(^|\/)(node_modules|generated|\.next|dist)(\/|$)|\.test\.tsx?$|\.md$/

/**
 * SHA-256 over paths and contents of every file under `inputs` (files or folders, relative to `root`), in hex. An input
 * that does not exist counts as empty, so that its appearance is a change. `salt` stands for what no file says.
 */
export function fingerprint(root: string, inputs: readonly string[], salt = ''): string {
  const hash = createHash('sha256').update(`${salt}\n`)
  for (const path of inputs.flatMap((input) => listFiles(join(root, input))).sort()) {
    const content = readFileSync(path)
    hash.update(`${relative(root, path)} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

function listFiles(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (!stat.isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .map((entry) => join(path, entry.name))
    .filter((child) => !LEFT_OUT.test(child.slice(path.length)))
    .flatMap(listFiles)
}
