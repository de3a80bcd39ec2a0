/** The log of one process: a disk without room costs lines, which are counted, and never whoever writes them. */
import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs'

interface LogFile {
  /** Appends the line, or counts it as dropped. Never throws. */
  write(line: string): void
  close(): void
}

const LIMIT_BYTES = 20e6

/** The log goes on over starts; a long one is put aside first. */
export function openLogFile(path: string): LogFile {
  let file = tryOpen(path)
  let dropped = 0
  let isTorn = false

  function append(line: string): boolean {
    file ??= tryOpen(path)
    const bytes = Buffer.from(`${isTorn ? '\n' : ''}${line}\n`)
    const written = file === null ? 0 : tryWrite(file, bytes)
    isTorn = written === 0 ? isTorn : written < bytes.length
    return written === bytes.length
  }

  return {
    write(line) {
      if (dropped > 0 && append(`[${dropped} lines were dropped: the disk had no room for them]`)) dropped = 0
      if (dropped > 0 || !append(line)) dropped += 1
    },
    close() {
      if (file !== null) closeSync(file)
      file = null
    },
  }
}

function tryOpen(path: string): number | null {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LIMIT_BYTES) renameSync(path, `${path}.old`)
    return openSync(path, 'a', 0o600)
  } catch {
    return null
  }
}

/** How many bytes there was room for. */
function tryWrite(file: number, bytes: Uint8Array): number {
  try {
    return writeSync(file, bytes)
  } catch {
    return 0
  }
}
