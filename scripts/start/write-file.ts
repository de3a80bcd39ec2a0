/** Replaces a file so that a reader, or a start after a power cut, sees the old one or the new one and never a part. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'

/** Writes beside the file, syncs, renames. */
export function writeFileAtomically(path: string, content: string, mode = 0o644): void {
  const beside = `${path}.${process.pid}.new`
  const file = openSync(beside, 'w', mode)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(beside, path)
}
