/** A lock file that names its holder, so that the lock of a process that is gone counts for nothing. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { isAlive, markOf, type ProcessMark } from './processes.ts'

const POLL_MS = 200

type LockAttempt = { kind: 'held'; release: () => void } | { kind: 'taken'; holder: ProcessMark }

/** Takes the lock or says who holds it. The file appears whole, so nobody reads half a name. */
export function tryLock(path: string): LockAttempt {
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, JSON.stringify(markOf(process.pid)))
  try {
    for (;;) {
      if (tryLink(mine, path)) return { kind: 'held', release: () => rmSync(path, { force: true }) }
      const holder = readHolder(path)
      if (holder !== null && isAlive(holder)) return { kind: 'taken', holder }
      putAside(path, holder)
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Waits until the lock is free and takes it; answers how to give it back. */
export async function holdLock(path: string): Promise<() => void> {
  for (;;) {
    const attempt = tryLock(path)
    if (attempt.kind === 'held') return attempt.release
    await pause(POLL_MS)
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw cause
  }
}

function readHolder(path: string): ProcessMark | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** Removes the lock of `dead`, unless another process has replaced it meanwhile: then that one gets it back. */
function putAside(path: string, dead: ProcessMark | null): void {
  const aside = `${path}.old.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  const found = readHolder(aside)
  if (found !== null && found.pid !== dead?.pid && isAlive(found)) tryLink(aside, path)
  rmSync(aside, { force: true })
}
