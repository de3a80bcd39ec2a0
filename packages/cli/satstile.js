#!/usr/bin/env node
/** Plain JavaScript for any Node: finds the built program and the Node it needs, or says what to run first. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
/** What changes a shop needs its database, which no program of a buyer has: it runs from the clone. */
const isImport = process.argv[2] === 'import'
const program = isImport ? join(root, 'scripts', 'import-aperture.ts') : join(root, 'dist', 'cli.mjs')
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

if (existsSync(program)) {
  const runtime = existsSync(node) ? node : process.execPath
  // Ctrl-C reaches both programs: the one below decides what it still has to say, this one only waits for it.
  process.on('SIGINT', () => undefined)
  const ended = spawnSync(runtime, [program, ...process.argv.slice(isImport ? 3 : 2)], { stdio: 'inherit' })
  process.exitCode = ended.status ?? 1
} else {
  process.stderr.write(
    'satstile is not built yet. Run: npm run build (or npm start, which builds) in the clone, then again.\n',
  )
  process.exitCode = 1
}
