/** The folder that holds everything one copy keeps: made, checked for writing, and held by one supervisor at a time. */
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from './lock.ts'
import { runFileOf } from './run-file.ts'
import { Stop } from './stop.ts'

const OTHER_FOLDER =
  'Choose another folder, for example DATA_DIR=/tmp/satstile npm start, or give this user the right to write there.'

/** Makes the folder with `logs` in it; throws `Stop` when this user cannot write there. */
export function prepareDataFolder(dataDir: string): void {
  try {
    mkdirSync(join(dataDir, 'logs'), { recursive: true })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
    const probe = join(dataDir, `.probe.${process.pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (cause) {
    throw new Stop(`The data folder ${dataDir} cannot be written (${reasonOf(cause)}). ${OTHER_FOLDER}`)
  }
}

/** Takes the folder for this supervisor and answers how to give it back; `Stop` when another one runs in it. */
export function takeDataFolder(dataDir: string): () => void {
  const attempt = tryLock(join(dataDir, 'supervisor.lock'))
  if (attempt.kind === 'held') return attempt.release
  const where = readAddress(dataDir)
  throw new Stop(
    `Satstile already runs in ${dataDir} (process ${attempt.holder.pid}${where}). Use that one, end it with Ctrl-C there or ` +
      `"kill ${attempt.holder.pid}", or start another copy with a DATA_DIR and ports of its own (npm start -- --help).`,
  )
}

function readAddress(dataDir: string): string {
  try {
    const { app } = JSON.parse(readFileSync(runFileOf(dataDir), 'utf8'))
    return typeof app === 'string' ? `, ${app}` : ''
  } catch {
    return ''
  }
}

/** The system's name for what went wrong, for a sentence: "EACCES", "ENOSPC". */
function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}
