/** Builds lnd and btcd of tests/lnd/go.mod when their programs are missing or of another version. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Stop } from '#scripts/start/stop.ts'

const moduleFolder = join(import.meta.dirname, '../../tests/lnd')
const outputFolder = join(moduleFolder, 'bin')
/** A copy of the go.sum that the programs were built from: it names the exact version of everything in them. */
const mark = join(outputFolder, 'built-from.txt')

const PACKAGES = {
  btcd: 'github.com/btcsuite/btcd',
  lnd: 'github.com/lightningnetwork/lnd/cmd/lnd',
  lncli: 'github.com/lightningnetwork/lnd/cmd/lncli',
}
/** The parts of lnd's gRPC that are compiled in on request only. */
const TAGS = 'invoicesrpc routerrpc signrpc walletrpc chainrpc'

export type LndProgram = keyof typeof PACKAGES

/** Absolute path of a program that `buildLnd` makes. */
export function lndProgram(name: LndProgram): string {
  return join(outputFolder, name)
}

/**
 * Builds with the Go of this machine unless the programs are there, built from the present go.sum. Tells each line that
 * the build prints; `Stop` when there is no Go, or it fails.
 */
export async function ensureLndBuilt(onLine: (line: string) => void): Promise<void> {
  const sums = readFileSync(join(moduleFolder, 'go.sum'), 'utf8')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === sums) return
  onLine('lnd and btcd with Go; the first time this takes minutes')
  await build(onLine)
  writeFileSync(mark, sums)
}

async function build(onLine: (line: string) => void): Promise<void> {
  mkdirSync(outputFolder, { recursive: true })
  const flags = ['build', '-v', '-trimpath', '-buildvcs=false', '-tags', TAGS, '-o', `${outputFolder}/`]
  const go = spawn('go', [...flags, ...Object.values(PACKAGES)], {
    cwd: moduleFolder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  go.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_000)
  })
  const progress = createProgress(onLine)
  createInterface({ input: go.stderr }).on('line', progress)
  const [code] = await once(go, 'close').catch(() => {
    throw new Stop(
      'Go is missing, and lnd is built with it: install Go 1.24 or newer (https://go.dev/dl, or apt-get install golang) and run this again.',
    )
  })
  if (code !== 0) throw new Stop(`Building lnd and btcd failed (go build, exit code ${code}). It said:\n${said}`)
}

const PROGRESS_MS = 10_000

/** `go build -v` names each package it compiles, hundreds of them: told as a count every ten seconds. */
function createProgress(onLine: (line: string) => void): (line: string) => void {
  let packages = 0
  let toldAt = performance.now()
  return (line) => {
    packages += 1
    if (performance.now() - toldAt < PROGRESS_MS) return
    toldAt = performance.now()
    onLine(`${packages} packages so far, now ${line}`)
  }
}
