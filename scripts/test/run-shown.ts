/** Runs a Node program with its output shown as it comes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Answers whether it ended with 0. */
export async function runShown(argumentsOfNode: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [...argumentsOfNode], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = await once(child, 'close')
  return code === 0
}
