/** The processes of this copy, kept in a file, so that the next start can end what a killed supervisor left behind. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { endProcess, isAlive, type ProcessMark } from './processes.ts'

/** They notice by themselves that their supervisor is gone and are given this long to end. */
const GRACE_MS = 3_000

function fileOf(dataDir: string): string {
  return join(dataDir, 'processes.json')
}

export function noteProcesses(dataDir: string, marks: readonly ProcessMark[]): void {
  writeFileAtomic.sync(fileOf(dataDir), JSON.stringify(marks))
}

export function forgetProcesses(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true })
}

/** Ends what is left of an earlier run and answers how many processes that were. */
export async function endLeftovers(dataDir: string): Promise<number> {
  const alive = readMarks(dataDir).filter(isAlive)
  await Promise.all(alive.map((mark) => endProcess(mark, 'SIGTERM', GRACE_MS)))
  forgetProcesses(dataDir)
  return alive.length
}

function readMarks(dataDir: string): ProcessMark[] {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8'))
  } catch {
    return []
  }
}
