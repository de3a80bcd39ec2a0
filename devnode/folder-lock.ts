/** One node per folder: a second one would cut lines off the log while the first still writes them. */
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Takes the folder until the returned function is called. What a killed node left behind is taken over. Throws when
 * the process named there is alive.
 */
export async function lockFolder(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'pid')
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
      const holder = readHolder(file)
      if (holder !== null && isDevNode(holder)) break
      await rm(file, { force: true })
    }
  }
  throw new TypeError(`process ${readHolder(file) ?? 'unknown'} already runs a dev node in ${dataDir}`)
}

function readHolder(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}

/** Numbers of dead processes are given out again: where the system tells, the command line must be a dev node's. */
function isDevNode(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('devnode')
  } catch {
    return true
  }
}
